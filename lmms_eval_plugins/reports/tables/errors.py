"""Errors in dose: by cohort, and by label."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.domain.vocabulary import COHORTS, PRIMITIVES
from lmms_eval_plugins.reports.tables.part import Part
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
    mean_cell,
    ratio_cell,
    share_cell,
)
from lmms_eval_plugins.statistics.counts import CLOSE, normalised_dose_error, within
from lmms_eval_plugins.statistics.segmental import OVERLAPS, frame_agreement, segmental_hits


def cohort_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Make the table of counting errors and errors of the whole dose in each cohort."""
    sections = []
    for part in parts:
        rows = []
        for run in (*part.runs, *part.references):
            own = part.answered(run)
            own = own.assign(
                dose_error=normalised_dose_error(_total(part, own, "predicted"), _total(part, own, "true"))
            )
            cells: list[Cell] = [part.labels[run]]
            for metric in ("relative_counting_error", "dose_error"):
                for cohort in COHORTS:
                    of = own[own["cohort"] == cohort]
                    cells.append(mean_cell(of[metric], of["patient"], ci))
            rows.append(TableRow(tuple(cells), run in part.references))
        sections.append(TableSection(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(f"RCE {cohort}", 2, "low") for cohort in COHORTS),
        *(Column(f"dose {cohort}", 2) for cohort in COHORTS),
    )
    notes = (
        SEM,
        *(INTERVALS,) * ci,
        f"Dose: (predicted − true) / true number of {_noun(parts)}s; below 0 is too few. Errors of both signs cancel.",
        FIRST_DRAW,
    )
    return Table(f"{name}_cohorts", "Errors in dose by cohort", columns, tuple(sections), notes)


def _noun(parts: Sequence[Part]) -> str:
    return "primitive" if all(part.scheme.names == PRIMITIVES for part in parts) else "label"


def primitive_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Make the table of pooled counting errors of each label, and the share of videos that come close."""
    labels = tuple(dict.fromkeys(label for part in parts for label in part.scheme.names))
    sections = []
    for part in parts:
        rows = []
        for run in (*part.runs, *part.references):
            own = part.answered(run)
            patients = list(own["patient"])
            cells: list[Cell] = [part.labels[run]]
            cells += [
                ratio_cell(list(own[f"mae_{one}"].astype(float)), list(own[f"true_{one}"].astype(float)), patients, ci)
                if one in part.scheme.labels
                else None
                for one in labels
            ]
            true = _total(part, own, "true")
            for errors in (
                _total(part, own, "mae") / true,
                normalised_dose_error(_total(part, own, "predicted"), true),
            ):
                for limit in CLOSE:
                    cells.append(share_cell(list(within(errors, limit)), patients, ci, scale=100.0))
            rows.append(TableRow(tuple(cells), run in part.references))
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


def _total(part: Part, scores: pd.DataFrame, which: str) -> pd.Series[float]:
    totals: pd.Series[float] = scores[[f"{which}_{label}" for label in part.scheme.names]].astype(float).sum(axis=1)
    return totals


def segment_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Make the table of frame accuracies and segmental F1."""
    sections = []
    for part in parts:
        patients = dict(zip(part.scores["video_id"], part.scores["patient"], strict=True))
        truth = part.truth()
        rows = []
        for run in (*part.runs, *part.references):
            said_of = part.predicted(run)
            whose = [patients[video] for video in said_of]
            cells: list[Cell] = [part.labels[run]]
            for labels in (None, part.scheme.motion, part.scheme.grasp):
                if labels is not None and not labels:
                    cells.append(None)
                    continue
                meaning = str if labels is None else labels.__contains__
                right = [frame_agreement(one, truth[video], meaning) for video, one in said_of.items()]
                cells.append(share_cell([r.right_s for r in right], whose, ci, [r.all_s for r in right]))
            for overlap in OVERLAPS:
                hits = [segmental_hits(one, truth[video], overlap) for video, one in said_of.items()]
                doubled = [2.0 * h.true_positives for h in hits]
                whole = [2.0 * h.true_positives + h.false_positives + h.false_negatives for h in hits]
                cells.append(share_cell(doubled, whose, ci, whole))
            rows.append(TableRow(tuple(cells), run in part.references))
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
