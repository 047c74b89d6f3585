from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.stopwatch import TimedVideo, counts_by_stopwatch
from lmms_eval_plugins.assessments.dose.summary import DoseScore
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.assessments.identification.score import IdentificationMethod
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.domain.sequences import count_labels
from lmms_eval_plugins.domain.timeline import Timeline, without_repeats
from lmms_eval_plugins.models.answering import KnownTask, Session
from lmms_eval_plugins.models.baselines.stopwatch import timed_replies
from lmms_eval_plugins.models.registered import StopwatchModel
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.reading import is_missing, read
from lmms_eval_plugins.questions.sets import Question, load_questions
from lmms_eval_plugins.questions.variants import Variant
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from tests.support.requests import ask, make_row

TRUTH = "idle@0.000;reach@2.000;transport@4.000;stabilize@6.000;reposition@8.000;idle@10.000;idle@12.000"


def questions_of(name: str) -> tuple[Question, ...]:
    path = shipped("tasks") / f"strokerehab/questions/{name}.yaml"
    return load_questions(path).without_variants().questions


def film(patient: str, seconds: float, truth: object, step_s: float = 0.5) -> AnsweredVideo[object]:
    windows = tuple(WindowAnswers(i * step_s, (i + 1) * step_s, {}) for i in range(round(seconds / step_s)))
    return AnsweredVideo(f"{patient}_feeding1_1", patient, "mild", "feeding", truth, windows, duration_s=seconds)


def dose_task(videos: Sequence[AnsweredVideo[object]], questions: str, method: DoseMethod) -> KnownTask:
    return KnownTask(assessment_of(method), method, questions_of(questions), tuple(videos))


def scored(task: KnownTask, *, by_activity: bool = False) -> DoseScore:
    """Score the replies of the stopwatch through the task's own reader and method."""
    replies = timed_replies(task, by_activity=by_activity).replies
    method, videos = task.method, []
    assert isinstance(method, DoseMethod)
    for video in task.videos:
        windows = tuple(
            WindowAnswers(
                window.start_s,
                window.end_s,
                {
                    one.id: read(one.answer, replies[video.video_id, f"{window.start_s:.3f}", one.id])
                    for one in task.questions
                },
                pose=window.pose,
            )
            for window in video.windows
        )
        truth = video.truth
        assert isinstance(truth, Timeline)
        videos.append(AnsweredVideo(video.video_id, video.patient, None, video.activity, truth, windows))
    return DOSE.score(method, videos)


METHODS = (
    ("primitives_1", DoseMethod(method="sequence")),
    ("primitives_2", DoseMethod(method="one_primitive")),
    ("primitives_3", DoseMethod(method="motion_grasp")),
    ("primitives_3_conditional", DoseMethod(method="conditional")),
)


@pytest.mark.parametrize(("questions", "method"), METHODS)
def test_the_counts_that_come_out_are_those_of_other_patients(questions: str, method: DoseMethod) -> None:
    """Through the words of the replies, their reader, and the task's own method."""
    truth = Timeline.from_text(TRUTH)
    twice = Timeline.from_text(TRUTH.removesuffix(";idle@12.000") + ";reach@12.000;transport@14.000;idle@16.000;x@24.0")
    task = dose_task([film("A", 12, truth), film("B", 12, truth), film("C", 24, twice)], questions, method)
    timed = [
        TimedVideo(v.patient, v.length_s, None, count_labels(without_repeats(v.truth.labels)))
        for v in task.videos
        if isinstance(v.truth, Timeline)
    ]
    expected = counts_by_stopwatch(timed)
    assert [dict(video.count_predicted) for video in scored(task).videos] == expected
    assert len(timed_replies(task).notes) == 1


def test_windows_that_do_not_allow_the_counts_are_named() -> None:
    truth = Timeline.from_text(TRUTH)
    task = dose_task([film("A", 12, truth, 6.0), film("B", 12, truth, 6.0)], "primitives_3", METHODS[2][1])
    assert timed_replies(task).notes[1] == (
        "in 2 of 2 videos the windows do not allow the counts that the stopwatch expects:"
        " 8 of 12 labels are too many or too few"
    )


