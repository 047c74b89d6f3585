"""What PRIM makes of true answers about scripted exercises whose keypoints are exact."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pytest

from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.body import keypoints, take
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.scenes.motion import FPS, timeline_of
from lmms_eval_plugins.demo.scenes.subjects import generator, make_subject
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES, Hand
from lmms_eval_plugins.tasks.inputs import override_inputs
from lmms_eval_plugins.tasks.rows import rows_of
from lmms_eval_plugins.tasks.task_questions import load_task_questions
from lmms_eval_plugins.tasks.videos import Video, with_answers
from lmms_eval_plugins.video.pose.hand import hand_track, locate
from lmms_eval_plugins.video.windows import windows
from tests.support.tasks import TASKS, settings_of

Exercise = tuple[Hand, Timeline, npt.NDArray[Any]]

SECONDS = 60
"""About as long as the study's videos of these exercises."""


@pytest.fixture(scope="module")
def exercises() -> list[Exercise]:
    """Eight people at both exercises: hand, timeline and keypoints."""
    made = []
    for index in range(8):
        subject = make_subject(0, index)
        for activity in ("RTT", "shelf"):
            rng = generator(0, index, 1, list(EXERCISES).index(activity))
            performance = EXERCISES[activity](subject, SECONDS * FPS, rng)
            joints = keypoints(take(subject, performance, SECONDS * FPS, rng), camera_of(subject.visit))
            made.append((performance.hand, timeline_of(performance.scripts[performance.hand], SECONDS * FPS), joints))
    return made


def counted(exercises: list[Exercise], **given: object) -> tuple[Counter[str], Counter[str]]:
    """True and predicted counts of each primitive in all videos, from true answers."""
    given = {"do_crop": True, "do_postprocess": True, **given}
    settings = override_inputs("strokerehab_counting", settings_of("counting", Path("/nowhere")), given)
    questions = load_task_questions("strokerehab_counting", settings, TASKS)
    asked = []
    for number, (hand, timeline, joints) in enumerate(exercises):
        track = hand_track(joints, hand, settings.pose, WIDTH, HEIGHT)
        cut = windows(SECONDS * FPS, FPS, settings.sampling)
        located = locate(cut, track, settings.pose, WIDTH, HEIGHT, crop=True)
        decided = frozenset(window.index for window in located if not settings.scoring.asks(window.pose))
        video = Video(
            video_id=str(number),
            path=Path("v.mp4"),
            patient="P",
            cohort=None,
            activity="RTT",
            hand=hand,
            fps=FPS,
            n_frames=SECONDS * FPS,
            windows=located,
            decided=decided,
            truth=timeline,
        )
        replies: dict[int, dict[str, object]] = {}
        for row in rows_of([video], questions, settings.assessment):
            replies.setdefault(row.window, {})[row.question_id] = row.target == "yes"
        asked.append(with_answers(video, questions, replies))
    true: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    for details in settings.assessment.score_rows(settings.scoring, asked) or ():
        true.update({name: int(str(details[f"true_{name}"])) for name in PRIMITIVES})
        predicted.update({name: int(str(details[f"predicted_{name}"])) for name in PRIMITIVES})
    return true, predicted


def test_counts_of_all_primitives_but_stabilize_come_out_within_five_per_cent(exercises: list[Exercise]) -> None:
    true, predicted = counted(exercises, still_px=1)
    for primitive in ("reach", "reposition", "transport", "idle"):
        assert true[primitive] >= 150 and abs(predicted[primitive] / true[primitive] - 1) < 0.05, primitive
    assert abs(predicted["stabilize"] / true["stabilize"] - 1) < 0.2


def test_at_the_studys_limits_slow_hands_seem_to_stand_still(exercises: list[Exercise]) -> None:
    true, predicted = counted(exercises)
    for primitive in ("reach", "reposition", "idle"):
        assert abs(predicted[primitive] / true[primitive] - 1) < 0.05, primitive
    assert 0.9 < predicted["transport"] / true["transport"] < 0.95 and predicted["stabilize"] > 1.5 * true["stabilize"]


def test_what_postprocessing_is_good_for(exercises: list[Exercise]) -> None:
    true, smooth = counted(exercises, still_px=1)
    _, plain = counted(exercises, still_px=1, do_postprocess=False)
    off = {name: sum(abs(made[one] - true[one]) for one in true) for name, made in (("yes", smooth), ("no", plain))}
    assert off["yes"] < off["no"]
