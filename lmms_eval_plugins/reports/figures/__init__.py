"""Figures of runs and published logs, by name; one style, three formats, the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.reports.figures.assessment import draw_fugl_meyer
from lmms_eval_plugins.reports.figures.bland_altman import draw_bland_altman
from lmms_eval_plugins.reports.figures.counts import draw_counts, draw_primitive_durations
from lmms_eval_plugins.reports.figures.groups import accuracy, counting_error, segment_ratio
from lmms_eval_plugins.reports.figures.hands import draw_left_right
from lmms_eval_plugins.reports.figures.labelled import (
    draw_labelled_calibration,
    draw_labelled_confusion,
    draw_labelled_numbers,
)
from lmms_eval_plugins.reports.figures.matrices import draw_identification, draw_primitives
from lmms_eval_plugins.reports.figures.measured import draw_coverage, draw_intervals
from lmms_eval_plugins.reports.figures.patients import draw_patients
from lmms_eval_plugins.reports.figures.risk import draw_risk_coverage
from lmms_eval_plugins.reports.figures.sampling import draw_sampling
from lmms_eval_plugins.reports.figures.sees import draw_sees
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.stripes import draw_decoding, draw_stripes
from lmms_eval_plugins.reports.figures.style import FORMATS, Drawing, styled

__all__ = ["FIGURES", "FORMATS", "Drawing", "FigureKind", "Results", "draw"]


class FigureKind(NamedTuple):
    """A figure: what it shows, in a few words, what draws it, and whether that is slow.

    A slow figure, for which runs are measured or much is learned from other patients, is drawn only when asked for: by
    its name, or in a report with measured doses.
    """

    shows: str
    drawn_by: Callable[[Results], Drawing]
    slow: bool = False


FIGURES: Mapping[str, FigureKind] = MappingProxyType(
    {
        "identification": FigureKind("which activity is taken for which: all, control, stroke", draw_identification),
        "rce": FigureKind("relative counting error by activity and cohort", counting_error),
        "frame_accuracy": FigureKind("motion and grasp over time, against the omniscient bound", accuracy),
        "segment_ratio": FigureKind("predicted segments for one true one, by activity and cohort", segment_ratio),
        "primitive_confusion": FigureKind("which primitive is taken for which", draw_primitives),
        "counts": FigureKind("predicted against true counts by primitive and cohort", draw_counts),
        "patients": FigureKind("predicted against true counts of each patient, named", draw_patients),
        "bland_altman": FigureKind("limits of agreement with the labels, beside the control's", draw_bland_altman),
        "coverage": FigureKind("what intervals of measured doses cover, and how wide they are", draw_coverage, True),
        "intervals": FigureKind("interval of the dose of each video, beside the true one", draw_intervals, True),
        "left_right": FigureKind("whether the right hand is said to move", draw_left_right),
        "fugl_meyer": FigureKind("totals of patients, and errors by section", draw_fugl_meyer),
        "labelled_confusion": FigureKind("which answer is taken for which, by question", draw_labelled_confusion),
        "labelled_calibration": FigureKind("how honest probabilities of answers are", draw_labelled_calibration),
        "labelled_numbers": FigureKind("predicted against true scores and counts", draw_labelled_numbers),
        "risk_coverage": FigureKind("mean error of the answers, by the share that is given", draw_risk_coverage, True),
        "sees": FigureKind("what answers are worth under each perturbation of the frames, by question", draw_sees),
        "durations": FigureKind("how long primitives last", draw_primitive_durations),
        "sampling": FigureKind("window length against edit score and counting error", draw_sampling),
        "decoding": FigureKind("the videos that a decoder changes most, truth above rule above decoded", draw_decoding),
        "timelines": FigureKind("timelines of single videos, truth above predictions", draw_stripes),
    }
)
"""The figures by name."""


def draw(name: str, results: Results) -> Drawing:
    """Draw a figure by its name.

    Raises:
        UserError: there is no such figure, or nothing among the results for it to show.
    """
    if name not in FIGURES:
        raise UserError(f"no figure is named {name!r}{nearest(name, FIGURES)}")
    with styled():
        return FIGURES[name].drawn_by(results)