def test_prim_is_answered_as_of_the_same_labels() -> None:
    truth = Timeline.from_text(TRUTH)
    task = dose_task([film(who, 12, truth, 0.25) for who in "AB"], "prim", DoseMethod(method="prim"))
    replies = timed_replies(task).replies
    assert len(replies) == 2 * 48 * 3 and set(replies.values()) == {"yes", "no"}


def test_identification_is_answered_by_the_durations_of_others() -> None:
    method = IdentificationMethod(method="identification")
    of_feeding, of_combing = (
        [film(f"{who}{name}", seconds, name, seconds) for who in "AB"]
        for name, seconds in (("feeding", 60.0), ("combing", 20.0))
    )
    questions = questions_of("identification_1")
    task = KnownTask(assessment_of(method), method, questions, (*of_feeding, *of_combing))
    assert list(timed_replies(task).replies.values()) == ["feeding", "feeding", "combing", "combing"]
    assert IDENTIFICATION.owns(task.method)
    reversed_list = questions[0].model_copy(
        update={"variants": (Variant(id="v", text="?", answers={"meal": "feeding", "hair": "combing"}),)}
    )
    reworded = timed_replies(replace(task, questions=(reversed_list,))).replies
    assert [reply for (_, _, id), reply in reworded.items() if id == "activity.v"] == ["meal", "meal", "hair", "hair"]


def test_a_video_that_nobody_else_teaches_stays_without_a_reply_and_is_named() -> None:
    task = dose_task([film("A", 12, Timeline.from_text(TRUTH)), film("B", 12, None)], *METHODS[2])
    timed = timed_replies(task)
    assert {video for video, _, _ in timed.replies} == {"B_feeding1_1"}
    assert timed.notes[-1] == "1 of 2 videos are not answered: nobody else has labels"
    with pytest.raises(UserError, match="no labelled video of another subject"):
        timed_replies(dose_task(task.videos[:1], *METHODS[2]))


def test_other_tasks_are_refused_with_those_that_it_can_do() -> None:
    method = FUGL_MEYER.method_type(method="fugl_meyer")
    with pytest.raises(UserError, match=r"nothing about a Fugl-Meyer.*strokerehab_primitives_1.*identification_1"):
        timed_replies(KnownTask(assessment_of(method), method, (), ()))


def test_it_answers_as_a_model_and_its_fingerprint_follows_the_labels() -> None:
    truth = Timeline.from_text(TRUTH)
    task = dose_task([film(who, 12, truth) for who in "AB"], *METHODS[2])
    other = dose_task([film(who, 12, Timeline.from_text("idle@0.000;idle@12.000")) for who in "AB"], *METHODS[2])
    rows = [
        make_row(video_id="A_feeding1_1", window=i, start_s=i / 2, end_s=i / 2 + 0.5, question_id=question)
        for i in range(24)
        for question in ("motion", "grasp")
    ]
    model = StopwatchModel(Session(known=task))
    assert set(ask(model, rows)) == {"yes", "no"} and model.notes
    assert model.fingerprint != StopwatchModel(Session(known=other)).fingerprint
    assert model.fingerprint != StopwatchModel(Session(known=task), by_activity=True).fingerprint
    assert is_missing(ask(model, [make_row(video_id="not of the task")])[0])


def test_without_a_task_it_says_how_to_run_it() -> None:
    with pytest.raises(UserError, match=r"run it by evaluate\.sh"):
        ask(StopwatchModel(), [make_row()])
    with pytest.raises(UserError, match="by_activity"):
        StopwatchModel(by_activity="perhaps")


def test_the_study(published: Path) -> None:
    """Through the windows and rules of the study's main task it has the counting error that the fitted counts have."""
    folder = published / "logs/strokerehab_primitives_3_all_models/longva_7b"
    (source,) = dose_sources([str(folder)], [], False, None).values()
    videos = [video.answered for video in source.videos]
    assert {activity_of_label(video.activity or "") for video in videos} > {"RTT", "shelf"}
    task = KnownTask(assessment_of(source.method), source.method, questions_of("primitives_3"), tuple(videos))
    errors = [scored(task, by_activity=one).metrics["relative_counting_error"] for one in (False, True)]
    assert list(errors[0]) == pytest.approx([0.597, 0.077], abs=5e-4)
    assert list(errors[1]) == pytest.approx([0.470, 0.050], abs=5e-4)
