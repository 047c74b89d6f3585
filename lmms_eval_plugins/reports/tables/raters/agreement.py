"""How far raters agree: each pair by the scores of models and by kappa, all together by Krippendorff's alpha."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmms_eval_plugins.domain.sequences import action_error_rate, edit_score, relative_counting_error
from lmms_eval_plugins.domain.timeline import Timeline, without_repeats
from lmms_eval_plugins.reports.tables.raters.gathered import RatersOfVideo, raters_in
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SEM,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    mean_cell,
    plain_value,
    share_cell,
)
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, Interval
from lmms_eval_plugins.statistics.krippendorff import alpha_interval, coincidences
from lmms_eval_plugins.statistics.reliability import Floats, icc_interval, table_kappa, tables_interval
from lmms_eval_plugins.statistics.segmental import STEP_S, labels_by_step, partners, step_table

_STEP = f"every {1000 * STEP_S:.0f} ms"
_NOT_JUDGED = -1

_PAIRS = (
    "ES, AER and RCE: the first rater scored against the second as a model is against the truth.",
    f"Kappa, frames: Cohen's kappa of the labels {_STEP}; time without a label is a judgement as any other. Kappa,"
    " segments: of the labels of segments that are partners, that is, have more than half of their time in common;"
    " paired: the share of both raters' segments that have one.",
    "ICC: ICC(2,1), absolute agreement, of how many segments each patient has in all.",
)
_OF_COEFFICIENTS = (
    "Brackets of kappa, alpha, ICC and paired: 95 % interval by patients (jackknife with t, F for ICC, Wilson); of"
    f" fewer than {FEWEST_PATIENTS} patients there is none."
)
_ALPHA = (
    "Alpha: Krippendorff's, nominal: 1 is full agreement, 0 is chance. A video that a rater did not label is missing,"
    f" not judged otherwise. Frames: {_STEP}, time without a label is a judgement. Segments: those of the truth (of the"
    " first rater where there is none), by the labels of their partners; without a partner a rater is missing."
)


def agreement_tables(videos: Sequence[RatersOfVideo], remarks: Sequence[str], ci: bool) -> list[Table]:
    """Make the table of pairs of raters, and the one of all of them.

    Args:
        videos: each with two raters or more.
        remarks: what else to say.
        ci: with intervals of mean scores; those of coefficients are always there.
    """
    labels = sorted({one.label.lower() for video in videos for own in video.timelines.values() for one in own.segments})
    rows: list[TableRow] = []
    apart: list[str] = []
    for first, second in combinations(raters_in(videos), 2):
        common = [video for video in videos if {first, second} <= video.timelines.keys()]
        if common:
            rows.append(TableRow(tuple(_pair(first, second, common, labels, ci))))
        else:
            apart.append(f"{first} and {second}")
    columns = (
        *(Column("raters"), Column("videos"), Column("patients"), Column("minutes", 1)),
        *(Column("ES", 2), Column("AER", 2), Column("RCE", 2)),
        *(Column("kappa, frames", 2), Column("kappa, segments", 2), Column("paired (%)", 1), Column("ICC", 2)),
    )
    told = (*remarks, *(f"No video in common: {'; '.join(apart)}." for _ in apart[:1]))
    notes = (*_PAIRS, SEM, *(INTERVALS,) * ci, _OF_COEFFICIENTS)
    pairs = Table("raters", "Agreement of raters", columns, (TableSection("", tuple(rows)),), notes, told)
    return [pairs, _together(videos, labels)]


def _pair(first: str, second: str, videos: Sequence[RatersOfVideo], labels: Sequence[str], ci: bool) -> list[Cell]:
    """Return the cells of a pair: the second rater of the name against the first, in whose place the truth stands."""
    pairs = [(video.timelines[second], video.timelines[first]) for video in videos]
    patients = [video.patient for video in videos]
    cells: list[Cell] = [
        f"{second} against {first}",
        len(videos),
        len(set(patients)),
        plain_value(sum(video.length_s for video in videos) / 60),
    ]
    for score in (edit_score, action_error_rate, relative_counting_error):
        values = [score(one.labels, other.labels) for one, other in pairs]
        cells.append(mean_cell(pd.Series(values), pd.Series(patients), ci))
    steps = [step_table(*pair, video.length_s, labels) for pair, video in zip(pairs, videos, strict=True)]
    cells.append(_value(tables_interval(table_kappa, steps, patients)))
    matched = [_partner_table(one, other, labels) for one, other in pairs]
    cells.append(_value(tables_interval(table_kappa, matched, patients)))
    n_of = [sum(len(one.merged().segments) for one in pair) for pair in pairs]
    cells.append(share_cell([2 * table.sum() for table in matched], patients, True, n_of, scale=100.0))
    totals = (
        pd.DataFrame([[len(without_repeats(one.labels)) for one in pair] for pair in pairs]).groupby(patients).sum()
    )
    return [*cells, _value(icc_interval(list(totals[0]), list(totals[1])))]


def _partner_table(one: Timeline, other: Timeline, labels: Sequence[str]) -> Floats:
    """Return how often a segment with one label is the partner of one with another; (labels, labels)."""
    table = np.zeros((len(labels), len(labels)))
    for segment, label in zip(one.merged().segments, partners(one, other), strict=True):
        if label is not None:
            table[labels.index(segment.label.lower()), labels.index(label.lower())] += 1
    return table


def _together(videos: Sequence[RatersOfVideo], labels: Sequence[str]) -> Table:
    """Make the table of all raters together."""
    patients = [video.patient for video in videos]
    frames = [
        np.stack([labels_by_step(own, video.length_s, labels) for own in video.timelines.values()]) for video in videos
    ]
    segments = [_judged_segments(list(video.timelines.values()), labels) for video in videos]
    rows = []
    judged: list[tuple[str, list[NDArray[np.intp]], int]] = [
        ("frames", frames, 1 + len(labels)),
        ("segments", segments, len(labels)),
    ]
    for name, ratings, n_labels in judged:
        pairs = [coincidences(of_video, n_labels) for of_video in ratings]
        n_units = sum(int(((of_video != _NOT_JUDGED).sum(axis=0) > 1).sum()) for of_video in ratings)
        about = (name, len(raters_in(videos)), len(videos), len(set(patients)), n_units)
        rows.append(TableRow((*about, _value(alpha_interval(pairs, patients)))))
    columns = (Column("judged"), Column("raters"), Column("videos"), Column("patients"), Column("units"))
    return Table(
        "raters_together",
        "All raters together",
        (*columns, Column("alpha", 2)),
        (TableSection("", tuple(rows)),),
        (_ALPHA, _OF_COEFFICIENTS),
    )


def _judged_segments(timelines: Sequence[Timeline], labels: Sequence[str]) -> NDArray[np.intp]:
    """Return the place of the label that each rater gives each segment of the first one; (raters, segments)."""
    first = timelines[0]
    own: list[str | None] = [one.label for one in first.merged().segments]
    judged = [own, *(partners(first, other) for other in timelines[1:])]
    places = [[_NOT_JUDGED if label is None else labels.index(label.lower()) for label in said] for said in judged]
    return np.array(places, dtype=np.intp)


def _value(found: Interval) -> Value | None:
    return None if found.value is None else Value(found.value, None, found.low, found.high)
