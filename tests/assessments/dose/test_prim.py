from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.prim import (
    Flags,
    HandState,
    Labels,
    PrimSettings,
    PrimWindow,
    backward_rule,
    expand,
    expand_states,
    is_decided,
    mark_stabilize,
    primitives_of,
    resolve_unknown,
    smoothed,
    walk,
    widen_edges,
)
from lmms_eval_plugins.assessments.dose.video import count_replies, predict_timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.video.pose.joints import PoseStatus

N = 4
LETTERS = {"r": "reach", "p": "reposition", "t": "transport", "s": "stabilize", "i": "idle", "?": None}
POSES = ("abstain", "still", "moving", "fast")
answers = st.sampled_from([True, False, None])
windows = st.builds(PrimWindow, st.sampled_from(POSES), answers, answers, answers, st.just(N))
videos = st.tuples(st.lists(windows, min_size=1, max_size=30), st.integers(1, N)).map(
    lambda made: [*made[0][:-1], replace(made[0][-1], n_frames=made[1] if len(made[0]) > 1 else N)]
)


def frames(text: str) -> Labels:
    """One letter per frame."""
    return np.array([LETTERS[letter] for letter in text.replace(" ", "")], dtype=object)


def text(labels: Iterable[str | None]) -> str:
    letters = {label: letter for letter, label in LETTERS.items()}
    return "".join(letters[label] for label in labels)


def flags(text: str) -> Flags:
    return np.array([letter == "1" for letter in text.replace(" ", "")])


def ask_one_after_the_other(
    poses: Sequence[PoseStatus], ask: Callable[[int, str], bool | None]
) -> tuple[list[HandState], list[tuple[int, str]]]:
    """The method as it is told: a question is asked once it is known what the hand did before."""
    idle, holding, states, asked = True, False, [], []
    for place, pose in enumerate(poses):
        if pose == "abstain":
            idle, holding = True, False
        elif pose == "fast":
            idle = False
        else:
            question = "put_down" if holding else "pick_up"
            asked += [(place, "idle"), (place, question)]
            is_idle, changed = ask(place, "idle"), ask(place, question)
            idle = idle if is_idle is None else is_idle
            holding = not holding if changed else holding
        states.append(HandState(idle, holding))
    return states, asked


@given(videos)
def test_walking_recorded_answers_equals_asking_one_after_the_other(windows: list[PrimWindow]) -> None:
    poses = [window.pose for window in windows]
    states, asked = ask_one_after_the_other(poses, lambda place, question: getattr(windows[place], question))
    assert walk(windows) == states
    assert not any(is_decided(poses[place]) for place, _ in asked), "what the pose decides is asked in neither way"


@given(videos, st.booleans())
def test_every_frame_gets_a_primitive(windows: list[PrimWindow], postprocess: bool) -> None:
    made = primitives_of(windows, PrimSettings(postprocess=postprocess))
    assert len(made) == sum(window.n_frames for window in windows) and set(made) <= set(PRIMITIVES)


@given(videos)
def test_postprocessing_changes_nothing_but_itself(windows: list[PrimWindow]) -> None:
    states = walk(windows)
    assert primitives_of(windows, PrimSettings(postprocess=False)) == list(backward_rule(windows, states))
    assert primitives_of(windows, PrimSettings()) == list(smoothed(windows, states, PrimSettings()))


def test_what_the_pose_decides() -> None:
    held = PrimWindow("moving", False, True, False, N)
    silent = PrimWindow("fast", None, None, None, N)
    assert walk([held, silent, replace(silent, pose="abstain"), silent]) == [
        HandState(idle=False, holding=True),
        HandState(idle=False, holding=True),
        HandState(idle=True, holding=False),
        HandState(idle=False, holding=False),
    ]


@pytest.mark.parametrize(
    ("before", "has_tail", "after"),
    [
        ("101", False, "111"),
        ("1001", False, "1001"),
        ("0101010", False, "0111110"),
        ("011", False, "011"),
        ("110", True, "111"),  # the last, short window becomes as the one before
        ("1010", True, "1111"),
        ("101", True, "100"),  # it is no neighbour
    ],
)
def test_expand(before: str, has_tail: bool, after: str) -> None:
    assert expand(flags(before), has_tail).tolist() == flags(after).tolist()


def test_active_is_expanded_before_idle() -> None:
    idle, _ = expand_states(flags("0101011"), flags("0000000"), False)
    assert idle.tolist() == flags("0000011").tolist()


