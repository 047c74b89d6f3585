"""Nothing of the evaluated patient's labels reaches the decoder; and what is odd is handled or refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.video import predict_timeline
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.decoder import Method
from lmms_eval_plugins.decoding.leave_out import Decoded, Decoding, decode_leaving_out
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.sequences import edit_score
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from tests.support.decoding import QUESTIONS, make_video, make_videos

MBR = Decoding()
METHODS: tuple[Method, ...] = ("viterbi", "sample", "mbr", "mbr_counts")
RULE = DoseMethod(method="motion_grasp")
POISON = Timeline.from_text("stabilize@0.000;reposition@0.300;stabilize@0.600;reposition@0.900;stabilize@32.000")


def decode(
    videos: list[AnsweredVideo[Timeline]], decoding: Decoding = MBR, learn: list[AnsweredVideo[Timeline]] | None = None
) -> Decoded:
    return decode_leaving_out(videos, Training(learn or videos, QUESTIONS), decoding)


def mean_score(videos: list[AnsweredVideo[Timeline]], timelines: tuple[Timeline, ...] | list[Timeline]) -> float:
    truths = [video.truth for video in videos if video.truth]
    return float(np.mean([edit_score(a.labels, b.labels) for a, b in zip(timelines, truths, strict=True)]))


@pytest.mark.parametrize("decoding", [Decoding(), Decoding("viterbi", by_activity=True), Decoding(blind=True)])
def test_poisoned_labels_of_a_patient_change_nothing_about_that_patient(decoding: Decoding) -> None:
    videos = make_videos()
    clean = decode(videos, decoding)
    poisoned = [replace(video, truth=POISON) if video.patient == "P2" else video for video in videos]
    after = decode(poisoned, decoding)
    own = [place for place, video in enumerate(videos) if video.patient == "P2"]
    assert [after.timelines[place] for place in own] == [clean.timelines[place] for place in own]
    assert after.weights["P2"] == clean.weights["P2"]
    assert after.timelines != clean.timelines  # the others did learn from the poison
    unlabelled = [replace(video, truth=None) if video.patient == "P2" else video for video in videos]
    assert [decode(unlabelled, decoding).timelines[place] for place in own] == [clean.timelines[place] for place in own]


def test_good_answers_are_read_better_than_by_the_rule_and_than_blind() -> None:
    videos = make_videos(right=0.85)
    decoded = decode(videos)
    by_rule = mean_score(videos, [predict_timeline(video.windows, RULE) for video in videos])
    blind = mean_score(videos, decode(videos, Decoding(blind=True)).timelines)
    assert mean_score(videos, decoded.timelines) > max(by_rule, blind) + 5
    assert set(decoded.weights.values()) <= {0.5, 1.0}


def test_the_blind_control_knows_nothing_of_the_answers() -> None:
    videos = make_videos(right=0.9)
    other = [
        replace(
            video, windows=tuple(replace(window, answers={"motion": True, "grasp": None}) for window in video.windows)
        )
        for video in videos
    ]
    blind = Decoding(blind=True)
    assert decode(videos, blind).timelines == decode(other, blind).timelines
    assert decode(videos, blind).weights["P0"] == 0


def test_the_same_seed_says_the_same_in_any_company() -> None:
    videos, learn = make_videos(patients=3), make_videos(patients=3, seed=1)
    learn = [replace(video, patient=f"L{video.patient}") for video in learn]
    together = decode(videos, learn=learn).timelines
    assert together == decode(videos, learn=learn).timelines
    assert together[3] == decode(videos[3:4], learn=learn).timelines[0]
    assert together != decode(videos, Decoding(seed=1), learn=learn).timelines


@pytest.mark.parametrize("method", METHODS)
def test_many_seeds_give_what_each_gives_by_itself(method: Method) -> None:
    videos = make_videos(patients=3)
    training = Training(videos, QUESTIONS)
    decoder = training.fit(training.patients[1:], by_activity=False, seed=4)
    own = [video for video in videos if video.patient == training.patients[0]]
    by_seed = [decoder.decode(own, method, seed=seed) for seed in range(4, 11)]  # more than go into one pass
    assert [list(of_video) for of_video in zip(*by_seed, strict=True)] == [
        list(draws) for draws in decoder.decode_by_seeds(own, method, range(4, 11))
    ]


def test_a_decoder_is_fitted_by_the_first_seed() -> None:
    videos = make_videos(patients=3)
    several = decode_leaving_out(videos, Training(videos, QUESTIONS), Decoding(seed=2), seeds=3)
    assert [len(draws) for draws in several.draws] == [3] * len(videos)
    assert several.timelines == decode(videos, Decoding(seed=2)).timelines
    assert len(set(several.draws[0])) > 1


def test_one_patient_alone_is_refused() -> None:
    with pytest.raises(UserError, match="nobody else's labels to decode P0 by"):
        decode(make_videos(patients=1))
    with pytest.raises(UserError, match="nobody else's labels"):
        decode([replace(video, truth=None) for video in make_videos()])


def test_two_patients_teach_each_other_without_a_choice_of_weight() -> None:
    assert set(decode(make_videos(patients=2)).weights.values()) == {1.0}


def test_an_activity_that_was_never_seen_has_the_habits_of_all() -> None:
    videos = make_videos(patients=3)
    new = [replace(video, activity="combing") if video.patient == "P0" else video for video in videos]
    by_activity = decode(new, Decoding(by_activity=True))
    assert by_activity.timelines[:2] == decode(new).timelines[:2]


def test_missing_windows_unreadable_answers_and_a_video_of_one_window() -> None:
    videos = make_videos(patients=3)
    gap = replace(videos[0], windows=videos[0].windows[:20] + videos[0].windows[40:])
    unread = tuple(replace(window, answers={"motion": UNREADABLE, "grasp": None}) for window in videos[1].windows)
    short = make_video("P1", n_windows=1)
    odd = [gap, replace(videos[1], windows=unread), short, *videos[3:]]
    decoded = decode(odd)
    assert decoded.timelines[0].end_s == pytest.approx(32)
    assert decoded.timelines[1].labels
    assert decoded.timelines[2].end_s == pytest.approx(8 / 15)
    with pytest.raises(UserError, match="P0_0: no windows"):
        decode([replace(videos[0], windows=()), *videos[1:]])


def test_a_patient_filmed_at_another_frame_rate_is_decoded() -> None:
    videos = make_videos(patients=4)
    slower = [
        replace(
            video,
            windows=tuple(WindowAnswers(0.75 * w.start_s, 0.75 * w.end_s, w.answers) for w in video.windows),
        )
        if video.patient == "P3"
        else video
        for video in videos
    ]
    assert decode(slower).timelines[-1].end_s == pytest.approx(0.75 * 32)


def test_windows_and_questions_must_be_those_learned_from() -> None:
    videos = make_videos(patients=2)
    longer = [
        replace(
            video,
            patient="X",
            windows=tuple(WindowAnswers(2 * w.start_s, 2 * w.end_s, w.answers) for w in video.windows),
        )
        for video in videos
    ]
    with pytest.raises(UserError, match=r"fitted on windows of 0\.533 s, here it is 1\.067 s"):
        decode(longer, learn=videos)
    named = [
        replace(
            video,
            patient="X",
            windows=tuple(WindowAnswers(w.start_s, w.end_s, {"primitive": "idle"}) for w in video.windows),
        )
        for video in videos
    ]
    with pytest.raises(
        UserError, match=r"reads answers to 'motion', 'grasp'.*was not asked here \(there is 'primitive'"
    ):
        decode(named, learn=videos)
