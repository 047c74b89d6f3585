"""Two runs that differ in known ways, compared: a golden run and copies of it that are changed by hand."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.compare.make import compare_runs
from lmms_eval_plugins.reports.tables.formats.cells import cell_text
from lmms_eval_plugins.reports.tables.render import FORMATS, rendered
from lmms_eval_plugins.reports.tables.table import Table
from tests.golden.conftest import GOLDEN
from tests.golden.outputs import call

Record = dict[str, Any]

RUNS = GOLDEN / "runs"


@pytest.fixture(autouse=True)
def _no_cache_beside_the_fixtures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_CACHE", str(tmp_path / "cache"))


def changed(
    source: str,
    to: Path,
    record: Callable[[Record], Record | None] = lambda record: record,
    file: Callable[[Record], None] = lambda file: None,
) -> str:
    """Copy a golden run with other answers (None leaves one out) and another ``run.json``."""
    (found,) = (RUNS / source).iterdir()
    folder = Path(shutil.copytree(found, to))
    lines = (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [other for line in lines if (other := record(json.loads(line))) is not None]
    (folder / "answers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in kept), encoding="utf-8")
    values = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    file(values)
    (folder / "run.json").write_text(json.dumps(values), encoding="utf-8")
    return str(folder)


def tables_of(first: str, second: str) -> dict[str, Table]:
    made = compare_runs(first, second)
    assert made.errors == ()
    for form in FORMATS:
        assert rendered(made.tables, form)
    return {table.name.removeprefix("compare_"): table for table in made.tables}


def rows(table: Table) -> dict[str, dict[str, str]]:
    """First cell → heading → cell as shown."""
    return {
        cell_text(row.cells[0], table.columns[0]): {
            column.heading: cell_text(cell, column) for column, cell in zip(table.columns, row.cells, strict=True)
        }
        for section in table.sections
        for row in section.rows
    }


COUNTING, TINY = "strokerehab_counting", "strokerehab_primitives_3/tiny"


def test_scores_of_every_family_are_paired(tmp_path: Path) -> None:
    made = tables_of(str(RUNS / COUNTING / "mover"), str(RUNS / COUNTING / "oracle"))
    error = rows(made["metrics"])["relative counting error"]
    assert (error["A"], error["B"], error["B − A"]) == ("0.833 ± 0.000", "0.333 ± 0.068", "-0.500")
    assert (error["p"], error["better"], error["videos"], error["patients"]) == ("0.125", "lower", "4", "4")
    assert next(iter(rows(made["metrics"]))) == "relative counting error"
    assert next(iter(rows(made["largest"]))) == "P02_RTT left side1_1"

    made = tables_of(*(str(RUNS / "strokerehab_identification_1" / name) for name in ("guesses", "noisy")))
    assert rows(made["metrics"])["accuracy of all videos (%)"]["B − A"] == "75.0"

    task = "strokerehab_ia2_3_30/guesses"
    other = changed(task, tmp_path / "b", lambda record: {**record, "text": "0"})
    made = tables_of(str(RUNS / task), other)
    assert {"error of an item", "items right (%)"} == rows(made["metrics"]).keys()
    assert int(rows(made["metrics"])["error of an item"]["items"]) > 4


def test_answers_agree_or_one_is_right() -> None:
    made = tables_of(str(RUNS / COUNTING / "mover"), str(RUNS / COUNTING / "oracle"))
    every, motion = (rows(made["agreement"])[name] for name in ("all questions", "motion"))
    assert [every[name] for name in ("both right", "only A", "only B", "both wrong")] == ["29", "0", "35", "0"]
    assert every["equal texts (%)"] == every["equal readings (%)"] == "45.3"
    assert (every["kappa"], motion["kappa"]) == ("-", "0.00") and motion["p"] == "0.250"
    assert made["disagreements"].notes[0].startswith("10 of 35 answers that are read differently, of 64;")


def test_shifts_of_log_probabilities(tmp_path: Path) -> None:
    """B gives yes twice the odds that A gives it; A's replies are unreadable."""

    def likelier(record: Record) -> Record:
        return {**record, "choice_logprobs": {"yes": -1 + math.log(2), "no": -1.0}, "text": "yes"}

    first = changed(TINY, tmp_path / "a", lambda record: {**record, "choice_logprobs": {"yes": -1.0, "no": -1.0}})
    second = changed(TINY, tmp_path / "b", likelier)
    made = tables_of(first, second)
    shifts = rows(made["shifts"])
    assert {one["log p of"] for one in shifts.values()} == {"the true answer"}, "A gave no answer"
    assert float(shifts["motion"]["largest"]) == pytest.approx(math.log(2 / 3) - math.log(1 / 2), abs=1e-3)
    assert float(shifts["motion"]["least"]) == pytest.approx(math.log(1 / 3) - math.log(1 / 2), abs=1e-3)
    assert "shift of log p" in [column.heading for column in made["disagreements"].columns]


