"""The study's tables from the shared logs, to every digit that it printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, COHORTS
from lmms_eval_plugins.reports.tables.formats.cells import cell_text
from lmms_eval_plugins.reports.tables.make import Made, make_tables
from lmms_eval_plugins.reports.tables.table import Table, Value
from lmms_eval_plugins.runs.data_frames import load_tables, scores_df
from lmms_eval_plugins.statistics.counts import within

MODELS = {
    "InternVL3_5-2B": "34.20±1.98 .81±.12 .80±.12",
    "InternVL3_5-8B": "8.17±1.24 .92±.01 .93±.01",
    "LLaVA-NeXT-Video-7B-Qwen2": "46.18±1.76 .65±.07 .68±.07",
    "llava-onevision-qwen2-0.5b-ov": "20.97±1.44 .80±.01 .96±.02",
    "LongVA-7B": "5.03±1.14 .95±.01 .95±.01",
    "NVILA-8B": "36.98±2.09 .75±.09 .76±.09",
    "Qwen2.5-VL-32B-Instruct": "46.69±1.62 .65±.06 .65±.06",
    "Qwen2.5-VL-7B-Instruct": "34.75±1.73 .69±.02 .77±.02",
    "always transport": "3.66±.39 .96±.00 .98±.01",
    "omniscient, as published": "88.47±.87 .12±.01 .11±.01",
}
DIRECT = {
    (30, 30): "40.39 .63 .68",
    (4, 4): "41.87 .62 .60",
    (2, 2): "41.25 .64 .64",
    (30, 15): "43.73 .72 .77",
    (8, 4): "45.70 .69 .68",
    (2, 1): "44.24 .81 .82",
    (4, 1): "38.56 1.44 1.45",
    (8, 1): "28.44 2.73 2.73",
}
DECOMPOSED = {
    (30, 30): "42.71 .62 .64",
    (8, 8): "37.45 .68 .67",
    (2, 2): "34.52 .70 .70",
    (1, 1): "36.89 .68 .68",
    (15, 8): "46.69 .65 .65",
    (8, 4): "44.16 .71 .70",
    (2, 1): "42.80 .73 .73",
    (15, 4): "48.22 .86 .88",
    (4, 1): "45.64 .93 .97",
}


@pytest.fixture(scope="module")
def logs(published: Path) -> list[str]:
    """The folders of all shared logs."""
    return [f"{published}/logs", f"{published}/logs_qwen2_5_sig_gen_final"]


def texts(table: Table) -> list[dict[str, str]]:
    """Every row of a table's only section, as it is printed: heading → cell."""
    (section,) = table.sections
    return [
        {c.heading: cell_text(cell, c) for c, cell in zip(table.columns, row.cells, strict=True)}
        for row in section.rows
    ]


def as_printed(row: Mapping[str, str], with_sem: bool = True) -> str:
    """A row's three scores as the study prints them: 46.69±1.62 .65±.06 .65±.06."""
    numbers = [row[head].replace(" ", "").replace("0.", ".") for head in ("ES", "AER", "RCE")]
    numbers[0] = row["ES"].replace(" ", "").replace("±0.", "±.")
    return " ".join(numbers if with_sem else [number.partition("±")[0] for number in numbers])


def as_printed_means(scores: str) -> str:
    """Return the three means of a row without their standard errors."""
    return " ".join(number.partition("±")[0] for number in scores.split())


@pytest.fixture(scope="module")
def models(logs: list[str]) -> Made:
    return make_tables("dose_models", logs)


def test_models_and_baselines(models: Made) -> None:
    found = {row["model"]: as_printed(row) for row in texts(models.tables[0])}
    assert {name: found.get(name) for name in MODELS} == MODELS
    assert list(found) == [
        *list(MODELS)[:-2],
        *("reference", "omniscient, as published", "Markov, decomposed", "Markov, direct", "always transport"),
        *("stopwatch", "stopwatch, by activity"),
    ]
    assert as_printed_means(found["reference"]) == "78.85 .21 .21"
    assert {row["videos"] for row in texts(models.tables[0])} == {"90"}
    assert len(models.errors) == 1 and "20250923_000219" in models.errors[0]
    (missing,) = [note for note in models.tables[0].remarks if "not among these logs" in note]
    assert "internvl3_78b, internvl3p5_30b_a3b, " in missing and missing.endswith(" more.")
    assert any("LongVA-7B: 8,094 replies" in note for note in models.tables[0].remarks)


