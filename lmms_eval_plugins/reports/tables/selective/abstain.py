"""How well expected errors rank a run's answers, and what is left of its errors where it abstains."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import LABEL
from lmms_eval_plugins.reports.tables.selective.gathered import Gathered
from lmms_eval_plugins.reports.tables.selective.ranked import (
    BY_ALIKE,
    BY_INSTRUMENT,
    BY_PROBABILITY,
    COUNTS,
    TOTAL,
    Ranked,
)
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SHARES,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    plain_value,
    share_cell,
)
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, Interval, jackknife_interval, mean_interval
from lmms_eval_plugins.statistics.selective import FEWEST_FOR_THRESHOLD, Ranking

_COVERAGES = (0.8, 0.5)
"""The coverages of the first table."""

_TENTHS = tuple(tenth / 10 for tenth in range(10, 0, -1))
"""Those of the curve."""

_MEANING = (
    "Error: mean over all cases; at 80 %, at 50 %: over that share of the cases of which the least error is expected."
    " AURC: mean of such errors over every share, the area under the risk–coverage curve. A random order's is the error"
    " itself: − random below 0 is what knowing when to abstain is worth. − best: what is lost to the order of the true"
    " errors."
)
_BLIND = (
    "− blind: AURC less that of the same errors in the order that is expected by the recording alone (length and"
    " activity; of activities the length; of items the item), without any answer."
)
_BRACKETS = (
    "Brackets of differences: 95 % interval by jackknife over patients, without each of whom the order is learned anew;"
    f" of fewer than {FEWEST_PATIENTS} there is none."
)
_SIGNAL = (
    "Signal: none where the interval of − random reaches 0: the curve is flat as far as these patients tell; else"
    " answers, where that of − blind lies below 0, or recording: the answers are not seen to add anything to it."
    " Reversed: what is trusted most is wrong more often."
)
_RANKED_BY = {
    BY_ALIKE: (
        f"Ranked by alike: what was wrong with like cases of other patients ({LABEL}): the same activity, about the"
        " same length and dose; the same answer and about the same length; the same item and score. Two cases of"
        " different patients are ordered by what was learned from neither of them."
    ),
    BY_INSTRUMENT: (
        f"Ranked by {BY_INSTRUMENT}: how much of an error the instrument of a measured dose expects itself, without a"
        " threshold: there are no instruments that saw neither of two patients."
    ),
    BY_PROBABILITY: (
        f"Ranked by {BY_PROBABILITY}: 1 − that of the answer; of items, the mean of those of the answers about them."
    ),
}
_OTHERS_SAW = (
    "What decoded, measured and stopwatch rows had wrong about other patients is of what was fitted on this patient,"
    " too."
)
_SILENT = "What has no answer is known to fail, and comes as late as its error asks."


def abstain_tables(gathered: Gathered, wanted: float | None, ci: bool, more: bool) -> list[Table]:
    """Make the table of rankings, with a wanted error that of what is answered, and with ``more`` that of curves.

    Args:
        gathered: the ranked cases.
        wanted: the mean error that answers may have; None makes no second table.
        ci: with 95 % intervals of errors and shares; those of differences are always there.
        more: with errors at every tenth of the cases.

    Raises:
        UserError: there is nothing to rank; or a wanted error is given, and no run is about enough patients.
    """
    if not gathered.sections:
        raise UserError("table abstain: none of the runs given has answers of dose, identification or Fugl-Meyer tasks")
    ways = dict.fromkeys(row.by for section in gathered.sections for row in section.rows)
    of_doses = any(section.kind in (TOTAL, COUNTS) for section in gathered.sections)
    about = (*(_RANKED_BY[way] for way in ways), *(_OTHERS_SAW,) * of_doses, _SILENT)
    tables = [_rankings(gathered, ci, (_MEANING, _BLIND, _BRACKETS, _SIGNAL, *about, *(INTERVALS,) * ci))]
    if wanted is not None:
        tables.append(_answered(gathered, wanted, ci, about))
    if more:
        tables.append(_curves(gathered, about))
    return tables


def _rankings(gathered: Gathered, ci: bool, notes: tuple[str, ...]) -> Table:
    columns = (
        *(Column("model"), Column("ranked by"), Column("cases"), Column("error", 3, "low")),
        *(Column(f"at {100 * share:.0f} %", 3, "low") for share in _COVERAGES),
        *(Column("AURC", 3, "low"), Column("− random", 3, "low"), Column("− best", 3)),
        *(Column("− blind", 3), Column("signal")),
    )

    def cells(row: Ranked) -> list[Cell]:
        ranking, curve, patients = row.ranking, row.curve, row.shown_patients
        return [
            *(row.by, len(patients), _mean(row.errors[row.shown], patients, ci)),
            *(plain_value(curve.at(share)) for share in _COVERAGES),
            *(plain_value(ranking.area), _estimate(ranking.gained), plain_value(ranking.area - ranking.best)),
            *(_estimate(ranking.beyond_blind), _signal(ranking)),
        ]

    title = "Abstaining: how well expected errors rank a run's answers"
    return Table("abstain", title, columns, _sections(gathered, cells), notes, gathered.remarks)


def _answered(gathered: Gathered, wanted: float, ci: bool, about: tuple[str, ...]) -> Table:
    columns = (
        *(Column("model"), Column("cases"), Column("answered (%)", 1)),
        *(Column("error, answered", 3), Column("− all", 3), Column("error, all", 3)),
        *(Column("error, rest", 3), Column("threshold from", 3), Column("to", 3)),
    )
    few: list[str] = []

    def cells(row: Ranked) -> list[Cell]:
        errors, patients = row.errors[row.shown], row.shown_patients
        try:
            thresholds, answered = row.answered(wanted)
        except ValueError:
            few.append(row.label)
            return [len(errors), None, None, None, _mean(errors, patients, ci), None, None, None]
        return [
            *(len(errors), share_cell(answered.astype(float).tolist(), patients, ci, scale=100.0)),
            *(_mean_of(errors, answered, patients, ci), _difference(errors, answered, patients)),
            *(_mean(errors, patients, ci), _mean_of(errors, ~answered, patients, ci)),
            *(plain_value(float(end)) if np.isfinite(end) else None for end in (thresholds.min(), thresholds.max())),
        ]

    sections = _sections(gathered, cells, with_instruments=False)
    if len(few) == sum(len(section.rows) for section in sections):
        raise UserError(
            f"table abstain: --target-error needs runs about {FEWEST_FOR_THRESHOLD} patients: one to answer for, one to"
            " fit the threshold on, and one who tells what that one is expected to have wrong; leave it away"
        )
    notes = (
        f"Wanted: a mean error of at most {wanted:g} among the answers. The threshold of the expected error, above"
        " which nothing is answered, is fitted on all other patients, without any label of this patient;"
        " it aims at the wanted error and does not promise it. From, to: the least and the greatest threshold of a"
        f" patient; {NOTHING}: nothing would be answered. All: the same errors without abstaining; rest: of what is not"
        " answered.",
        *about,
        *(INTERVALS, SHARES) * ci,
    )
    title = f"Abstaining: errors on what is answered, for a wanted error of {wanted:g}"
    return Table("abstain_answered", title, columns, sections, notes)


def _curves(gathered: Gathered, about: tuple[str, ...]) -> Table:
    def cells(row: Ranked) -> list[Cell]:
        curve = row.curve
        return [row.by, *(plain_value(curve.at(share)) for share in _TENTHS)]

    columns = (Column("model"), Column("ranked by"), *(Column(f"{100 * share:.0f} %", 3, "low") for share in _TENTHS))
    title = "Abstaining: mean error by the share of cases that is answered"
    return Table("abstain_curves", title, columns, _sections(gathered, cells), about)


def _sections(
    gathered: Gathered, cells: Callable[[Ranked], list[Cell]], *, with_instruments: bool = True
) -> tuple[TableSection, ...]:
    return tuple(
        TableSection(
            section.title,
            tuple(
                TableRow((row.label, *cells(row)), row.reference, row.run)
                for row in section.rows
                if with_instruments or row.by != BY_INSTRUMENT
            ),
        )
        for section in gathered.sections
    )


def _signal(ranking: Ranking) -> str:
    low, high, beyond = ranking.gained.low, ranking.gained.high, ranking.beyond_blind.high
    if low is None or high is None:
        return NOTHING
    if low <= 0 <= high:
        return "none"
    if low > 0:
        return "reversed"
    return "answers" if beyond is not None and beyond < 0 else "recording"


def _estimate(interval: Interval) -> Value | None:
    return None if interval.value is None else Value(interval.value, None, interval.low, interval.high)


def _mean(errors: NDArray[np.float64], patients: Sequence[str], ci: bool) -> Value | None:
    if not len(errors):
        return None
    return _estimate(mean_interval(errors, patients)) if ci else plain_value(float(errors.mean()))


def _mean_of(errors: NDArray[np.float64], of: NDArray[np.bool_], patients: Sequence[str], ci: bool) -> Value | None:
    return _mean(errors[of], [patient for patient, own in zip(patients, of, strict=True) if own], ci)


def _difference(errors: NDArray[np.float64], answered: NDArray[np.bool_], patients: Sequence[str]) -> Value | None:
    """Return by how much the mean error of what is answered differs from that of everything."""

    def difference(kept: NDArray[np.intp]) -> float | None:
        own = answered[kept]
        return float(errors[kept][own].mean() - errors[kept].mean()) if own.any() else None

    return _estimate(jackknife_interval(difference, patients, -np.inf, np.inf))
