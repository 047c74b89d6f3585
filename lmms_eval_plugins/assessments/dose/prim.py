"""PRIM: from three answers per short window to labels, by a state machine and rules that smooth its output.

The method is the study's for structured exercises. Its question about a window depends on the one before: about an
empty hand whether it takes hold of something, about a holding one whether it lets go. Here there are requests for all,
and `walk` picks those answers that one after the other would have got; the rest of the method comes after that.

The rules are described here in the names of the five primitives; a dataset with labels of its own has others for them.

Everything counts in shown frames: a window has ``n`` of them, and lengths are given in windows, that is in multiples of
``n``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from lmms_eval_plugins.core.numbers import Real
from lmms_eval_plugins.domain.vocabulary import PRIMITIVE_RULE, RuleLabels
from lmms_eval_plugins.video.pose.joints import PoseStatus

Flags = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.object_]
"""A label per frame; None where it is not known yet."""


class PrimSettings(BaseModel):
    """How answers become primitives; lengths are in windows.

    Attributes:
        postprocess: smooth the states; otherwise `backward_rule`.
        edge_windows: how far a movement reaches over each side of an edge between idle and transport.
        stabilize_windows: how long a hand must keep still while it holds something, to stabilize it.
        release_windows: how near before the release a shorter standstill counts all the same.
        tail_windows: how long the hand then stabilizes before it lets go.
        gap_windows: a transport before that is dropped where it is shorter than this and follows a stabilize.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    postprocess: bool = True
    edge_windows: Real = Field(default=0.5, ge=0)
    stabilize_windows: Real = Field(default=2.0, ge=0)
    release_windows: Real = Field(default=3.0, ge=0)
    tail_windows: Real = Field(default=1.0, ge=0)
    gap_windows: Real = Field(default=1.0, ge=0)


@dataclass(frozen=True, slots=True)
class PrimWindow:
    """What is known of a window.

    Attributes:
        pose: what the arm's positions say of it.
        idle: the answer to "is the hand idle?"; None where there is none that can be read, as for the next two.
        pick_up: to "the hand was empty: does it take hold of something?".
        put_down: to "the hand held something: does it let go?".
        n_frames: frames shown, at least 1.
    """

    pose: PoseStatus
    idle: bool | None
    pick_up: bool | None
    put_down: bool | None
    n_frames: int


@dataclass(frozen=True, slots=True)
class HandState:
    """What the hand does in a window."""

    idle: bool
    holding: bool


AT_FIRST = HandState(idle=True, holding=False)
"""The hand before a video begins: it waits."""


def is_decided(pose: PoseStatus | None) -> bool:
    """Return whether the pose alone decides about a window, so that there are no requests about it.

    A hand that cannot be located counts as idle and empty; one that moves fast is active and holds what it held.
    """
    return pose in ("abstain", "fast")


def walk(windows: Sequence[PrimWindow]) -> list[HandState]:
    """Return the state of the hand in each window, from the answers to all questions.

    Whether the hand holds something follows from one of two answers, by what it held in the window before; so what
    comes out is what asking only that question, after the window before was known, would have given. A part of the
    state whose answer is missing or unreadable stays as it was.
    """
    states = []
    state = AT_FIRST
    for window in windows:
        state = _next(state, window)
        states.append(state)
    return states


def _next(state: HandState, window: PrimWindow) -> HandState:
    if window.pose == "abstain":
        return AT_FIRST
    if window.pose == "fast":
        return HandState(idle=False, holding=state.holding)
    changed = window.put_down if state.holding else window.pick_up
    return HandState(
        idle=state.idle if window.idle is None else window.idle,
        holding=state.holding != bool(changed),
    )


def primitives_of(
    windows: Sequence[PrimWindow], settings: PrimSettings, names: RuleLabels = PRIMITIVE_RULE
) -> list[str]:
    """Return the label of each shown frame of a video, all windows one after the other.

    Args:
        windows: all windows of a video in order, none overlapping; all but the last have equally many frames.
        settings: how.
        names: the labels.
    """
    if not windows:
        return []
    states = walk(windows)
    if settings.postprocess:
        return list(smoothed(windows, states, settings, names))
    return list(backward_rule(windows, states, names))


def backward_rule(
    windows: Sequence[PrimWindow], states: Sequence[HandState], names: RuleLabels = PRIMITIVE_RULE
) -> Labels:
    """Apply the plain rule: a movement of the empty hand is a reach if the hand holds something before it is next idle.

    An idle hand is idle whatever it holds; a holding one stabilizes where its pose is still, else it transports.
    """
    labels: list[str] = []
    grasp_follows = False
    for window, state in zip(reversed(windows), reversed(states), strict=True):
        label = names.leads if grasp_follows else names.leaves
        if state.idle:
            label = names.rests
        elif state.holding:
            label = names.holds if window.pose == "still" else names.carries
        if state.idle or state.holding:
            grasp_follows = not state.idle
        labels.append(label)
    return np.repeat(np.array(labels[::-1], dtype=object), [window.n_frames for window in windows])


