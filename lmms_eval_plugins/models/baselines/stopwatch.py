"""A blind baseline: what other patients do in as long as a video lasts, never what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lmms_eval_plugins.assessments.dose.assessment import DoseAssessment
from lmms_eval_plugins.assessments.dose.gold import dose_answer
from lmms_eval_plugins.assessments.dose.layout import lay_out
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.stopwatch import TimedVideo, counts_by_stopwatch
from lmms_eval_plugins.assessments.dose.video import predict_timeline
from lmms_eval_plugins.assessments.identification.assessment import IdentificationAssessment
from lmms_eval_plugins.assessments.identification.duration import activities_by_stopwatch
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.sequences import count_labels
from lmms_eval_plugins.domain.timeline import Timeline, without_repeats
from lmms_eval_plugins.models.answering import Answerer, KnownTask, Request, RequestReply, WindowReplies
from lmms_eval_plugins.models.baselines.settings import StopwatchSettings
from lmms_eval_plugins.models.baselines.simple import PerRow, repeated_answer
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import Question

_CAN = (
    "a stopwatch counts labels (strokerehab_primitives_1, _2, _3 and strokerehab_counting) and names activities"
    " (strokerehab_identification_1, _2)"
)
_ORDER = "the stopwatch knows counts only: the order of its labels is made up, so its edit score and AER mean nothing"


@dataclass(frozen=True, slots=True)
class TimedReplies:
    """Replies by the length of videos, and what a reader of them should know."""

    replies: WindowReplies
    notes: tuple[str, ...] = ()


class StopwatchAnswers(Answerer):
    """Answers as long as a video lasts: so many labels, or the activity that takes other patients as long.

    Args:
        settings: whether doses are expected by activity.
        task: the task; without one, as lmms-eval's own command line makes the model, there is no answer.

    Raises:
        UserError: the task is neither of dose nor of identification, or there is no other patient to fit on.
    """

    def __init__(self, settings: StopwatchSettings, task: KnownTask | None) -> None:
        self._known = task is not None
        timed = TimedReplies({}) if task is None else timed_replies(task, by_activity=settings.by_activity)
        self._notes = timed.notes
        fingerprint = digest("Stopwatch", settings.by_activity, sorted(timed.replies.items()))
        self._repeated = PerRow(fingerprint, repeated_answer(timed.replies))

    @property
    def fingerprint(self) -> str:
        """Hash of all that it answers."""
        return self._repeated.fingerprint

    @property
    def notes(self) -> tuple[str, ...]:
        """How its counts came about, and where they are not those that it expects."""
        return self._notes

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply]]:
        """Answer one video after the other.

        Raises:
            UserError: it was made without a task.
        """
        if not self._known:
            raise UserError("a stopwatch needs the lengths and labels of a task's videos; run it by evaluate.sh")
        return self._repeated.answer(requests)


def timed_replies(task: KnownTask, *, by_activity: bool = False) -> TimedReplies:
    """Return the replies to all questions about a task's videos that follow from the videos' lengths.

    Every video is answered by what was fitted on the videos of all other patients, of the task or outside it.

    Args:
        task: the task.
        by_activity: whether doses are expected by the recording's activity too.

    Raises:
        UserError: the task is neither of dose nor of identification, or there is no other patient to fit on.
    """
    every = [video for video in (*task.videos, *task.others) if video.length_s > 0]
    if isinstance(task.assessment, DoseAssessment) and isinstance(task.method, DoseMethod):
        made = _doses(task, task.method, task.assessment.scheme, every, by_activity)
    elif isinstance(task.assessment, IdentificationAssessment):
        made = _activities(task, every)
    else:
        raise UserError(f"the length of a video says nothing about {task.assessment.a_task}; {_CAN}")
    if not made.replies:
        raise UserError("no labelled video of another subject to fit a stopwatch on; add subjects")
    return made


def _doses(
    task: KnownTask, method: DoseMethod, scheme: Scheme, every: Sequence[AnsweredVideo[object]], by_activity: bool
) -> TimedReplies:
    timed = [
        TimedVideo(video.patient, video.length_s, activity_of_label(video.activity or ""), _true_counts(video.truth))
        for video in every
    ]
    expected = counts_by_stopwatch(timed, by_activity=by_activity, labels=scheme.names)
    of_task = {video.video_id for video in task.videos}
    replies: dict[tuple[str, str, str], str] = {}
    n = n_other = off = n_labels = 0
    for video, counts in zip(every, expected, strict=True):
        if counts is None or video.video_id not in of_task:
            continue
        own = _laid_out(video, counts, task.questions, method, scheme, by_activity)
        replies |= own
        came = _counts_of(video, own, task.questions, method, scheme)
        error = sum(abs(counts[label] - came.get(label, 0)) for label in scheme.names)
        n, n_other, off, n_labels = n + 1, n_other + (error > 0), off + error, n_labels + sum(counts.values())
    notes = [_ORDER]
    if n_other:
        notes.append(
            f"in {n_other} of {n} videos the windows do not allow the counts that the stopwatch expects:"
            f" {off:,} of {n_labels:,} labels are too many or too few"
        )
    if n < len(of_task):
        notes.append(f"{len(of_task) - n} of {len(of_task)} videos are not answered: nobody else has labels")
    return TimedReplies(replies, tuple(notes))


def _true_counts(truth: object) -> Mapping[str, int] | None:
    return count_labels(without_repeats(truth.labels)) if isinstance(truth, Timeline) else None


def _laid_out(
    video: AnsweredVideo[object],
    counts: Mapping[str, int],
    questions: Sequence[Question],
    method: DoseMethod,
    scheme: Scheme,
    by_activity: bool,
) -> dict[tuple[str, str, str], str]:
    """Return the answers that would be correct if a video's labels were so many."""
    replies = {}
    for window, labels in zip(video.windows, lay_out(counts, video.windows, method, scheme), strict=True):
        step = (window.end_s - window.start_s) / len(labels)
        marks = [(label, window.start_s + place * step) for place, label in enumerate(labels)]
        timeline, centre = Timeline.from_marks(marks, window.end_s), labels[len(labels) // 2]
        activity = video.activity if by_activity else None
        for question in questions:
            answer = dose_answer(question, timeline, centre, activity, window.start_s, window.end_s, scheme).reply
            if answer is not None:
                for wording, reply in question.in_all_wordings(answer).items():
                    replies[video.video_id, f"{window.start_s:.3f}", wording] = reply
    return replies


def _counts_of(
    video: AnsweredVideo[object],
    replies: WindowReplies,
    questions: Sequence[Question],
    method: DoseMethod,
    scheme: Scheme,
) -> Mapping[str, int]:
    """Return the counts that a method makes of replies."""
    windows = []
    for window in video.windows:
        places = {question.id: (video.video_id, f"{window.start_s:.3f}", question.id) for question in questions}
        answers = {one.id: read(one.answer, replies[places[one.id]]) for one in questions if places[one.id] in replies}
        windows.append(replace(window, answers=answers))
    return count_labels(without_repeats(predict_timeline(windows, method, scheme).labels))


def _activities(task: KnownTask, every: Sequence[AnsweredVideo[object]]) -> TimedReplies:
    timed = [
        TimedVideo(video.patient, video.length_s, video.truth if isinstance(video.truth, str) else None)
        for video in every
    ]
    named = {video.video_id: name for video, name in zip(every, activities_by_stopwatch(timed), strict=True)}
    return TimedReplies(
        {
            (video.video_id, f"{window.start_s:.3f}", wording): reply
            for video in task.videos
            if (name := named.get(video.video_id)) is not None
            for window in video.windows
            for question in task.questions
            if question.truth == "activity"
            for wording, reply in question.in_all_wordings(name).items()
        }
    )