def test_the_reading_changes_longva(published: Path) -> None:
    log = f"{published}/logs/strokerehab_primitives_3_all_models/longva_7b"
    (table,) = make_tables("dose_models", log, reading="default").tables
    longva = next(row for row in texts(table) if row["model"] == "LongVA-7B")
    assert as_printed(longva, with_sem=False) == "18.58 .82 .87"


def test_markov_chains_of_other_patients_are_about_as_good_as_published(models: Made) -> None:
    found = {row.cells[0]: row.cells[2:] for row in models.tables[0].sections[0].rows}
    for name, low, high in (("Markov, decomposed", 44, 49), ("Markov, direct", 47, 52)):
        edit_score = found[name][0]
        assert isinstance(edit_score, Value) and low < edit_score.value < high


@pytest.mark.parametrize(("name", "printed"), [("sampling_direct", DIRECT), ("sampling_decomposed", DECOMPOSED)])
def test_sampling(logs: list[str], name: str, printed: dict[tuple[int, int], str]) -> None:
    (table,) = make_tables(name, logs).tables
    rows = {(int(row["f (1/s)"]), int(row["n"])): as_printed(row, with_sem=False) for row in texts(table)}
    assert rows == printed


def test_inputs(logs: list[str]) -> None:
    (table,) = make_tables("dose_inputs", logs).tables
    (row,) = texts(table)
    assert (row["input"], as_printed(row)) == ("crop", "48.28±1.53 .61±.04 .62±.04")
    (missing,) = [note for note in table.remarks if "not among these logs" in note]
    assert "baseline, conditional prompting, crop + conditional prompting" in missing


def test_identification(logs: list[str]) -> None:
    main, differences, direct, optimized, _, confusion = make_tables("identification", logs, more=True).tables
    rows = {row["prompt"]: row for row in texts(main)}
    right = {prompt: (row["right"], row["videos"], row["accuracy"][:5]) for prompt, row in rows.items()}
    assert right == {
        "direct": ("342", "640", "0.534"),
        "optimized": ("496", "640", "0.775"),
        "always RTT": ("86", "640", "0.134"),
        "always the most frequent": ("86", "640", "0.134"),
        "stopwatch": ("177", "640", "0.277"),
    }
    assert rows["always RTT"]["model"] == "fitted on the test videos", "the study's baseline"
    best = rows["optimized"]
    assert (best["controls"][:5], best["stroke"][:5], best["p"]) == ("0.872", "0.735", "<0.001")
    assert texts(differences)[0]["accuracy − best"].startswith("-0.241 [")
    assert [row["accuracy − control"][:5] for row in texts(differences)] == ["0.258", "0.498"]
    assert differences.notes[-1].startswith("Control: stopwatch, fitted on other patients, the strongest here.")
    combing = texts(optimized)[ACTIVITIES.index("combing")]
    assert list(combing.values()) == ["combing", "0.471", "0.137", "0.004", "0.037"]
    assert [row["controls"] for row in texts(optimized)][-1] == "0.970"
    assert direct.title.endswith("direct, Qwen2.5-VL-7B-Instruct")
    diagonal = [int(row[activity]) for row, activity in zip(texts(confusion), ACTIVITIES, strict=True)]
    assert diagonal == [31, 15, 52, 56, 60, 63, 57, 86, 76]
    assert int(texts(confusion)[1]["RTT"]) == 44


def test_videos_close_to_the_true_dose(logs: list[str]) -> None:
    errors = scores_df(logs[1])["relative_counting_error"]
    assert len(errors) == 90
    assert [within(errors, limit).sum() for limit in (0.25, 0.30)] == [4, 7]


def test_cohorts_of_the_logs(logs: list[str]) -> None:
    scores = load_tables(logs, ("scores",), split_runs=True).tables["scores"]
    assert set(scores["cohort"].dropna()) == set(COHORTS)
    assert scores["cohort"].notna().all() and scores["activity"].notna().all()
    assert ((scores["cohort"] == "healthy") == ~scores["stroke"]).all()