def test_what_fewer_bits_change_is_said_and_ranked(tmp_path: Path) -> None:
    """A is right with certainty; B says no to everything, but ranks windows as A does, except of one patient."""

    def certain(record: Record) -> Record:
        yes = record["text"] == "yes"
        return {**record, "choice_logprobs": {"yes": -0.1 if yes else -9.0, "no": -9.0 if yes else -0.1}}

    def unsure(record: Record) -> Record:
        yes = (record["text"] == "yes") != record["video_id"].startswith("P01")
        return {**record, "text": "no", "choice_logprobs": {"yes": -5.0 if yes else -9.0, "no": -0.01}}

    def computed(**weights: str | None) -> Callable[[Record], None]:
        def change(file: Record) -> None:
            file["weights"] = {"pretrained": "x", "dtype": "bfloat16", "quantization": None, **weights}

        return change

    oracle = f"{COUNTING}/oracle"
    first = changed(oracle, tmp_path / "a", certain, computed())
    second = changed(oracle, tmp_path / "b", unsure, computed(quantization="4bit"))
    made = tables_of(first, second)
    assert rows(made["runs"])["quantization"] == {"": "quantization", "A": "not set", "B": "4bit"}
    motion = rows(made["auc"])["motion"]
    assert motion["A"] == "1.000" and float(motion["B"]) < 1
    assert float(motion["B − A"]) == pytest.approx(float(motion["B"]) - 1, abs=2e-3)
    share = 100 - float(rows(made["agreement"])["all questions"]["equal readings (%)"])
    (note,) = [note for note in made["runs"].notes if note.startswith("Of the settings only")]
    assert note.startswith("Of the settings only quantization (not set, 4bit) differs: ") and f"({share:.1f} %)" in note
    assert f"AUC motion 1.000 by A and {motion['B']} by B" in note
    other = changed(oracle, tmp_path / "c", unsure, computed(dtype="float32", pretrained="y"))
    made = tables_of(first, other)
    assert rows(made["runs"]).keys() >= {"dtype", "weights"}
    assert not any(note.startswith("Of the settings only") for note in made["runs"].notes), "other weights too"


def test_what_only_one_run_has_is_counted(tmp_path: Path) -> None:
    def less(file: Record) -> None:
        file["videos"] = file["videos"][1:]

    def known(record: Record) -> Record | None:
        return None if record["video_id"].startswith("P01") else record

    second = changed(f"{COUNTING}/mover", tmp_path / "b", known, less)
    made = tables_of(str(RUNS / COUNTING / "mover"), second)
    shared = rows(made["shared"])
    assert [shared["videos"][name] for name in ("A", "B", "both", "only A", "only B")] == ["4", "3", "3", "1", "0"]
    assert shared["requests"]["only A"] == "16" and shared["replies"]["both"] == "48"
    assert any(note == "Videos of A that B lacks: P01_RTT left side2_1." for note in made["shared"].notes)
    assert rows(made["metrics"])["edit score"]["videos"] == "3"
    assert "largest" not in made and "disagreements" not in made, "nothing differs"
    assert rows(made["agreement"])["motion"]["equal texts (%)"] == "100.0"


