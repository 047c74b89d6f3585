"""Make the tables of measured doses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmms_eval_plugins.decoding.leave_out import LABEL
from lmms_eval_plugins.reports.tables.measured.errors import against_stopwatches_table, errors_table
from lmms_eval_plugins.reports.tables.measured.gathered import GatheredDoses, Measuring
from lmms_eval_plugins.reports.tables.measured.groups import groups_tables, patients_table, seeds_table
from lmms_eval_plugins.reports.tables.measured.intervals import intervals_table
from lmms_eval_plugins.reports.tables.table import Table
from lmms_eval_plugins.runs.data_frames.decoders import NOT_ZERO_SHOT
from lmms_eval_plugins.statistics.conformal import highest_level

_STOPWATCHES = (
    "Stopwatch: what is measured by a video's length, by activity: by what is done in it too, without any answer;"
    " fitted and calibrated on the same patients as the estimate (so its numbers are not quite those of the controls of"
    " that name in other tables)."
)


def measure_tables(gathered: GatheredDoses, measuring: Measuring, *, ci: bool, more: bool) -> list[Table]:
    """Make the tables of errors, of differences to stopwatches, and of intervals; with ``more`` those behind them.

    Args:
        gathered: the measured doses.
        measuring: how they were measured.
        ci: with 95 % intervals of errors and coverage; differences always have them.
        more: with the tables by cohort, activity, label and patient, and where there are several seeds by seed.
    """
    sections = gathered.sections
    told = (f"Every number here {LABEL} (leave one patient out), {NOT_ZERO_SHOT}.", _STOPWATCHES, *_on_seeds(measuring))
    promised = (*told, *_on_levels(gathered))
    tables = [
        errors_table(sections, ci, told),
        against_stopwatches_table(sections, told),
        intervals_table(sections, ci, promised),
    ]
    if more:
        tables += [*groups_tables(sections, promised), patients_table(sections, promised)]
        if measuring.seeds > 1:
            tables.append(seeds_table(sections, told))
    return [replace(tables[0], remarks=gathered.remarks), *tables[1:]]


def _on_seeds(measuring: Measuring) -> Sequence[str]:
    if measuring.seeds == 1:
        return ()
    last = measuring.seed + measuring.seeds - 1
    return (f"Scores of a video are means over {measuring.seeds} seeds, {measuring.seed} to {last}.",)


def _on_levels(gathered: GatheredDoses) -> Sequence[str]:
    """Return what can be promised with so many other patients."""
    others = {int(n) for section in gathered.sections for row in section.rows for n in row.fused.doses["n_others"]}
    if not others:
        return ()
    fewest, most = min(others), max(others)
    how_many = str(fewest) if fewest == most else f"{fewest} to {most}"
    return (
        f"A patient's intervals go by errors about {how_many} other patients: no"
        f" level above {100 * highest_level(fewest):.0f} % can be promised, whatever is computed.",
    )
