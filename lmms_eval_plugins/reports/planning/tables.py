"""A plan as tables: what is known of the measures, numbers of patients, power, and widths of intervals."""

from __future__ import annotations

from collections.abc import Iterator

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.core.errors import counted, listed
from lmms_eval_plugins.reports.planning.plan import SHOWN_PATIENTS, Narrowing, PlannedRow, SeenChange, StudyPlan
from lmms_eval_plugins.reports.tables.formats.cells import cell_text
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    plain_value,
)
from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.planning import DRAWN, MOST_PATIENTS, SIMULATIONS, HalfWidth, Power

_NONE = "none"
_CAUTIOUS = (
    "Cautious: with the spread of these patients at the upper end of its one-sided 80 % interval (Browne 1995); few"
    " patients may be more alike than those to come. Plan with this number."
)
_AS_IT_IS = (
    "The difference as it is was found in these very patients; in new ones it is likely smaller, more so where it is"
    " why this run was picked."
)
_OF_DOSE = (
    "Dose: all labels together, per minute of video; tests are of its logarithm, a patient's mean over videos."
    " Difference: what each measure has of the change, see the next table. The change is the same in every patient."
)
_SESSIONS = (
    "Two sessions: the same activities again; they vary by what is left of a video beside its patient and its activity,"
    " which is rather too much. Two groups: patients differ as in this run; each is filmed once."
)
_FOLLOWS = (
    "Follows: how much of a change of the true dose a measure shows, 1 is all of it and 0 none: the slope of its log"
    " dose on that of the labels, over videos; in sessions beside patient and activity, in groups beside activity."
)
_SPREAD = (
    "SD: of the log dose per minute, a patient's mean over videos; in sessions of its change where nothing changed, in"
    " groups between patients. .10 is about 10 %."
)


def plan_tables(plan: StudyPlan) -> tuple[Table, ...]:
    """Return the tables of a plan: patients first, then the measures of dose, power by patients, and widths."""
    return _patients(plan), *_measures(plan), _power(plan), _widths(plan)


def _patients(plan: StudyPlan) -> Table:
    columns = (
        *(Column("compared, or measured by"), Column("difference")),
        *(
            Column("patients"),
            Column("power (%)", 1),
            Column("cautious"),
            Column("minutes"),
            Column("cautious minutes"),
        ),
    )
    sections = [
        TableSection(
            one.title,
            tuple(TableRow((*_about(row), *_needed(row, one.minutes_each)), row.reference) for row in one.rows),
        )
        for one in plan.comparisons
    ]
    designs = {one.design for one in plan.comparisons}
    aim = plan.aim
    each = "" if plan.minutes_each is None else f", {plan.minutes_each:.1f} minutes of video each"
    control = f" {plan.other} is the strongest blind control there." if plan.is_control and "metric" in designs else ""
    notes = (
        f"From {plan.run}: {counted(plan.n_patients, 'patient')} with {plan.n_videos:,} {plan.about}{each}. Patients:"
        f" the fewest by whom p is below {aim.level:g} in {100 * aim.power:g} % of studies.{control}",
        f"{SIMULATIONS:,} studies are simulated of each number of patients (seed {aim.seed}), who are drawn whole, with"
        f" their videos, from these; ±: the Monte Carlo error of a power. Up to {MOST_PATIENTS} patients are tried.",
        "Tests: permutation of signs over patients, of groups of who is in which, as in every table; above 14 patients"
        f" (in groups 20,000 ways) by {DRAWN:,} drawn permutations.",
        _CAUTIOUS,
        *(_AS_IT_IS,) * ("metric" in designs),
        *(_OF_DOSE, _SESSIONS) * bool(plan.measures),
        *_not_following(plan),
        *plan.notes,
    )
    title = f"Patients and minutes of video that show a difference of {aim.detect_in_words}{_only(plan)}"
    return Table("plan_patients", title, columns, tuple(sections), notes)


def _only(plan: StudyPlan) -> str:
    return f", {plan.only}" if plan.only else ""


def _about(row: PlannedRow) -> tuple[Cell, Cell]:
    return row.name, row.shown


def _needed(row: PlannedRow, minutes_each: float | None) -> list[Cell]:
    if not row.difference:
        return [_NONE, None, None, None, None]
    return [
        _number(row.needed),
        None if row.needed is None else _per_cent(row.needed),
        _number(row.cautious),
        _minutes(row.needed, minutes_each),
        _minutes(row.cautious, minutes_each),
    ]