def test_an_idle_hand_is_made_empty_and_single_gaps_of_a_grasp_are_closed() -> None:
    idle, holding = expand_states(flags("000001111"), flags("010110111"), False)
    assert idle.tolist() == flags("000001111").tolist()
    assert holding.tolist() == flags("011110000").tolist()
    assert expand_states(flags("0000000"), flags("0110110"), False)[1].tolist() == flags("0111110").tolist()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("????", "iiii"),
        ("ii????ii", "iirrppii"),
        ("tt????tt", "ttpprrtt"),
        ("ii????tt", "iirrrrtt"),
        ("????tt", "rrrrtt"),
        ("tt????ii", "ttppppii"),
        ("tt????", "ttpppp"),
        ("ii????", "iipppp"),
        ("????ii", "ppppii"),
        ("i???i", "irppi"),
        ("iitt", "iitt"),
    ],
)
def test_unknown_runs_are_named_after_their_neighbours(before: str, after: str) -> None:
    labels = frames(before)
    resolve_unknown(labels)
    assert text(labels) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("iiiitttt", "iirrrrtt"),
        ("ttttiiii", "ttppppii"),
        ("itttti", "rrrppp"),  # half a window on either side, as far as the video goes
        ("iiiirrrrtttt", "iiiirrrrtttt"),
        ("t", "t"),
    ],
)
def test_edges_between_idle_and_transport_are_movements(before: str, after: str) -> None:
    labels = frames(before)
    widen_edges(labels, N // 2)
    assert text(labels) == after


@pytest.mark.parametrize(
    ("labels", "still", "after"),
    [
        ("tttttttttttttttttttt", "00001111111100000000", "ttttsssssssstttttttt"),  # two windows
        ("tttttttttttttttttttt", "00001111000000000000", "tttttttttttttttttttt"),  # too short, too early
        ("tttttttttttttttttttt", "00000000111100000000", "ttttttttttttttttssss"),  # short, near the release
        ("ttttttttttttttttpppp", "00000000111100000000", "ttttttttttttsssspppp"),  # the run's end is the release
        ("tttttttttttttttttttt", "00000111111110111100", "tttttsssssssssssssss"),  # joined to the one before
        ("tttttttttttttttttttt", "11111111000000001111", "ssssssssttttttttssss"),
        ("iiiitttiiii", "00001110000", "iiiisssiiii"),
        ("iiiiiiiiiiii", "111111111111", "iiiiiiiiiiii"),
    ],
)
def test_a_still_hand_that_holds_stabilizes(labels: str, still: str, after: str) -> None:
    changed = frames(labels)
    mark_stabilize(changed, flags(still), N, PrimSettings())
    assert text(changed) == after


def test_the_plain_rule_looks_ahead_for_a_grasp() -> None:
    def window(
        idle: bool | None, pick_up: bool | None = False, put_down: bool | None = False, pose: PoseStatus = "moving"
    ) -> PrimWindow:
        return PrimWindow(pose, idle, pick_up, put_down, 1)

    said = [
        window(False),  # active, and a grasp follows
        window(False, pick_up=True),
        window(False, pose="still"),
        window(False, put_down=True),  # active, and idle follows
        window(True),
        window(False),  # nothing follows
    ]
    assert text(primitives_of(said, PrimSettings(postprocess=False))) == "rtspip"


def test_an_idle_hand_holds_nothing_by_the_plain_rule() -> None:
    said = [PrimWindow("moving", False, True, False, 1), PrimWindow("moving", True, False, False, 1)]
    assert text(primitives_of(said, PrimSettings(postprocess=False))) == "ti"


def test_a_whole_exercise() -> None:
    def stretch(count: int, idle: bool | None, holding: bool, pose: PoseStatus = "moving") -> list[PrimWindow]:
        return [PrimWindow(pose, idle, holding, not holding, N)] * count

    said = [*stretch(4, True, False), *stretch(2, False, False), *stretch(3, False, True)]
    said += [*stretch(2, False, True, "still"), *stretch(2, False, False), *stretch(2, True, False)]
    said[1] = replace(said[1], idle=False)  # a single window said otherwise
    wanted = "iiii" * 4 + "rrrr" * 2 + "tttt" * 3 + "ssss" * 2 + "pppp" * 2 + "iiii" * 2
    assert text(primitives_of(said, PrimSettings())) == wanted
    assert primitives_of([], PrimSettings()) == []


METHOD = DoseMethod(method="prim")


def test_a_timeline_has_one_segment_per_shown_frame() -> None:
    said = {"idle": False, "pick_up": True, "put_down": False}
    windows = [
        WindowAnswers(0.0, 0.4, said, pose="moving", n_frames=4),
        WindowAnswers(0.4, 0.6, {}, pose="fast", n_frames=2),
    ]
    timeline = predict_timeline(windows, METHOD)
    assert timeline.labels == ("transport",) * 6
    assert [round(segment.start_s, 3) for segment in timeline.segments] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert timeline.end_s == 0.6


def test_replies_without_a_request_are_not_missing() -> None:
    said = {"idle": UNREADABLE, "pick_up": True}
    windows = [WindowAnswers(0, 1, {}, pose=pose) for pose in ("abstain", "fast")]
    windows.append(WindowAnswers(2, 3, said, pose="moving"))
    assert count_replies(windows, METHOD) == ReplyCounts(2, 1, 1)
