"""A plan: what is to be shown with what power, comparisons with their numbers of patients, and widths of intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.planning import HalfWidth, Power, Trials, Variation, patients_needed, power_at

SHOWN_PATIENTS = (5, 10, 20, 40, 80)
"""Numbers of patients of which every plan says the power and the widths of intervals."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What a study is to show.

    Attributes:
        detect: the difference, relative to what it is compared with, above 0; .1 is 10 %.
        power: how often such a study is to show it, 0 to 1.
        level: below it p is significant, 0 to 1.
        seed: of the simulation.
    """

    detect: float
    power: float
    level: float
    seed: int = 0

    @property
    def detect_in_words(self) -> str:
        """The difference, as ``10 %``."""
        return f"{100 * self.detect:g} %"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What trials of a comparison show.

    Attributes:
        name: what is compared, or what measures it.
        shown: the difference that trials have, as people read it.
        difference: the same in the unit of the test; 0 or less than nothing to show has no number of patients.
        reference: whether it is no model's.
        powers: at `SHOWN_PATIENTS`.
        needed: the fewest patients, with the power there; None where there are not enough.
        cautious: the same with the pilot's spread at the upper end of its one-sided 80 % interval.
    """

    name: str
    shown: str
    difference: float
    reference: bool
    powers: tuple[Power, ...]
    needed: Power | None
    cautious: Power | None


@dataclass(frozen=True, slots=True)
class PlannedComparison:
    """Rows about one question.

    Attributes:
        design: ``metric``, ``sessions`` or ``groups``.
        title: the question.
        minutes_each: minutes of video of a patient of such a study; None where they are not known.
        rows: the rows.
    """

    design: str
    title: str
    minutes_each: float | None
    rows: tuple[PlannedRow, ...]


@dataclass(frozen=True, slots=True)
class SeenChange:
    """What of a change of the true dose a measure shows in a design.

    Attributes:
        follows: how much of it, 1 all; without a value where the true doses do not tell it.
        spread: standard deviation of what the design compares, of the logarithm of the dose per minute: of a patient's
            change between sessions, or between patients.
    """

    follows: Interval
    spread: float

    @property
    def is_shown(self) -> bool:
        """Whether it follows the dose by more than chance, as far as this can be told."""
        return (self.follows.value or 0) > 0 and (self.follows.low is None or self.follows.low > 0)


@dataclass(frozen=True, slots=True)
class DoseMeasure:
    """How a measure of the dose behaves: the labels, a run, a control.

    Attributes:
        name: what its rows are called.
        reference: whether it is no model's.
        per_minute: what it counts in a minute.
        sessions: what it shows in the same patients; None where nothing says how sessions vary.
        groups: what it shows between patients.
    """

    name: str
    reference: bool
    per_minute: Interval
    sessions: SeenChange | None
    groups: SeenChange


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How narrow the interval of a mean becomes.

    Attributes:
        name: of what it is the mean.
        digits: its decimals.
        scale: by what it is multiplied where it is shown.
        now: the mean, with its interval.
        widths: half of the width of the interval at `SHOWN_PATIENTS`; None of fewer patients than have one.
    """

    name: str
    digits: int
    scale: float
    now: Interval
    widths: tuple[HalfWidth | None, ...]


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A plan.

    Attributes:
        aim: what is to be shown.
        run: the name of the run.
        other: the name of what it is compared with.
        is_control: whether that is a control, and not a run of ``--against``.
        only: which videos it is planned from, in words; empty for all.
        n_patients: number of patients of the pilot.
        n_videos: number of its videos, or items.
        about: ``videos`` or ``items``.
        minutes_each: minutes of video of a patient; None where they are not known.
        comparisons: the comparisons.
        measures: how each measure of the dose behaves; none of other families.
        narrowing: how intervals become narrower.
        notes: what a reader should know of these runs.
        errors: a line about each run that lacks damaged lines of its answers.
    """

    aim: Aim
    run: str
    other: str
    is_control: bool
    only: str
    n_patients: int
    n_videos: int
    about: str
    minutes_each: float | None
    comparisons: tuple[PlannedComparison, ...]
    measures: tuple[DoseMeasure, ...]
    narrowing: tuple[Narrowing, ...]
    notes: tuple[str, ...]
    errors: tuple[str, ...]


def planned_row(
    name: str,
    shown: str,
    trials: Callable[[Variation, float], Trials],
    variation: Variation,
    difference: float,
    aim: Aim,
    *,
    reference: bool = False,
) -> PlannedRow:
    """Simulate what trials of a comparison show.

    Args:
        name: what is compared, or what measures it.
        shown: the difference, as people read it.
        trials: how such a trial goes, and is tested.
        variation: how the pilot's patients vary.
        difference: the difference, in the unit of the test; one of 0 is found as often as chance has it.
        aim: what is to be shown.
        reference: whether it is no model's.
    """
    own, cautious = (trials(one, difference) for one in (variation, variation.cautious))
    powers = tuple(power_at(own, n, level=aim.level, seed=aim.seed) for n in SHOWN_PATIENTS)
    found = [
        patients_needed(one, power=aim.power, level=aim.level, seed=aim.seed) if difference else None
        for one in (own, cautious)
    ]
    return PlannedRow(name, shown, difference, reference, powers, *found)
