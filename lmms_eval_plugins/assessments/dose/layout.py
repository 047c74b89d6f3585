"""From wanted counts of labels to labels of windows that a task's scoring counts so.

Labels that stand apart may lie in any order. Labels that follow from motion and grasp may not: a movement of the empty
hand is a reach where a window that starts within the horizon holds an object, and a reposition where none does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.vocabulary import RuleLabels
from lmms_eval_plugins.questions.answers import WindowAnswers

Counts = Mapping[str, int]
"""Label → occurrences."""


@dataclass(frozen=True, slots=True)
class LabelStretch:
    """Windows one after the other with one label; ``grows`` says whether more of them change no other label."""

    label: str
    n: int = 1
    grows: bool = True


@dataclass(frozen=True, slots=True)
class Horizon:
    """How many later windows start within the horizon: at least, and at most, where times are rounded."""

    least: int
    most: int

    @classmethod
    def of(cls, starts_s: Sequence[float], horizon_s: float) -> Horizon:
        """Return the horizon of windows that start at these times; of those that have all of it before them."""
        starts_ms = np.rint(np.asarray(starts_s, dtype=float) * 1000)
        ends = np.searchsorted(starts_ms, starts_ms + round(horizon_s * 1000), side="right")
        ahead = ends - np.arange(len(starts_ms)) - 1
        whole = ahead[ends < len(starts_ms)]
        return cls(int(whole.min()), int(whole.max())) if len(whole) else cls(*[int(ahead.max(initial=0))] * 2)


Arrange = Callable[[Counts], list[LabelStretch] | None]
"""Counts → stretches with exactly these counts; None where there are none."""


def lay_out(
    counts: Counts, windows: Sequence[WindowAnswers], method: DoseMethod, scheme: Scheme
) -> list[tuple[str, ...]]:
    """Return the labels of each window, in order of time, so that the labels of all occur as often as is wanted.

    Where windows do not allow these counts (there are fewer windows than labels, a label would follow itself, a
    movement would be read as another one), the counts are as near as one step after the other comes to them.

    Args:
        counts: label of the scheme → wanted occurrences.
        windows: the windows of a video in order of time; their answers are not used.
        method: the method of the task; by ``prim``, which smooths, other counts may come out.
        scheme: the labels.
    """
    if not windows:
        return []
    room = sum(counts.values()) if method.method == "sequence" else len(windows)
    made, arrange = tuple(sorted(scheme.names, key=lambda name: name != scheme.at_onset)), _apart
    if method.by_rule:
        names = scheme.rule_labels
        horizon = Horizon.of([window.start_s for window in windows], method.horizon_s)
        made = (names.rests, names.leaves, names.carries, names.holds)
        if horizon.most and names.leads != names.leaves:
            made, arrange = (*made, names.leads), partial(_by_rule, names=names, horizon=horizon, room=room)
    stretches = _nearest({label: counts.get(label, 0) for label in made}, arrange, max(room, 1))
    if method.method == "sequence" and len(stretches) > len(windows):
        edges = np.linspace(0, len(stretches), len(windows) + 1).round().astype(int).tolist()
        labels = [stretch.label for stretch in stretches]
        return [tuple(labels[first:last]) for first, last in pairwise(edges)]
    return [(label,) for stretch in _stretched(stretches, len(windows)) for label in [stretch.label] * stretch.n]


def _nearest(counts: dict[str, int], arrange: Arrange, room: int) -> list[LabelStretch]:
    """Return stretches of these counts, or of counts that one change after the other makes of them."""
    while sum(counts.values()) > room:
        counts = _changed(counts, max(counts, key=counts.__getitem__), -1)
    while (found := arrange(counts)) is None:
        often = sorted(counts, key=counts.__getitem__, reverse=True)
        steps = [(label, -1) for label in often if counts[label]]
        steps += [(label, 1) for label in counts if sum(counts.values()) < room]
        nearer = (arrange(_changed(counts, *step)) for step in steps)
        if found := next(filter(None, nearer), None):
            return found
        counts = _changed(counts, *steps[0])
    return found


def _changed(counts: Counts, label: str, by: int) -> dict[str, int]:
    return {**counts, label: counts[label] + by}


def _stretched(stretches: Sequence[LabelStretch], n_windows: int) -> list[LabelStretch]:
    """Make the stretches that may grow longer, all by about as much, until there are so many windows."""
    growing = [place for place, stretch in enumerate(stretches) if stretch.grows]
    missing = n_windows - sum(stretch.n for stretch in stretches)
    longer = list(stretches)
    for number, place in enumerate(growing):
        more = missing * (number + 1) // len(growing) - missing * number // len(growing)
        longer[place] = replace(stretches[place], n=stretches[place].n + more)
    return longer


def _apart(counts: Counts) -> list[LabelStretch] | None:
    """Return stretches in an order in which no label follows itself."""
    labels = [label for label in sorted(counts, key=counts.__getitem__, reverse=True) for _ in range(counts[label])]
    if not labels or 2 * max(counts.values()) > len(labels) + 1:
        return None
    order = [""] * len(labels)
    half = (len(labels) + 1) // 2
    order[::2], order[1::2] = labels[:half], labels[half:]
    return [LabelStretch(label) for label in order]


def _by_rule(counts: Counts, names: RuleLabels, horizon: Horizon, room: int) -> list[LabelStretch] | None:
    """Return stretches that motion and grasp make, in ``room`` windows at most."""
    held = counts[names.carries] + counts[names.holds]
    if not held:
        return None if counts[names.leads] else _apart({name: counts[name] for name in (names.rests, names.leaves)})
    fewest = max(1, abs(counts[names.carries] - counts[names.holds]))
    for n_grasps in range(fewest, held + 1):
        blocks = _empty_blocks(counts, names, horizon, n_grasps)
        if blocks is None:
            continue
        grasps = _grasp_blocks(counts, names, n_grasps)
        stretches = [one for empty, grasp in zip(blocks, [*grasps, []], strict=True) for one in (*empty, *grasp)]
        if sum(stretch.n for stretch in stretches) <= room:
            return stretches
    return None


def _grasp_blocks(counts: Counts, names: RuleLabels, n: int) -> list[list[LabelStretch]]:
    """Divide the labels that hold an object into ``n`` blocks in which none follows itself."""
    more, less = sorted((names.carries, names.holds), key=counts.__getitem__, reverse=True)
    order = [label for _ in range(counts[less]) for label in (more, less)] + [more] * (counts[more] - counts[less])
    repeats = {place for place in range(1, len(order)) if order[place] == order[place - 1]}
    others = [place for place in range(1, len(order)) if place not in repeats]
    n_others = n - 1 - len(repeats)
    cuts = sorted(repeats | {others[number * len(others) // n_others] for number in range(n_others)})
    edges = [0, *cuts, len(order)]
    return [[LabelStretch(label) for label in order[a:b]] for a, b in pairwise(edges)]


def _empty_blocks(
    counts: Counts, names: RuleLabels, horizon: Horizon, n_grasps: int
) -> list[list[LabelStretch]] | None:
    """Return what the empty hand does before each of ``n_grasps`` grasps, and after the last; None if it cannot be.

    Near a grasp, within the horizon, every movement is a reach. So repositions come last, between rests. Where rests
    are too few, one stands before the horizon of a grasp.
    """
    rests, leads, leaves = counts[names.rests], counts[names.leads], counts[names.leaves]
    near: list[list[str]] = [[] for _ in range(n_grasps)]
    order = [*range(1, n_grasps), 0]
    for place in order:
        if leads and horizon.least:
            near[place], leads = [names.leads], leads - 1
        elif place:
            near[place], rests = [names.rests], rests - 1
    for length in range(3, horizon.least + 1, 2):
        for place in order:
            if leads and rests > 0 and len(near[place]) == length - 2 and near[place][0] == names.leads:
                near[place], leads, rests = [names.leads, names.rests, *near[place]], leads - 1, rests - 1
    if leads or rests < 0:
        return None
    n_last = min(leaves, rests + 1)
    last = ([names.leaves, names.rests] * n_last)[:-1]
    leaves, rests = leaves - n_last, rests - max(0, n_last - 1)
    before: list[list[str]] = [[] for _ in range(n_grasps)]
    for place in sorted(order, key=lambda place: -len(near[place])):
        if leaves and near[place]:
            before[place], leaves = [names.leaves], leaves - 1
        elif rests and not leaves and near[place][:1] != [names.rests]:
            before[place], rests = [names.rests], rests - 1
    for place in order:
        if rests and near[place][-1:] == [names.leads] and len(near[place]) < horizon.least:
            near[place], rests = [*near[place], names.rests], rests - 1
    if rests:
        last, rests = [*last, names.rests], rests - 1
    if rests and last[0] == names.leaves:
        last, rests = [names.rests, *last], rests - 1
    if leaves or rests:
        return None
    blocks = [_block(far, close, names, horizon) for far, close in zip(before, near, strict=True)]
    return [*blocks, [LabelStretch(label) for label in last]]


def _block(far: Sequence[str], near: Sequence[str], names: RuleLabels, horizon: Horizon) -> list[LabelStretch]:
    """Return the stretches before a grasp; a reposition keeps so far away that no grasp is within its horizon."""
    fixed = names.leads in near
    close = [LabelStretch(label, grows=not fixed) for label in near]
    if names.leaves in far:
        close[0] = replace(close[0], n=max(1, 1 + horizon.most - len(near)))
    return [*(LabelStretch(label) for label in far), *close]
