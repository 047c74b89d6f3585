"""The table of wordings of runs of baselines, of which every number is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.questions.sets import load_questions
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import TableSection, Value
from lmms_eval_plugins.reports.tuning.make import tuned_wordings
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.support.command import Request
from tests.support.documented import DOCS, commands_in, run_documented


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def runs(request_for: Request) -> Path:
    """Runs of two baselines, one of them also without variants, and one on a task of another family."""
    requests = [
        request_for(tasks="strokerehab_primitives_3", models="omniscient,always_transport", model_args="variants=true"),
        request_for(tasks="strokerehab_primitives_3", models="omniscient"),
        request_for(tasks="strokerehab_identification_1", models="omniscient", model_args="variants=true"),
    ]
    outcome = run_plans([make_plan(request) for request in requests], Console(quiet=True))
    assert outcome.errors == () and len(outcome.runs) == 4
    return requests[0].log_path


def cells(section: TableSection) -> dict[str, list[object]]:
    return {
        str(name): [round(cell.value, 3) if isinstance(cell, Value) else cell for cell in rest]
        for name, *rest in (row.cells for row in section.rows)
    }


def test_wordings_of_those_who_know_and_of_those_who_say_yes(runs: Path) -> None:
    made = make_tables("wording", str(runs))
    scores, agreement = made.tables
    assert made.errors == ()
    headings = [column.heading for column in scores.columns]
    assert headings == ["wording", "answers", "windows", "yes (%)", "accuracy", "no answer (%)", "ES", "RCE"]
    sections = {section.title: cells(section) for section in scores.sections}
    assert len(sections) == 7, "three of each dose run, one of the activities"
    knows = next(one for title, one in sections.items() if "omniscient" in title and title.endswith("motion"))
    assert list(knows) == ["base", "goes", "first_last", "still", "spread", "majority", "truth"]
    assert knows["base"][1:] == knows["still"][1:] == knows["majority"][1:] and knows["still"][0] == "opposite"
    assert knows["spread"][2:] == [0.0] * 5 and knows["truth"][2] == knows["base"][2]
    always = next(one for title, one in sections.items() if "always" in title and title.endswith("motion"))
    assert (always["base"][2], always["still"][2], always["spread"][2]) == (100.0, 0.0, 100.0)
    together = next(one for title, one in sections.items() if "omniscient" in title and title.endswith("all questions"))
    assert together["base"] == together["majority"]
    by_model = {(row.cells[0], row.cells[1]): row.cells[2:] for row in agreement.sections[0].rows}
    (said_yes,) = (one for (name, question), one in by_model.items() if "always" in str(name) and question == "motion")
    assert [one.value if isinstance(one, Value) else one for one in said_yes] == [12, 4, 0.0, None, 2.0]
    assert sum(question == "activity" for _, question in by_model) == 1


def test_some_videos_only_and_what_cannot_be_shown(runs: Path) -> None:
    of_one = make_tables("wording", str(runs), only=VideoFilter.of_words(["P01"])).tables
    assert {row.cells[2] for row in of_one[1].sections[0].rows} == {4, 1}
    plain = next(path.parent for path in runs.rglob("run.json") if b'"variants"' not in path.read_bytes())
    with pytest.raises(UserError, match="none of the runs given asked its questions in other wordings; ask in other"):
        make_tables("wording", str(plain))
    with pytest.raises(UserError, match="none of its questions is answered yes or no with probabilities") as raised:
        tuned_wordings(str(runs), "auc")
    assert "\n" not in str(raised.value)
    with pytest.raises(UserError, match="--metric accuracies: is unknown; did you mean 'accuracy'"):
        tuned_wordings(str(runs), "accuracies")


def test_tuning_of_those_who_know_gains_nothing(runs: Path) -> None:
    made = tuned_wordings(str(runs), "accuracy")
    gains, whom = made.tables
    rows = {(row.cells[0], row.cells[1]): row.cells for row in gains.sections[0].rows}
    assert len(rows) == 5 and made.errors == ()
    for (name, _), row in rows.items():
        if "omniscient" in str(name):
            values = [cell.value for cell in row if isinstance(cell, Value)]
            assert values == [1.0, 1.0, 0.0, 1.0, 1.0] and row[-1] == "base"
    assert {row.cells[0] for section in whom.sections for row in section.rows} == {"P01", "P02", "P03"}
    by_score = tuned_wordings(str(runs), "edit_score")
    (line,) = by_score.errors
    assert "is scored by the edit score of no dose task" in line and len(by_score.tables[0].sections[0].rows) == 2


def test_the_page_as_a_reader_runs_it(runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = (DOCS / "wording.md").read_text(encoding="utf-8")
    first, *commands = commands_in(page)
    assert first.endswith("--model_args variants=true"), "as the fixture runs baselines"
    monkeypatch.chdir(runs.parent)
    printed = [run_documented(command)[1] for command in commands]
    assert [out.splitlines()[0] for out in printed] == [
        "Answers by wording",
        "What choosing a wording by accuracy gains",
    ]
    (tmp_path / "own.yaml").write_text(f"id: own\nversion: 1\n{page.split('```yaml')[1].split('```')[0].strip()}\n")
    asked = load_questions(tmp_path / "own.yaml").asked
    assert [question.id for question in asked] == ["motion", "motion.goes", "motion.still", "motion.choice"]
