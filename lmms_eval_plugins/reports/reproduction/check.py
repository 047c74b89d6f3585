"""The check of every published entry against the checkout's logs and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.reproduction import measures_logs as logs
from lmms_eval_plugins.reports.reproduction import measures_truth as truth
from lmms_eval_plugins.reports.reproduction.evidence import Checkout, MissingPart, Values
from lmms_eval_plugins.reports.reproduction.facts import Fact, FactSection, as_printed, printed_numbers, written_like

Measure = Callable[[Checkout, str], Values]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "videos": truth.videos,
        "selections": truth.selections,
        "truth": truth.truth,
        "hands": truth.hands,
        "baselines": truth.measure_baselines,
        "reach_window": truth.reach_window,
        "dose": logs.dose,
        "run_time": logs.run_time,
        "by_default_reading": logs.by_default_reading,
        "two_runs": logs.two_runs,
        "groups": logs.groups,
        "detections": logs.detections,
        "accuracies": logs.accuracies,
        "confusion": logs.confusion,
        "identification": logs.measure_identification,
    }
)
"""Name → what computes the values of one log (or, without one, of the checkout's tables)."""


Verdict = Literal["equal", "differs", "within range", "corrected", "not checkable"]


@dataclass(frozen=True, slots=True)
class CheckedFact:
    """A published entry with the result of its check.

    Attributes:
        fact: the entry.
        verdict: ``equal`` to every printed digit, ``differs``, ``within range`` of what chance allows, ``corrected``
            (ours is what should have been printed), or ``not checkable``.
        ours: our numbers, written as the printed ones; None where it is not checkable.
        log: the log that was read; None where there is none.
        why: the reason why it is not checkable, else None.
        n: number of the entry's printed numbers.
        n_equal: number of those that are equal.
    """

    fact: Fact
    verdict: Verdict
    ours: str | None
    log: str | None
    why: str | None
    n: int
    n_equal: int


def check(sections: Sequence[FactSection], checkout: Checkout) -> list[tuple[FactSection, list[CheckedFact]]]:
    """Check every entry of every section.

    Raises:
        UserError: a log is damaged or ambiguous.
    """
    known: dict[tuple[str, str], Values | MissingPart] = {}
    return [(section, [_checked(fact, checkout, known) for fact in section.filled()]) for section in sections]


def _checked(fact: Fact, checkout: Checkout, known: dict[tuple[str, str], Values | MissingPart]) -> CheckedFact:
    printed = printed_numbers(fact.published or "")
    if fact.measure is None or fact.reason:
        return CheckedFact(fact, "not checkable", None, None, fact.reason or "no log determines it", len(printed), 0)
    where = (fact.measure, fact.log or "")
    if where not in known:
        try:
            known[where] = MEASURES[fact.measure](checkout, fact.log or "")
        except MissingPart as missing:
            known[where] = missing
    values = known[where]
    if isinstance(values, MissingPart):
        return CheckedFact(fact, "not checkable", None, None, str(values), len(printed), 0)
    key = fact.key or fact.name
    if key not in values:
        raise UserError(
            f"published.yaml: {fact.name}: the measure {fact.measure} has no {key!r}; it has {sorted(values)}"
        )
    log = checkout.log(fact.log).removeprefix(f"{checkout.path}/") if fact.log else None
    numbers = values[key]
    pattern = fact.corrected or fact.published or ""
    ours = written_like(pattern, numbers)
    if fact.corrected:
        return CheckedFact(fact, "corrected" if ours == fact.corrected else "differs", ours, log, None, 0, 0)
    same = sum(as_printed(number, text) == text for number, text in zip(numbers, printed, strict=True))
    if fact.within:
        if pattern.startswith("<"):
            ours = f"{numbers[0]:.1g}"
        inside = all(low <= number <= high for number, (low, high) in zip(numbers, fact.within, strict=True))
        return CheckedFact(fact, "within range" if inside else "differs", ours, log, None, len(printed), 0)
    return CheckedFact(fact, "equal" if same == len(printed) else "differs", ours, log, None, len(printed), same)
