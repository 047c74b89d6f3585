"""The published splits on the metadata and logs of the published checkout, where it is available."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from lmms_eval_plugins.dataset.labels.label_file import read_labels
from lmms_eval_plugins.dataset.manifest import (
    FMA_MANIFEST_NAME,
    FMA_SCORES_NAME,
    read_fma_manifest,
    read_item_scores,
    read_manifest,
)
from lmms_eval_plugins.dataset.selections import Sources, read_cohorts, read_selections, select
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM, ITEMS, SECTIONS
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import ACTIVITY_LABELS, activity_of
from lmms_eval_plugins.study.checkout import ImportReport, import_checkout

Chosen = Callable[[str], list[Trial]]


@pytest.fixture(scope="module")
def report(checkout: Path, project_selections: Path, tmp_path_factory: pytest.TempPathFactory) -> ImportReport:
    return import_checkout(checkout, tmp_path_factory.mktemp("imported"), selections=project_selections)


@pytest.fixture(scope="module")
def trials(report: ImportReport) -> list[Trial]:
    return read_manifest(report.manifest)


@pytest.fixture
def chosen(report: ImportReport, trials: list[Trial], project_selections: Path) -> Chosen:
    def chosen(name: str) -> list[Trial]:
        return select(trials, name, sources=Sources(report.manifest, (project_selections,)))

    return chosen


@pytest.fixture(scope="module")
def rows(checkout: Path) -> dict[str, dict[str, str]]:
    with (checkout / "data/fp/fp_metadata.csv").open(newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


class Logged(NamedTuple):
    log: str
    video_id: str
    target: str
    input: str
    end_s: float


@pytest.fixture(scope="module")
def logged(checkout: Path) -> list[Logged]:
    """Return one line of each video in each log."""
    found = []
    for log in sorted(checkout.rglob("*_samples_strokerehab_*.jsonl")):
        for line in map(json.loads, log.read_text().splitlines()):
            end_s = float(line["resps"][0][0][-1][2])
            found.append(Logged(log.name, line["doc"]["id"], line["target"], line["input"], end_s))
    return found


def ids(trials: Iterable[Trial]) -> set[str]:
    return {trial.video_id for trial in trials}


def test_everything(report: ImportReport, trials: list[Trial]) -> None:
    assert report.problems == ()
    assert (report.n_trials, report.n_labels_recovered, report.n_lengths_measured) == (5775, 138, 706)
    assert {trial.activity for trial in trials} == set(ACTIVITY_LABELS)
    assert Counter(t.cohort for t in trials) == {"healthy": 1832, "mild": 1720, "moderate": 1815, "severe": 408}
    assert {t.repetition for t in trials} == {0, 1, 2, 3, 4, 5, 6}


def test_cohorts(project_selections: Path) -> None:
    cohorts = Counter(read_cohorts(project_selections).values())
    assert cohorts == {"healthy": 20, "mild": 20, "moderate": 23, "severe": 8}


def test_counts_as_declared(report: ImportReport, chosen: Chosen, project_selections: Path) -> None:
    declared = read_selections(Sources(report.manifest, (project_selections,)))
    counts = {name: selection.count for name, (selection, _) in declared.items() if name not in ("fma", "sees")}
    assert counts == {
        "test_set_2023": 514,
        "test_set_2023_subsample": 50,
        "identification": 661,
        "identification_scored": 640,
        "dose_adl": 90,
        "dose_rtt_shelf": 132,
    }
    assert len(chosen("all")) == 5775
    assert {name: len(chosen(name)) for name in counts} == counts


def test_the_2023_test_set_is_the_one_marked(chosen: Chosen, rows: dict[str, dict[str, str]]) -> None:
    marked = {name for name, row in rows.items() if row["is_in_strokerehab_test_set"] == "True"}
    assert ids(chosen("test_set_2023")) == marked
    marked = {name for name, row in rows.items() if row["subsampled_test_set"] == "True"}
    assert ids(chosen("test_set_2023_subsample")) == marked


def test_the_subsample_is_what_was_logged(logged: list[Logged], chosen: Chosen) -> None:
    found = {line.video_id for line in logged if "primitives_1" in line.log}
    assert ids(chosen("test_set_2023_subsample")) == found


def test_identification_is_what_was_logged(logged: list[Logged], chosen: Chosen) -> None:
    assert ids(chosen("identification")) == {line.video_id for line in logged if "identification" in line.log}
    scored = chosen("identification_scored")
    assert Counter(trial.cohort == "healthy" for trial in scored) == {True: 188, False: 452}


def test_dose_adl_is_what_every_log_holds(logged: list[Logged], chosen: Chosen) -> None:
    by_log: dict[str, set[str]] = {}
    for line in logged:
        if "primitives_2" in line.log or "primitives_3" in line.log:
            by_log.setdefault(line.log, set()).add(line.video_id)
    dose = chosen("dose_adl")
    assert by_log and all(found == ids(dose) for found in by_log.values())
    assert set(Counter(trial.patient for trial in dose).values()) == {9}


def test_dose_rtt_shelf_is_the_first_best_view_of_each_patient_and_exercise(
    checkout: Path, trials: list[Trial], chosen: Chosen
) -> None:
    by_id = {trial.video_id: trial for trial in trials}
    firsts: dict[tuple[str, str | None], str] = {}
    for name in (checkout / "data/rs/best_views.txt").read_text().splitlines()[1:]:
        trial = by_id.get(name)  # eleven of the list's videos are not in the metadata
        if trial and trial.patient not in {"C00020", "C00023", "S00019"}:
            firsts.setdefault((trial.patient, activity_of(trial.activity)), name)
    found = chosen("dose_rtt_shelf")
    assert ids(found) == set(firsts.values())
    assert Counter(activity_of(trial.activity) for trial in found) == {"RTT": 67, "shelf": 65}
    assert Counter(trial.cohort for trial in found) == {"moderate": 43, "mild": 40, "healthy": 35, "severe": 14}
    assert len({trial.patient for trial in found}) == 68


def test_fma_clips(report: ImportReport, project_selections: Path) -> None:
    assert report.n_clips == {
        "question answering": 665,
        "question answering, both sides": 924,
        "reasoning": 607,
        "reasoning, both sides": 607,
    }
    clips = read_fma_manifest(report.manifest.parent / FMA_MANIFEST_NAME)
    assert len(clips) == report.n_all_clips == 3472
    cohorts = read_cohorts(project_selections)
    assert {clip.patient: clip.cohort for clip in clips} == {clip.patient: cohorts[clip.patient] for clip in clips}
    assert Counter(cohorts[patient] for patient in {clip.patient for clip in clips}) == {
        "healthy": 4,
        "mild": 10,
        "moderate": 11,
        "severe": 4,
    }
    assert {(clip.laterality == "B") == bool(clip.affected_place) for clip in clips} == {True}
    assert {clip.affected_place for clip in clips} == {"", "Left", "Top"}
    assert {clip.side_affected for clip in clips} == {"Left", "Right"}


def test_fma_scores(report: ImportReport) -> None:
    scores = read_item_scores(report.manifest.parent / FMA_SCORES_NAME)
    assert report.n_scores == sum(len(items) for items in scores.values()) == 899
    assert len(scores) == 29 and {tuple(items) for items in scores.values()} == {tuple(ITEMS)}
    totals = sorted(sum(items.values()) for items in scores.values())
    assert (totals[0], totals[-1], totals[14]) == (4, 62, 44)


def test_errors_of_always_answering_one_are_the_published_ones(report: ImportReport) -> None:
    """Mean errors by section of a rater who always gives 1 are those of the paper's Figure 6."""
    scores = read_item_scores(report.manifest.parent / FMA_SCORES_NAME).values()
    errors = {
        section.code: [abs(items[item] - 1) for items in scores for item in section.items if item != INFERRED_ITEM]
        for section in SECTIONS
    }
    assert {code: round(sum(found) / len(found), 3) for code, found in errors.items()} == {
        "FS": 0.713,
        "ES": 0.897,
        "MCS": 0.770,
        "MOS": 0.782,
        "Wrist": 0.786,
        "Hand": 0.842,
        "Coord": 0.828,
    }


def test_recovered_labels_are_the_logged_ones_to_the_millisecond(logged: list[Logged], trials: list[Trial]) -> None:
    by_id = {trial.video_id: trial for trial in trials}
    lines = {line.video_id: line for line in logged if "primitives" in line.log}
    onsets = []
    for video_id, line in lines.items():
        trial = by_id[video_id]
        assert trial.labels is not None
        found = read_labels(trial.labels)
        assert found.timeline == Timeline.from_text(line.target)
        assert found.hand == trial.hand and f"{found.hand.upper()} hand" in line.input
        onsets.append(found.timeline.segments[0].start_s)
    assert len(lines) == 138
    assert sum(onset > 0 for onset in onsets) == 12, "labels that begin after the video does"


def test_lengths_are_those_of_the_windows(logged: list[Logged], trials: list[Trial]) -> None:
    by_id = {trial.video_id: trial for trial in trials}
    for line in logged:
        trial = by_id[line.video_id]
        assert round(trial.n_frames / trial.fps, 3) == pytest.approx(line.end_s)