def smoothed(
    windows: Sequence[PrimWindow],
    states: Sequence[HandState],
    settings: PrimSettings,
    names: RuleLabels = PRIMITIVE_RULE,
) -> Labels:
    """Apply all smoothing rules, which are the functions below in this order; one label per frame."""
    counts = [window.n_frames for window in windows]
    n = max(counts)
    has_tail = counts[-1] < n
    idle, holding = expand_states(
        np.array([state.idle for state in states]), np.array([state.holding for state in states]), has_tail
    )
    labels: Labels = np.full(sum(counts), None, dtype=object)
    labels[np.repeat(idle, counts)] = names.rests
    labels[np.repeat(holding, counts)] = names.carries
    resolve_unknown(labels, names)
    widen_edges(labels, round(settings.edge_windows * n), names)
    still = np.repeat([window.pose == "still" for window in windows], counts)
    mark_stabilize(labels, still, n, settings, names)
    return labels


def expand_states(idle: Flags, holding: Flags, has_tail: bool) -> tuple[Flags, Flags]:
    """Apply rule 1: single windows between two that agree become like them: active, then idle; holding, then empty.

    In between, an idle hand is made empty. Per window; returns what is idle and what holds.
    """
    idle = expand(~expand(~idle, has_tail), has_tail)
    holding = expand(holding & ~idle, has_tail)
    empty = expand(~holding, has_tail)
    return idle, ~empty


def expand(flags: Flags, has_tail: bool) -> Flags:
    """Set every whole window whose two neighbours are set; a last window of fewer frames becomes as the one before."""
    filled: Flags = flags.copy()
    whole = flags[: len(flags) - has_tail]
    filled[1 : len(whole) - 1] = whole[1:-1] | (whole[:-2] & whole[2:])
    if has_tail:
        filled[-1] = filled[-2]
    return filled


def resolve_unknown(labels: Labels, names: RuleLabels = PRIMITIVE_RULE) -> None:
    """Apply rule 2: frames neither idle nor transport are named after what lies on both sides of their run.

    Nothing on either side: idle. Idle on both: reach, and reposition in the second half. Transport on both: reposition,
    and reach in the second half. Transport after it only: reach. All else: reposition. Changes ``labels``.
    """
    for start, stop in _runs(np.array([label is None for label in labels], dtype=bool)):
        before = labels[start - 1] if start else None
        after = labels[stop] if stop < len(labels) else None
        middle = (start + stop) // 2
        if before is None and after is None:
            first = second = names.rests
        elif before == after == names.rests:
            first, second = names.leads, names.leaves
        elif before == after == names.carries:
            first, second = names.leaves, names.leads
        else:
            first = second = names.leads if after == names.carries else names.leaves
        labels[start:middle], labels[middle:stop] = first, second


def widen_edges(labels: Labels, half: int, names: RuleLabels = PRIMITIVE_RULE) -> None:
    """Apply rule 3: between idle and transport the hand must have moved: ``half`` frames on both sides of their edge.

    They become a reach where transport follows idle, a reposition where idle follows transport. Changes ``labels``.
    """
    before, after = labels[:-1], labels[1:]
    reaches = np.flatnonzero((before == names.rests) & (after == names.carries)) + 1
    repositions = np.flatnonzero((before == names.carries) & (after == names.rests)) + 1
    for edges, label in ((reaches, names.leads), (repositions, names.leaves)):
        for edge in edges.tolist():
            labels[max(0, edge - half) : edge + half] = label


def mark_stabilize(
    labels: Labels, still: Flags, n: int, settings: PrimSettings, names: RuleLabels = PRIMITIVE_RULE
) -> None:
    """Apply rule 4: a hand that keeps still while it holds something stabilizes it. Changes ``labels``.

    Within each run of transport, stretches in which the pose is still count where they last ``stabilize_windows``. A
    shorter one that begins at most ``release_windows`` before the run's end makes the run's last ``tail_windows`` a
    stabilize, back to the one before it where less than ``gap_windows`` lie between them.

    Args:
        labels: one label per frame.
        still: whether the pose is still, per frame.
        n: frames of a window.
        settings: the lengths.
        names: the labels.
    """
    for start, stop in _runs(labels == names.carries):
        stabilized_to = -1
        near_release = False
        for first, last in _runs(still[start:stop]):
            if last - first >= settings.stabilize_windows * n:
                labels[start + first : start + last] = names.holds
                stabilized_to = start + last
            else:
                near_release |= start + first >= stop - settings.release_windows * n
        if near_release:
            tail = max(start, stop - round(settings.tail_windows * n))
            if stabilized_to >= 0 and tail - stabilized_to < settings.gap_windows * n:
                tail = stabilized_to
            labels[tail:stop] = names.holds


def _runs(flags: Flags) -> Iterator[tuple[int, int]]:
    """Return first and exclusive last place of each run of set flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
