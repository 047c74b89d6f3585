"""Errors in dose: by cohort, and by label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pandas as pd

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.reports.tables.part import NOTHING_FOUND, Part, cohorts_in, predicted_counts, true_counts
from lmms_eval_plugins.reports.tables.table import (
    FIRST_DRAW,
    INTERVALS,
    SEM,
    SHARES,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    mean_cell,
    ratio_cell,
    share_cell,
)
from lmms_eval_plugins.statistics.counts import CLOSE, normalised_dose_error, within
from lmms_eval_plugins.statistics.segmental import OVERLAPS, frame_agreement, segmental_hits


def cohort_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Make the table of counting errors and errors of the whole dose in each cohort."""
    cohorts = cohorts_in(part.scores for part in parts)
    sections = []
    for part in parts:
        rows = []
        for run in part.rows:
            cells: list[Cell] = [part.labels[run]]
            for value_of in (_counting_errors, partial(_dose_errors, part.scheme.names)):
                for cohort in cohorts:
                    cells.append(part.ranked(run, partial(_mean_in, cohort, value_of, ci)))
            rows.append(TableRow(tuple(cells), part.is_reference(run)))
        sections.append(TableSection(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(f"RCE {cohort}", 2, "low") for cohort in cohorts),
        *(Column(f"dose {cohort}", 2) for cohort in cohorts),
    )
    notes = (
        SEM,
        *(INTERVALS,) * ci,
        f"Dose: (predicted − true) / true number of {_noun(parts)}s; below 0 is too few. Errors of both signs cancel.",
        FIRST_DRAW,
    )
    return Table(f"{name}_cohorts", "Errors in dose by cohort", columns, tuple(sections), notes)


def _counting_errors(scores: pd.DataFrame) -> pd.Series[float]:
    return scores["relative_counting_error"].astype(float)


def _dose_errors(labels: Sequence[str], scores: pd.DataFrame) -> pd.Series[float]:
    errors = normalised_dose_error(predicted_counts(scores, labels), true_counts(scores, labels))
    return pd.Series(errors, index=scores.index)


def _mean_in(
    cohort: str, value_of: Callable[[pd.DataFrame], pd.Series[float]], ci: bool, scores: pd.DataFrame
) -> Value | None:
    """Return the mean of a value of the videos of one cohort."""
    own = scores[scores["cohort"] == cohort]
    return mean_cell(value_of(own), own["patient"], ci)


def _noun(parts: Sequence[Part]) -> str:
    return "primitive" if all(part.scheme.names == PRIMITIVES for part in parts) else "label"


def primitive_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Make the table of pooled counting errors of each label, and the share of videos that come close."""
    labels = tuple(dict.fromkeys(label for part in parts for label in part.scheme.names))
    sections = []
    for part in parts:
        rows = []
        of_labels = [partial(_error_of, one, ci) if one in part.scheme.labels else None for one in labels]
        close = [
            partial(_share_within, value_of, limit, ci)
            for value_of in (_counting_errors, partial(_dose_errors, part.scheme.names))
            for limit in CLOSE
        ]
        for run in part.rows:
            cells: list[Cell] = [part.labels[run]]
            cells += [part.ranked(run, cell_of) if cell_of else None for cell_of in (*of_labels, *close)]
            rows.append(TableRow(tuple(cells), part.is_reference(run)))
        sections.append(TableSection(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(label, 2, "low") for label in labels),
        *(Column(f"{what} ≤ {100 * limit:.0f} % (%)", 1, "high") for what in ("RCE", "dose") for limit in CLOSE),
    )
    what = _noun(parts)
    notes = (
        f"Counting error of each {what}, pooled over videos: Σ|predicted − true| / Σ true.",
        f"Last columns: per cent of videos whose RCE, or whose number of all {what}s, is within the limit of the"
        " true one.",
        *(INTERVALS, SHARES) * ci,
        FIRST_DRAW,
    )
    return Table(f"{name}_counts", f"Counting errors by {what}", columns, tuple(sections), notes)


def _error_of(label: str, ci: bool, scores: pd.DataFrame) -> Value | None:
    """Return the pooled counting error of a label."""
    off, true = (list(scores[f"{what}_{label}"].astype(float)) for what in ("mae", "true"))
    return ratio_cell(off, true, list(scores["patient"]), ci)


def _share_within(
    value_of: Callable[[pd.DataFrame], pd.Series[float]], limit: float, ci: bool, scores: pd.DataFrame
) -> Value | None:
    """Return the per cent of videos of which a relative error is within a limit."""
    return share_cell(list(within(value_of(scores), limit)), list(scores["patient"]), ci, scale=100.0)


def segment_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Make the table of frame accuracies and segmental F1."""
    sections = []
    for part in parts:
        patients = dict(zip(part.scores["video_id"], part.scores["patient"], strict=True))
        truth = part.truth()
        rows = []
        for run in part.rows:
            said_of = part.predicted(run)
            every = said_of | dict.fromkeys(part.failed(run), NOTHING_FOUND)
            cells: list[Cell] = [part.labels[run]]
            for labels in (None, part.scheme.motion, part.scheme.grasp):
                meaning = str if labels is None else labels.__contains__
                share_of = partial(_frames_right, truth, patients, meaning, ci)
                cells.append(None if labels is not None and not labels else _ranked_share(share_of, said_of, every))
            for overlap in OVERLAPS:
                cells.append(_ranked_share(partial(_segments_found, truth, patients, overlap, ci), said_of, every))
            rows.append(TableRow(tuple(cells), part.is_reference(run)))
        sections.append(TableSection(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(head, 3, "high") for head in ("frames", "frames, motion", "frames, grasp")),
        *(Column(f"F1@{100 * overlap:.0f}", 3, "high") for overlap in OVERLAPS),
    )
    notes = (
        f"Frames: share of the labelled time at which the {_noun(parts)} (whether the hand moves, holds) is right.",
        "F1@k: segments found with an intersection over union of k %, pooled (Lea et al., CVPR 2017).",
        *(SHARES,) * ci,
        FIRST_DRAW,
    )
    return Table(f"{name}_segments", "Frames and segments", columns, tuple(sections), notes)


_Timelines = Mapping[str, Timeline]


def _frames_right(
    truth: _Timelines, patients: Mapping[str, str], meaning: Callable[[str], object], ci: bool, said_of: _Timelines
) -> Value | None:
    """Return the share of the labelled time of some videos at which a timeline means the right thing."""
    right = [frame_agreement(one, truth[video], meaning) for video, one in said_of.items()]
    whose = [patients[video] for video in said_of]
    return share_cell([one.right_s for one in right], whose, ci, [one.all_s for one in right])


def _segments_found(
    truth: _Timelines, patients: Mapping[str, str], overlap: float, ci: bool, said_of: _Timelines
) -> Value | None:
    """Return segmental F1, pooled over some videos."""
    hits = [segmental_hits(one, truth[video], overlap) for video, one in said_of.items()]
    doubled = [2.0 * hit.true_positives for hit in hits]
    whole = [2.0 * hit.true_positives + hit.false_positives + hit.false_negatives for hit in hits]
    return share_cell(doubled, [patients[video] for video in said_of], ci, whole)


def _ranked_share(
    share_of: Callable[[_Timelines], Value | None], said_of: _Timelines, every: _Timelines
) -> Value | None:
    """Return a share of the videos that enter means, ranked by that of all, of which the others have no timeline."""
    value = share_of(said_of)
    if value is None or len(every) == len(said_of):
        return value
    whole = share_of(every)
    return value if whole is None else value._replace(ranked=whole.value)
