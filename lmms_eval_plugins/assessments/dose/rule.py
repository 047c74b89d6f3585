"""From two yes/no answers per window, motion and grasp, to one label per window; how far ahead a grasp counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from lmms_eval_plugins.domain.sequences import action_error_rate
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVE_RULE, RuleLabels

HORIZON_S = 2.0
"""How far ahead, start to start, a grasp makes a movement a reach (chosen by the study)."""


def primitives_from(
    starts_s: Sequence[float],
    motion: Sequence[bool | None],
    grasp: Sequence[bool | None],
    horizon_s: float = HORIZON_S,
    names: RuleLabels = PRIMITIVE_RULE,
) -> list[str | None]:
    """Return the label of each window; of the five primitives, where no others are given.

    Motion and grasp: transport. Grasp only: stabilize. Neither: idle. Motion only: reach if a later window that starts
    at most ``horizon_s`` later has grasp, else reposition.

    An answer may be None (unreadable or missing). A window without one of its own two answers has no label. One
    with motion only stays a reach where a known grasp lies within the horizon; where none does but an answer within
    the horizon is unknown, reach and reposition cannot be told apart and the window has no label, unless the scheme
    has one label for both.

    Args:
        starts_s: start of each window in seconds, in ascending order.
        motion: whether the hand moves, per window.
        grasp: whether the hand holds an object, per window.
        horizon_s: how far ahead a grasp may start, in seconds. Times are compared to the millisecond, in which window
            times are written.
        names: the labels.

    Returns:
        One label or None per window.

    Raises:
        ValueError: the three sequences differ in length, or the starts are not in order.
    """
    if not len(starts_s) == len(motion) == len(grasp):
        raise ValueError(
            f"{len(starts_s)} starts, {len(motion)} motion and {len(grasp)} grasp answers; one each per window"
        )
    starts_ms = np.rint(np.asarray(starts_s, dtype=float) * 1000)
    if np.any(np.diff(starts_ms) < 0):
        raise ValueError("windows must be given in order of their start")
    moves, still = _is(motion, True), _is(motion, False)
    holds, empty = _is(grasp, True), _is(grasp, False)
    horizon_ms = round(horizon_s * 1000)
    grasp_ahead = _one_ahead(starts_ms, holds, horizon_ms)
    unknown_ahead = _one_ahead(starts_ms, ~(holds | empty), horizon_ms)

    labels = np.full(len(starts_ms), None, dtype=object)
    labels[moves & holds] = names.carries
    labels[still & holds] = names.holds
    labels[still & empty] = names.rests
    labels[moves & empty & grasp_ahead] = names.leads
    labels[moves & empty & ~grasp_ahead & (~unknown_ahead | (names.leads == names.leaves))] = names.leaves
    return list(labels)


def _is(answers: Sequence[bool | None], value: bool) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.fromiter((answer is value for answer in answers), dtype=bool, count=len(answers))


def _one_ahead(
    starts_ms: np.ndarray[tuple[int], np.dtype[np.float64]],
    flags: np.ndarray[tuple[int], np.dtype[np.bool_]],
    horizon_ms: int,
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return per window, whether a later one that starts within the horizon is flagged."""
    flagged_before = np.concatenate([[0], np.cumsum(flags)])
    reachable = np.searchsorted(starts_ms, starts_ms + horizon_ms, side="right")
    result: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        flagged_before[reachable] > flagged_before[1 : len(starts_ms) + 1]
    )
    return result


def walk_changes(changes: Iterable[tuple[bool | None, bool | None]]) -> list[bool | None]:
    """Return the state of a two-state thing in each window, from both versions of the question about each.

    Of a window's two answers only the one counts that is about the state before; so what comes out is what
    asking only that one, after the window before was known, would have given. Without it the window's state is None,
    and the next one is about the last state that was known.

    Args:
        changes: per window, whether it changes if it was off before, and whether it changes if it was on before; None
            where there is no answer that can be read. It is off before the first window.
    """
    state = False
    states: list[bool | None] = []
    for if_off, if_on in changes:
        changed = if_on if state else if_off
        state = state != bool(changed)
        states.append(None if changed is None else state)
    return states


def horizon_error(truth: Timeline, horizon_s: float) -> float:
    """Return action error rate of the rule on the true motion and grasp of every true segment: 0 (all right) upwards.

    Raises:
        ValueError: the truth is empty.
    """
    primitives = primitives_from(
        [segment.start_s for segment in truth.segments],
        [segment.label in MOTION_PRIMITIVES for segment in truth.segments],
        [segment.label in GRASP_PRIMITIVES for segment in truth.segments],
        horizon_s,
    )
    return action_error_rate([primitive for primitive in primitives if primitive], truth.labels)
