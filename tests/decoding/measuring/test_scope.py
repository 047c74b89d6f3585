"""What of a video is unlike those that an instrument was calibrated on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.decoding.measuring.scope import Scope, answer_shares
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.outcomes import REFUSED, UNREADABLE
from tests.support.decoding import make_video, make_videos

Video = AnsweredVideo[Timeline]


@pytest.fixture(scope="module")
def scope() -> Scope:
    return Scope.of(make_videos(patients=4, each=2, n_windows=20))


def answering(video: Video, **answers: object) -> Video:
    windows = tuple(replace(window, answers={**window.answers, **answers}) for window in video.windows)
    return replace(video, windows=windows)


def lines_about(scope: Scope, video: Video) -> tuple[str, ...]:
    return scope.unlike([video]).get(video.video_id, ())


def test_what_it_was_calibrated_on_is_not_unlike_it(scope: Scope) -> None:
    for patient in range(4):
        assert scope.unlike([make_video(f"P{patient}", number, n_windows=20) for number in range(2)]) == {}


def test_an_activity_never_seen_or_not_known_is_named(scope: Scope) -> None:
    video = make_video("P0", n_windows=20)
    (line,) = lines_about(scope, replace(video, activity="juggling"))
    assert line == "activity juggling: never seen in calibration (there: drinking, feeding)"
    (line,) = lines_about(scope, replace(video, activity=None))
    assert line.startswith("its activity is not known")
    assert lines_about(replace(scope, activities=()), replace(video, activity=None)) == ()


@pytest.mark.parametrize(("seconds", "is_unlike"), [(8.0, True), (9.0, False), (13.0, False), (14.0, True)])
def test_a_video_much_shorter_or_longer_than_all_is_named(scope: Scope, seconds: float, is_unlike: bool) -> None:
    video = replace(make_video("P0", n_windows=20), duration_s=seconds)
    assert [f"{seconds} s long; calibrated on videos of 10.7 to 10.7 s"] * is_unlike == [*lines_about(scope, video)]


def test_missing_and_unreadable_replies_are_counted(scope: Scope) -> None:
    video = make_video("X", n_windows=20)
    half = replace(video, windows=tuple(replace(w, answers={**w.answers, "grasp": None}) for w in video.windows))
    assert "replies to 20 of 40 requests only" in lines_about(scope, half)
    silent = answering(video, motion=UNREADABLE, grasp=REFUSED)
    assert any(line.startswith("no reply gives an answer") for line in lines_about(scope, silent))


def test_a_patient_about_whom_answers_are_others_than_usual_is_named_once_for_all_videos(scope: Scope) -> None:
    videos = [answering(make_video("X", number, n_windows=20), grasp=True) for number in range(2)]
    unlike = scope.unlike(videos)
    assert set(unlike) == {"X_0", "X_1"} and unlike["X_0"] == unlike["X_1"]
    (line,) = unlike["X_0"]
    assert line.startswith("answers about X: grasp ") and "grasp yes 100% (calibrated on " in line


def test_shares_are_of_replies_and_a_list_counts_for_each_of_its_labels() -> None:
    windows = tuple(
        WindowAnswers(float(place), place + 1.0, {"q": answer})
        for place, answer in enumerate([("reach", "idle"), ("reach",), (), UNREADABLE, None])
    )
    video = replace(make_video("X", n_windows=5), windows=windows)
    assert answer_shares([video]) == {"q": {"reach": 0.5, "idle": 0.25, "nothing": 0.25, "no answer": 0.25}}
