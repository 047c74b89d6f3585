from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lmms_eval_plugins.dataset.trial import FmaClip
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.tasks.videos import Video, arm_of, shows, with_answers
from lmms_eval_plugins.video.windows import Window
from tests.support.tasks import questions_of

CLIP = FmaClip(path=Path("c.mp4"), patient="P", item_low=31, item_high=33, laterality="H", view="F", duration_s=2)
VIDEO = Video(
    video_id="v",
    path=Path("/v.mp4"),
    patient="P",
    cohort=None,
    activity=None,
    hand="left",
    fps=30.0,
    n_frames=60,
    windows=(Window("v", 0, 0.0, 1.0, (0,)), Window("v", 1, 1.0, 2.0, (30,))),
    truth={31: 1},
)
SPEED = questions_of("ia2_31_33")


def test_questions_about_a_clip_are_those_on_what_it_shows_and_about_a_video_all() -> None:
    assert [question.id for question in replace(VIDEO, clip=CLIP).questions_of(SPEED)] == [
        "item33_other_knee",
        "item33_other_nose",
    ]
    assert VIDEO.questions_of(SPEED) == SPEED.questions


def test_a_clip_shows_an_item_of_its_arm_from_its_side() -> None:
    knee = SPEED.questions[-1]
    assert shows(CLIP, knee) and arm_of(CLIP) == "other"
    for change in ({"laterality": "A"}, {"laterality": "B"}, {"view": "S"}, {"item_high": 32}):
        assert not shows(CLIP.model_copy(update=change), knee), change


def test_answers_of_windows_are_those_of_their_numbers() -> None:
    answered = with_answers(replace(VIDEO, clip=CLIP), SPEED, {1: {"item33_other_knee": 3, "x": UNREADABLE}})
    assert [dict(window.answers) for window in answered.windows] == [{}, {"item33_other_knee": 3, "x": UNREADABLE}]
    assert [(window.start_s, window.end_s) for window in answered.windows] == [(0.0, 1.0), (1.0, 2.0)]
    assert (answered.cohort, answered.activity, answered.truth, answered.arm) == (None, None, {31: 1}, "other")
    assert answered.questions == ("item33_other_knee", "item33_other_nose")