def test_settings_that_differ_are_named(tmp_path: Path) -> None:
    def hotter(file: Record) -> None:
        file["generation"]["temperature"] = 0.7
        file["versions"]["torch"] = "9.9"

    first = str(RUNS / COUNTING / "mover")
    about = tables_of(first, changed(f"{COUNTING}/mover", tmp_path / "b", file=hotter))["runs"]
    assert rows(about)["temperature"] == {"": "temperature", "A": "0", "B": "0.7"}
    assert [section.title for section in about.sections] == ["", "settings that differ", "versions that differ"]
    repeated = tables_of(first, changed(f"{COUNTING}/mover", tmp_path / "c"))["runs"]
    assert "No recorded setting differs: B repeats A." in repeated.notes


def test_another_truth_is_not_compared(tmp_path: Path) -> None:
    def relabelled(file: Record) -> None:
        file["videos"][0]["truth"] = "reach@0.000;reach@9.000"

    first = str(RUNS / COUNTING / "mover")
    made = tables_of(first, changed(f"{COUNTING}/mover", tmp_path / "b", file=relabelled))
    assert rows(made["metrics"])["edit score"]["videos"] == "3"
    assert any(note == "Left out, videos with another truth in each of the runs: 1." for note in made["metrics"].notes)
    assert any("is another one in each of the runs" in note for note in made["agreement"].notes)


def test_answers_without_a_truth_agree_and_nobody_is_right(tmp_path: Path) -> None:
    def unlabelled(file: Record) -> None:
        for video in file["videos"]:
            video["truth"] = ""

    first, second = (changed(f"{COUNTING}/{name}", tmp_path / name, file=unlabelled) for name in ("mover", "oracle"))
    made = tables_of(first, second)
    assert "metrics" not in made and "No truth is known." in made["agreement"].notes
    assert rows(made["agreement"])["motion"]["both right"] == "-"
    assert not any("another one in each" in note for note in made["agreement"].notes)


def test_windows_of_other_lengths_leave_the_scores() -> None:
    made = tables_of(str(RUNS / "strokerehab_primitives_3" / "noisy"), str(RUNS / TINY))
    assert "agreement" not in made and "metrics" in made
    assert any(note.startswith("Answers cannot be compared: no question") for note in made["runs"].notes)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (f"{COUNTING}/mover", f"{COUNTING}/mover", "both runs are this one; name two"),
        (COUNTING, f"{COUNTING}/mover", r"3 runs are in it; name one of them: .*guesses"),
        ("nowhere", f"{COUNTING}/mover", "no such file or folder"),
        ("strokerehab_ia2_3_30", "strokerehab_ia2_31_33", "nothing can be compared. .*no video in common"),
        (
            f"{COUNTING}/mover",
            "strokerehab_identification_1/oracle",
            "A is of a dose task, B of an identification task",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_line(first: str, second: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as raised:
        compare_runs(str(RUNS / first), str(RUNS / second))
    assert "\n" not in str(raised.value)


def test_damaged_lines_end_with_status_3(tmp_path: Path) -> None:
    second = changed(f"{COUNTING}/mover", tmp_path / "b")
    with (Path(second) / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    status, out, err = call("compare", RUNS / COUNTING / "oracle", second, "--format", "md")
    assert status == 3 and "| edit score" in out and "1 damaged line" in err


def test_published_logs_are_compared_with_each_other() -> None:
    logs = GOLDEN / "logs" / "strokerehab_primitives_3_all_models"
    made = tables_of(str(logs / "tiny"), str(logs / "other"))
    assert "metrics" not in made
    (cannot,) = [note for note in made["runs"].notes if note.startswith("Scores")]
    assert cannot == "Scores cannot be compared. Left out, videos with another truth in each of the runs: 8."
    agreement = rows(made["agreement"])
    assert agreement["all questions"]["replies"] == "96" and agreement["motion"]["both right"] != "-"
    assert any(note.startswith("Settings: not known of a log") for note in made["runs"].notes)
