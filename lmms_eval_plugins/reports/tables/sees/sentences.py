"""What may be said of a question's answers: sentences, each by a stated rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lmms_eval_plugins.core.errors import counted, listed
from lmms_eval_plugins.reports.tables.sees.gathered import UNPERTURBED, SeenQuestion
from lmms_eval_plugins.reports.tables.sees.measured import SeenUnder
from lmms_eval_plugins.statistics.bootstrap.draws import ENOUGH_DRAWN, FEWEST_DRAWN
from lmms_eval_plugins.statistics.intervals import Interval

AS_GOOD = 0.8
"""Answers are as good as before where at least this share of their worth above chance is kept, by the lower end."""

_FOLLOW, _STAY = 0.8, 0.5
"""Answers of sides follow the picture where more of them change in a mirror, and are guessed where fewer do."""


class Meaning(NamedTuple):
    """What a perturbation is called in a sentence, and what it means that the worth of answers survives it."""

    when: str
    survives: str


MEANINGS: Mapping[str, Meaning] = {
    "blank": Meaning("on grey frames", "so much is known without looking"),
    "freeze": Meaning("when one frame is repeated", "so much does not come from motion"),
    "reverse": Meaning("when frames run backwards", "so much does not come from the direction of time"),
    "shuffle": Meaning("when frames are shuffled", "so much does not come from their order"),
    "swap": Meaning("on another patient's frames", "so much does not come from what is seen in the window"),
    "mirror": Meaning("in a mirror", "so much does not come from the side of the picture"),
    "hand_out": Meaning("with the hand covered", "so much does not come from the hand"),
    "hand_only": Meaning("with all but the hand covered", "so much can be seen in the hand alone"),
    "blur": Meaning("on blurred frames", "so much does not come from detail"),
    "low_fps": Meaning("at a quarter of the frames", "so much does not need the frames between"),
}
"""Perturbation → what is said of it."""


def sentences_about(question: SeenQuestion, found: Sequence[SeenUnder]) -> tuple[str, ...]:
    """Return what is warranted to say of a question's answers, a note for each thing.

    Worth is AUC, of other answers than yes and no balanced accuracy. All intervals are 95 % by patients.

    - Of a baseline, which looks at no frame, nothing is concluded, whatever chance makes of it.
    - Of fewer than `FEWEST_DRAWN` patients nothing is said; of fewer than `ENOUGH_DRAWN` that it is rough.
    - Where the interval of the worth as is reaches down to chance, nothing can be concluded, and that alone is said.
    - A perturbation whose worth has an interval above chance is *survived*: the share kept and what it means.
    - One whose interval of the worth reaches down to chance, while that of the difference lies below 0, is not: the
      answers are not told from chance.
    - Of any other one nothing is said: these patients do not tell.
    - In a mirror, where the named hand is the other one of the picture, answers of dose tasks that keep at least
      `AS_GOOD` (lower end) guess the side; those whose worth has an interval below chance follow the other hand.
    - Of answers that name sides, whose correct ones change in a mirror, only this is said of it: they follow the
      picture where the lower end of the share that changes sides is above .8, and are guessed where the upper end is
      below .5.
    """
    whose = f"{question.of.name}, {question.question}"
    first = found[0]
    if question.of.baseline:
        about = "looks at no frame: whatever its numbers are, they are what chance makes, or the truth itself"
        return (f"{whose}: {about}.",)
    if first.n_patients < FEWEST_DRAWN:
        about = counted(first.n_patients, "patient")
        return (f"{whose}: about {about}, too few for intervals: nothing can be concluded.",)
    measure = "AUC" if first.is_yes_no else "balanced accuracy"
    rough = f" (of {first.n_patients} patients only: rough)" * (first.n_patients < ENOUGH_DRAWN)
    if first.worth.low is None or first.worth.low <= first.chance:
        told = f"as is no better than chance ({measure} {_number(first.worth)})"
        return (f"{whose}{rough}: {told}: nothing can be concluded.",)
    above = ".5" if first.is_yes_no else f"{first.chance:.2f}".removeprefix("0")
    said, lost = [], []
    for under in found:
        if under.perturbation == UNPERTURBED or under.worth.low is None or under.kept is None:
            continue
        if under.perturbation == "mirror" and not under.is_yes_no and under.changes_sides is not None:
            said.append(_of_sides(under))
        elif under.worth.low > under.chance:
            said.append(f"keeps {_percent(under.kept)} {_survived(question, under, under.kept)}")
        elif under.perturbation == "mirror" and question.of.of_dose and _below(under.worth, under.chance):
            said.append(
                f"in a mirror worse than chance ({measure} {_number(under.worth)}): follows the hand on the named side"
                " of the picture"
            )
        elif _below(under.difference, 0):
            lost.append(f"{MEANINGS[under.perturbation].when} ({_number(under.worth)})")
    if lost:
        said.append(f"not told from chance {listed(lost)}")
    kept = f"; what is kept is of what is above {above}" * any(one.startswith("keeps") for one in said)
    start = f"{whose}{rough}: {measure} {_number(first.worth)} as is{kept}."
    if not any(said):
        return (start, f"{whose}: under no perturbation do these patients tell what is left.")
    return (start, *(f"{whose}: {one}." for one in said if one))


def _survived(question: SeenQuestion, under: SeenUnder, kept: Interval) -> str:
    """Return under what answers kept something, and what this means."""
    when, survives = MEANINGS[under.perturbation]
    if under.perturbation == "mirror" and question.of.of_dose:
        as_good = kept.low is not None and kept.low >= AS_GOOD
        survives = "the side is guessed" if as_good else "so much does not come from the hand that is named"
    return f"{when}: {survives}"


def _of_sides(under: SeenUnder) -> str:
    changes = under.changes_sides
    if changes is None or changes.value is None or changes.low is None or changes.high is None:
        return ""
    means = "they follow the picture" if changes.low > _FOLLOW else "the side is guessed" * (changes.high < _STAY)
    return f"in a mirror {_percent(changes)} of the answers left and right change sides{': ' * bool(means)}{means}"


def _below(interval: Interval, limit: float) -> bool:
    return interval.high is not None and interval.high < limit


def _percent(interval: Interval) -> str:
    value = f"{100 * (interval.value or 0):.0f} %"
    if interval.low is None or interval.high is None or interval.low == interval.high:
        return value
    return f"{value} [{100 * interval.low:.0f}, {100 * interval.high:.0f}]"


def _number(interval: Interval) -> str:
    value = "-" if interval.value is None else _short(interval.value)
    if interval.low is None or interval.high is None or interval.low == interval.high:
        return value
    return f"{value} [{_short(interval.low)}, {_short(interval.high)}]"


def _short(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1)