def _number(found: Power | None) -> Cell:
    return f"over {MOST_PATIENTS}" if found is None else found.n_patients


def _minutes(found: Power | None, each: float | None) -> Cell:
    return None if found is None or each is None else round(found.n_patients * each)


def _per_cent(power: Power) -> Value:
    return Value(100 * power.share, 100 * power.error)


def _not_following(plan: StudyPlan) -> Iterator[str]:
    """Yield notes on the measures that are not shown to follow the dose, and on those of which this is not known."""
    for design, of_design in (
        ("in two sessions", [(one.name, one.sessions) for one in plan.measures if one.sessions]),
        ("in two groups", [(one.name, one.groups) for one in plan.measures]),
    ):
        unknown = [name for name, seen in of_design if seen.follows.value is None]
        if unknown:
            yield (
                f"Left out {design}, since true doses that do not differ within an activity do not tell what it"
                f" follows: {listed(unknown, by='; ')}."
            )
        silent = [name for name, seen in of_design if seen.follows.value is not None and not seen.is_shown]
        if silent:
            yield (
                f"Not shown to follow the true dose {design}, by more than chance: {listed(silent, by='; ')}. No number"
                " of patients by it is to be relied on."
            )


def _measures(plan: StudyPlan) -> Iterator[Table]:
    if not plan.measures:
        return
    columns = (
        *(Column("measure"), Column("dose per minute", 1)),
        *(Column("follows, sessions", 2), Column("SD, sessions", 2)),
        *(Column("follows, groups", 2), Column("SD, groups", 2)),
    )
    rows = [
        TableRow((one.name, _interval(one.per_minute), *_seen(one.sessions), *_seen(one.groups)), one.reference)
        for one in plan.measures
    ]
    title = f"What of a change of the dose is seen{_only(plan)}"
    yield Table("plan_measures", title, columns, (TableSection("", tuple(rows)),), (_FOLLOWS, _SPREAD, INTERVALS))


def _seen(change: SeenChange | None) -> tuple[Cell, Cell]:
    return (None, None) if change is None else (_interval(change.follows), Value(change.spread))


def _power(plan: StudyPlan) -> Table:
    columns = (
        Column("power (%) with so many patients"),
        Column("difference"),
        *(Column(str(n), 1) for n in SHOWN_PATIENTS),
    )
    sections = [
        TableSection(
            one.title,
            tuple(TableRow((*_about(row), *map(_per_cent, row.powers)), row.reference) for row in one.rows),
        )
        for one in plan.comparisons
    ]
    notes = (
        "A measure that shows nothing is significant as often as chance has it. Five patients cannot be: their smallest"
        " p is .0625, of two groups .1.",
    )
    return Table("plan_power", "Power by the number of patients" + _only(plan), columns, tuple(sections), notes)


def _widths(plan: StudyPlan) -> Table:
    columns = (Column("patients"), Column("±", 2), Column("% of the mean", 1))
    sections = [
        TableSection(
            f"{one.name}: {_now(one)}",
            tuple(_half(n, width, one) for n, width in zip(SHOWN_PATIENTS, one.widths, strict=True)),
        )
        for one in plan.narrowing
    ]
    errors = [width.error / width.half for one in plan.narrowing for width in one.widths if width]
    most = f", with a Monte Carlo error of {100 * max(errors):.0f} % of it at most" if errors else ""
    notes = (
        "In the titles: the mean of now, with its interval. ±: half of the 95 % interval of so many patients (cluster-"
        f"robust t), the median of simulated studies{most}.",
        INTERVALS,
    )
    title = f"How narrow the interval of a mean becomes{_only(plan)}"
    return Table("plan_widths", title, columns, tuple(sections), notes)


def _now(one: Narrowing) -> str:
    found = _interval(one.now)
    if found is None:
        return NOTHING
    ends = [None if end is None else one.scale * end for end in (found.low, found.high)]
    return cell_text(Value(one.scale * found.value, None, *ends), Column("", one.digits))


def _half(n_patients: int, width: HalfWidth | None, one: Narrowing) -> TableRow:
    if width is None:
        return TableRow((str(n_patients), None, None))
    share = 100 * width.half / abs(one.now.value) if one.now.value else None
    return TableRow((str(n_patients), Value(one.scale * width.half), plain_value(share)))


def _interval(interval: Interval) -> Value | None:
    return None if interval.value is None else Value(interval.value, None, interval.low, interval.high)
