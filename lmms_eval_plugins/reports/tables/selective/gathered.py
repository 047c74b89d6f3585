"""The ranked cases of everything that was given, and beside them those of controls that never see a video."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.controls import blind_controls
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.chosen import labels, notes_of, records
from lmms_eval_plugins.reports.tables.control_rows import control_rows
from lmms_eval_plugins.reports.tables.selective.activities import ranked_activities
from lmms_eval_plugins.reports.tables.selective.doses import ranked_doses
from lmms_eval_plugins.reports.tables.selective.items import Probabilities, item_probabilities, ranked_items
from lmms_eval_plugins.reports.tables.selective.measures import ranked_measures
from lmms_eval_plugins.reports.tables.selective.ranked import ErrorKind, Ranked
from lmms_eval_plugins.runs.data_frames.columns import typed
from lmms_eval_plugins.runs.data_frames.controls import STOPWATCH, STOPWATCH_BY_ACTIVITY
from lmms_eval_plugins.runs.data_frames.items import assessments, names_of, patients_shown
from lmms_eval_plugins.runs.data_frames.load import LoadedTables, Paths, file_of, load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.runs.measuring.frame import measured_frames
from lmms_eval_plugins.runs.measuring.groups import recordings_in
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.scored import ScoredRun, scores_of


@dataclass(frozen=True, slots=True)
class RankedSection:
    """Runs and controls with errors of one kind on the same cases."""

    title: str
    kind: ErrorKind
    rows: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The sections, what the runs' readers should know, and what could not be read or ranked, a line each."""

    sections: tuple[RankedSection, ...]
    remarks: tuple[str, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HowRead:
    """How runs are read, and which of their cases are shown.

    Attributes:
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read; None reads published logs as published and our runs as they ask.
        decoding: how dose runs are decoded; None leaves them to their own rule.
        only: the videos that are shown; what is expected of them is learned from all videos of other patients.
        named: parts of the names of the runs to take; none takes all.
        measured: with the measured doses of models' dose runs, which take about a minute for 90 videos.
    """

    split_runs: bool = False
    reading: Policy | None = None
    decoding: Decoding | None = None
    only: VideoFilter = EVERY_VIDEO
    named: tuple[str, ...] = ()
    measured: bool = False

    def takes(self, name: str) -> bool:
        """Return whether a run is to be taken."""
        return not self.named or any(part in name for part in self.named)


def gathered_cases(paths: Paths, how: HowRead) -> Gathered:
    """Return the ranked cases of all dose, identification and Fugl-Meyer runs among what the paths mean.

    Raises:
        UserError: there is no such video.
    """
    errors: list[str] = []
    loaded = load_tables(paths, ("scores",), split_runs=how.split_runs, reading=how.reading, decoding=how.decoding)
    errors += [*loaded.errors, *loaded.damage]
    taken = loaded.tables["runs"][loaded.tables["runs"]["run"].map(how.takes).astype(bool)]
    video_runs = taken[taken["method"].isin((*DOSE.method_names, *IDENTIFICATION.method_names))]
    item_runs = taken[taken["method"].isin(FUGL_MEYER.method_names)]
    of_videos = _videos(loaded, video_runs, how, errors) if len(video_runs) else []
    of_items = _items(list(item_runs["path"]), how, errors, alone=not of_videos) if len(item_runs) else []
    ranked = pd.concat((video_runs, item_runs))
    remarks = notes_of(ranked, labels(video_runs) | labels(item_runs))
    sections = _sections([one for one in (*of_videos, *of_items) if one.shown.any()])
    return Gathered(tuple(sections), remarks, tuple(dict.fromkeys(errors)))


def _videos(loaded: LoadedTables, runs: pd.DataFrame, how: HowRead, errors: list[str]) -> list[Ranked]:
    """Return the videos of dose and identification runs, and of stopwatches."""
    names, scores = labels(runs), loaded.tables["scores"]
    are_doses = runs["method"].isin(DOSE.method_names)
    answers, no_answers = _answers(list(runs["path"][~are_doses]), how), typed("answers", {})
    ranked: list[Ranked] = []
    for run, is_dose in zip(records(runs), are_doses, strict=True):
        own, path, label = scores[scores["run"] == run["run"]], str(run["path"]), names[run["run"]]
        ranking = (
            partial(ranked_doses, own, path, label, loaded.schemes[run["run"]].names)
            if is_dose
            else partial(ranked_activities, own, answers.get(path, no_answers), path, label)
        )
        ranked += _or_error(partial(ranking, reference=bool(run["baseline"])), path, errors)
    doses = runs[are_doses & runs["path"].isin([one.run for one in ranked])]
    ranked += _stopwatches(doses, names, loaded.schemes, errors)
    if how.measured:
        ranked += _measures(doses[~doses["baseline"].astype(bool)], names, how, errors)
    if how.only:
        shown = {str(video) for video in loaded.of_videos(how.only).tables["scores"]["video_id"]}
        ranked = [one.showing(np.array([id in shown for id in one.ids])) for one in ranked]
    return ranked


def _answers(paths: Sequence[str], how: HowRead) -> dict[str, pd.DataFrame]:
    """Return path of a run → its answers."""
    if not paths:
        return {}
    files = list(dict.fromkeys(map(file_of, paths)))
    tables = load_tables(files, ("answers",), split_runs=how.split_runs, reading=how.reading).tables
    path_of = dict(zip(tables["runs"]["run"], tables["runs"]["path"], strict=True))
    return {path_of[run]: own for run, own in tables["answers"].groupby("run", sort=False)}


def _measures(runs: pd.DataFrame, names: Mapping[str, str], how: HowRead, errors: list[str]) -> list[Ranked]:
    """Return the videos of dose runs as they are measured, each patient by an instrument fitted on all others."""
    files = list(dict.fromkeys(file_of(str(path)) for path in runs["path"]))
    found = measured_frames(files, split_runs=how.split_runs, reading=how.reading)
    errors += found.problems
    ranked: list[Ranked] = []
    for run, path in zip(runs["run"], map(str, runs["path"]), strict=True):
        recordings = recordings_in(found.doses[found.doses["path"] == path])
        if recordings:
            ranking = partial(ranked_measures, recordings, path, f"{names[run]}, measured")
            ranked += _or_error(ranking, f"{path}, measured", errors)
    return ranked


def _stopwatches(
    runs: pd.DataFrame, names: Mapping[str, str], schemes: Mapping[str, Scheme], errors: list[str]
) -> list[Ranked]:
    """Return the videos of the stopwatches of dose runs: of each different one once."""
    if runs.empty:
        return []
    found = control_rows(runs, names, decoders=False)
    scheme_of = {own[kind]: schemes[run] for run, own in found.own.items() for kind in _STOPWATCHES if kind in own}
    ranked: list[Ranked] = []
    for row, scheme in scheme_of.items():
        own, label = found.scores[found.scores["run"] == row], found.labels[row]
        ranked += _or_error(partial(ranked_doses, own, None, label, scheme.names, reference=True), label, errors)
    return ranked


_STOPWATCHES = (STOPWATCH, STOPWATCH_BY_ACTIVITY)


def _items(paths: Paths, how: HowRead, errors: list[str], *, alone: bool) -> list[Ranked]:
    """Return the items of Fugl-Meyer runs and of their blind controls; ``alone`` where there are no other runs."""
    if (how.only.activities or how.only.views) and not alone:
        return []  # an item has neither
    scored = scores_of(assessments(paths, errors, how.reading), FUGL_MEYER)
    parts = {part for row, _ in scored for part in row.parts}
    kept = [(row, score) for row, score in scored if row.path not in parts]
    rows = [row for row, _ in kept]
    shown = patients_shown(rows, how.only) if alone else how.only.patients
    folded = {patient.casefold() for patient in shown or ()}
    ranked: list[Ranked] = []
    for label, (row, score) in zip(_labels(rows), kept, strict=True):
        ranking = partial(ranked_items, score.items, _probabilities(row, how), row.path, label)
        own = _or_error(partial(ranking, reference=row.baseline), row.path, errors)
        strongest = blind_controls(score.items)[0] if own else None
        if strongest and strongest.error < math.inf:
            own += ranked_items(strongest.results, {}, None, f"{strongest.name} (blind)", reference=True)
        ranked += own
    return [
        one.showing(np.array([not folded or patient.casefold() in folded for patient in one.patients]))
        for one in ranked
    ]


def _labels(runs: Sequence[ScoredRun]) -> list[str]:
    """Return what rows of Fugl-Meyer runs are called: the model, with its task, then its run, where that is not one."""
    models = [row.model or name for row, name in zip(runs, names_of(runs), strict=True)]
    with_tasks = [f"{model}, {row.task.removeprefix('strokerehab_')}" for model, row in zip(models, runs, strict=True)]
    with_runs = [f"{label}, {name}" for label, name in zip(with_tasks, names_of(runs), strict=True)]
    tried = (models, with_tasks, with_runs)
    return [
        next(label for label, every in zip(of_run, tried, strict=True) if every.count(label) == 1)
        for of_run in zip(*tried, strict=True)
    ]


def _probabilities(row: ScoredRun, how: HowRead) -> Probabilities:
    """Return the probabilities of the answers of a Fugl-Meyer run, or of the runs that it was joined from."""
    found: dict[tuple[str, int], float] = {}
    for path in row.parts or (row.path,):
        questions = read_run_file(Path(path)).questions
        items = {question.id: question.item for question in questions if question.item is not None}
        found |= item_probabilities(load_tables(path, ("answers",), reading=how.reading).tables["answers"], items)
    return found


def _or_error(ranking: Callable[[], list[Ranked]], path: str, errors: list[str]) -> list[Ranked]:
    """Return what is ranked; where it cannot be, the reason is added to the errors."""
    try:
        ranked = ranking()
    except (ValueError, UserError) as error:
        errors.append(f"{path}: {error}")
        return []
    if not ranked:
        errors.append(f"{path}: has no video or item with a truth and enough replies to be ranked")
    return ranked


def _sections(ranked: Sequence[Ranked]) -> list[RankedSection]:
    """Return what is about the same cases together: models first, then references, each different one once."""
    groups: dict[tuple[ErrorKind, frozenset[Hashable]], list[Ranked]] = {}
    for one in ranked:
        groups.setdefault((one.kind, frozenset(one.ids)), []).append(one)
    order = list(dict.fromkeys(kind for kind, _ in groups))
    of_kind = [(kind, [rows for (own, _), rows in groups.items() if own == kind]) for kind in order]
    return [
        RankedSection(kind.title + f", set {number}" * (len(sets) > 1), kind, tuple(_once(rows)))
        for kind, sets in of_kind
        for number, rows in enumerate(sets, start=1)
    ]


def _once(rows: Sequence[Ranked]) -> Iterator[Ranked]:
    """Yield models, then references; of controls that are one and the same the first."""
    seen: set[tuple[str | None, str, str, bytes]] = set()
    for row in sorted(rows, key=lambda one: one.reference):
        key = (row.run, row.label, row.by, row.errors.tobytes())
        if key not in seen:
            seen.add(key)
            yield row
