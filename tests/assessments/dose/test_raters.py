"""Further raters in the place of answers."""

from __future__ import annotations

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.raters import is_rater, rated_videos, row_of_rater
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers

TRUTH = Timeline.from_text("reach@0;idle@1;idle@2")
OTHER = Timeline.from_text("reach@0;transport@1;idle@1.5;idle@2")
MISSING = (WindowAnswers(0.0, 2.0, {}),)


def video(name: str, truth: Timeline | None, **raters: Timeline) -> AnsweredVideo[Timeline]:
    return AnsweredVideo(name, "P1", None, None, truth, MISSING, raters=raters)


def test_each_rater_has_the_videos_that_are_labelled_twice_and_no_reply_is_missing() -> None:
    videos = [video("a", TRUTH, anna=TRUTH, ben=OTHER), video("b", TRUTH, anna=OTHER), video("c", None, anna=OTHER)]
    rated = rated_videos(videos)
    assert {row: [one.video_id for one in own] for row, own in rated.items()} == {
        "rater anna": ["a", "b"],
        "rater ben": ["a"],
    }
    score = DOSE.score(DoseMethod(method="motion_grasp"), rated["rater anna"])
    assert [one.edit_score for one in score.videos] == [100.0, 100 * 2 / 3] and score.n == 2
    assert rated["rater anna"][0].length_s == 2.0, "of a video of unknown length, that of its windows"


def test_names_of_rows() -> None:
    assert row_of_rater("rater 2") == "rater 2" and row_of_rater("bert") == "rater bert"
    assert is_rater("rater bert") and not is_rater("reference")
