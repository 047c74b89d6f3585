"""Timelines against the truth: frame accuracies and segmental F1."""

from __future__ import annotations

from collections.abc import Sequence

from lmms_eval_plugins.results.tables.cells_of import FIRST_DRAW, INTERVALS, ratio_cell
from lmms_eval_plugins.results.tables.part import Part
from lmms_eval_plugins.results.tables.table import Cell, Column, Row, Section, Table
from lmms_eval_plugins.scoring.statistics.segmental import OVERLAPS, frame_agreement, segmental_hits
from lmms_eval_plugins.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES


def segment_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Frame accuracies and segmental F1."""
    sections = []
    for part in parts:
        patients = dict(zip(part.scores["video_id"], part.scores["patient"], strict=True))
        truth = part.truth()
        rows = []
        for run in (*part.runs, *part.references):
            said_of = part.predicted(run)
            whose = [patients[video] for video in said_of]
            cells: list[Cell] = [part.labels[run]]
            for meaning in (str, MOTION_PRIMITIVES.__contains__, GRASP_PRIMITIVES.__contains__):
                right = [frame_agreement(one, truth[video], meaning) for video, one in said_of.items()]
                cells.append(ratio_cell([r.right_s for r in right], [r.all_s for r in right], whose, ci))
            for overlap in OVERLAPS:
                hits = [segmental_hits(one, truth[video], overlap) for video, one in said_of.items()]
                doubled = [2.0 * h.true_positives for h in hits]
                whole = [2.0 * h.true_positives + h.false_positives + h.false_negatives for h in hits]
                cells.append(ratio_cell(doubled, whole, whose, ci))
            rows.append(Row(tuple(cells), run in part.references))
        sections.append(Section(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(head, 3, "high") for head in ("frames", "frames, motion", "frames, grasp")),
        *(Column(f"F1@{100 * overlap:.0f}", 3, "high") for overlap in OVERLAPS),
    )
    notes = (
        "Frames: share of the labelled time at which the primitive (whether the hand moves, holds) is right.",
        "F1@k: segments found with an intersection over union of k %, pooled (Lea et al., CVPR 2017).",
        *(INTERVALS,) * ci,
        FIRST_DRAW,
    )
    return Table(f"{name}_segments", "Frames and segments", columns, tuple(sections), notes)
