"""Run folders: ``runs/<task>/<model>/<stamp>/`` with ``run.json`` and ``answers.jsonl``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.dataset.file_names import parse_name
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.reading import Policy, read
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, CUT_OFF, AnswerRecord, numbered_answers
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo, AnswerValues
from lmms_eval_plugins.runs.run_file import RUN_NAME, RunFile, RunVideo, read_run_file

_SAME_TIME_S = 2e-3


@dataclass(frozen=True, slots=True)
class Run:
    """A run with all its replies.

    Attributes:
        path: the run's folder.
        file: its ``run.json``.
        kinds: question id → the form of its answer.
        answers: (video id, window, question id) → the reply; of replies to one question the last.
        logprobs: the same → log-probability of each allowed answer; empty where they were not recorded.
        finish_reasons: the same → why the model ended (see `Reply`), where that is known.
        damaged: a line of text for each line of its answers that was left out.
    """

    path: Path
    file: RunFile
    kinds: dict[str, AnswerKind]
    answers: dict[tuple[str, int, str], str]
    logprobs: dict[tuple[str, int, str], dict[str, float]] = field(default_factory=dict)
    finish_reasons: dict[tuple[str, int, str], str] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()

    def answered(self, video: RunVideo, policy: Policy) -> AnsweredVideo[object]:
        """Return a video with the answers about it; where there is no reply, the answer is None (missing).

        Raises:
            UserError: the truth of the video, or the labels of a further rater, cannot be read.
        """
        ids = tuple(self.kinds) if video.asked is None else video.asked
        windows = (self._window(video, place, ids, policy) for place in range(len(video.windows)))
        name = parse_name(video.video_id)
        return AnsweredVideo(
            video_id=video.video_id,
            patient=video.patient,
            cohort=video.cohort or None,
            activity=video.activity or None,
            truth=_truth(self.file, video),
            windows=tuple(windows),
            arm=video.arm,
            view=video.view or (name.view if name else None),
            repetition=video.repetition or (name.repetition if name else None),
            date=video.date,
            questions=ids,
            duration_s=video.n_frames / video.fps if video.n_frames and video.fps else None,
            raters=timelines_of_raters(video),
        )

    def _window(self, video: RunVideo, place: int, ids: Sequence[str], policy: Policy) -> WindowAnswers:
        """Return a window with its answers; without any where the method puts no questions about it."""
        method, pose = self.file.scoring, video.poses[place] if video.poses else None
        requested = ids if method is None or method.asks(pose) else ()
        return WindowAnswers(
            *video.windows[place],
            {id: self._answer((video.video_id, place, id), self.kinds[id], policy) for id in requested},
            self._log_odds(video.video_id, place, requested),
            pose,
            video.shown[place] if video.shown else None,
            frozenset(id for id in requested if self.finish_reasons.get((video.video_id, place, id)) == CUT_OFF),
        )

    def _log_odds(self, video: str, window: int, ids: Sequence[str]) -> Mapping[str, float]:
        """Return the log-odds of yes, of the questions for which both yes and no were recorded as numbers."""
        if not self.logprobs:
            return {}
        known: dict[str, float] = {}
        for id in ids:
            by_name = {
                name.strip().lower(): value for name, value in self.logprobs.get((video, window, id), {}).items()
            }
            odds = by_name.get("yes", math.nan) - by_name.get("no", math.nan)
            if math.isfinite(odds):
                known[id] = odds
        return known

    def _answer(self, question: tuple[str, int, str], kind: AnswerKind, policy: Policy) -> object:
        text = self.answers.get(question)
        return None if text is None else read(kind, text, policy)


def timelines_of_raters(video: RunVideo) -> dict[str, Timeline]:
    """Return further rater → labels of a video.

    Raises:
        UserError: they cannot be read.
    """
    found: dict[str, Timeline] = {}
    for rater, text in video.raters.items():
        try:
            found[rater] = Timeline.from_text(text)
        except ValueError as error:
            raise UserError(f"{RUN_NAME}, {video.video_id}: labels of rater {rater!r}: {error}") from error
    return found


def is_run(path: Path) -> bool:
    """Return whether a folder is one of our run folders."""
    return (path / RUN_NAME).is_file()


def read_run(path: Path) -> Run:
    """Read a run folder; a run without any reply yet has no answers. Damaged lines of the answers are left out.

    Raises:
        UserError: ``run.json`` is damaged, or the answers are not those of the run.
    """
    file, kinds, passed_over = _read_file(path)
    videos = {video.video_id: video for video in file.videos}
    answers: dict[tuple[str, int, str], str] = {}
    logprobs: dict[tuple[str, int, str], dict[str, float]] = {}
    reasons: dict[tuple[str, int, str], str] = {}
    damaged: list[str] = []
    belonging: dict[str, _Belonging] = {}
    for number, record in _records(path / ANSWERS_NAME, damaged):
        id = record.video_id
        if id in passed_over:
            continue
        if id not in belonging:
            belonging[id] = _Belonging(path, id, videos.get(id))
        if belonging[id].take(record.window, record.start_s, number):
            place = id, record.window, record.question_id
            answers[place] = record.text
            logprobs[place] = record.choice_logprobs or {}
            if record.finish_reason is not None:
                reasons[place] = record.finish_reason
    fit = any(one.taken for one in belonging.values())
    damaged += [line for one in belonging.values() for line in one.left_out(fit)]
    return Run(path, file, kinds, answers, logprobs, reasons, tuple(damaged))


class RunOnDisk:
    """A run whose replies stay on disk until a video is needed: for scoring, whatever its size.

    Args:
        path: its folder.
        answers: where its answers lie, if that is known already.

    Raises:
        UserError: ``run.json`` is damaged, or the answers are not those of the run.
    """

    def __init__(self, path: Path, answers: AnswersByVideo | None = None) -> None:
        self.path = path
        self.file, self.kinds, passed_over = _read_file(path)
        self._answers = answers or AnswersByVideo(path / ANSWERS_NAME)
        self._strange: dict[str, None] = {}
        known = {video.video_id for video in self.file.videos}
        found = self._answers.counts.keys() - passed_over
        for id in sorted(found - known):
            belonging, _ = self._checked(id, None)
            self._strange |= dict.fromkeys(belonging.left_out(bool(found & known)))

    @property
    def damaged(self) -> tuple[str, ...]:
        """A line of text for each line of its answers that was left out, of the videos that were read so far."""
        return (*self._answers.damaged, *self._strange)

    def answered(self, video: RunVideo, policy: Policy) -> AnsweredVideo[object]:
        """Return what `Run.answered` does, without log-odds, which scores do not need."""
        belonging, kept = self._checked(video.video_id, video)
        self._strange |= dict.fromkeys(belonging.left_out())
        replies: dict[tuple[str, int, str], str] = {}
        reasons: dict[tuple[str, int, str], str] = {}
        for values in kept:
            place = video.video_id, values["window"], values["question_id"]
            replies[place] = values["text"]
            if reason := values.get("finish_reason"):
                reasons[place] = reason
        return Run(self.path, self.file, self.kinds, replies, finish_reasons=reasons).answered(video, policy)

    def _checked(self, id: str, video: RunVideo | None) -> tuple[_Belonging, list[AnswerValues]]:
        """Return the answers about a video that are the run's, and the check of all of them."""
        belonging = _Belonging(self.path, id, video)
        found = self._answers.of(id)
        kept = [one for one in found if belonging.take(one["window"], one["start_s"])]
        if belonging.strange:  # once more, with the numbers of the lines, for which the file must be read
            belonging = _Belonging(self.path, id, video)
            for one, number in zip(found, self._answers.lines_of(id), strict=True):
                belonging.take(one["window"], one["start_s"], number)
        return belonging, kept


class _Belonging:
    """The check that the answers about a video are about the windows of a run's video.

    Args:
        path: the run's folder.
        id: the video's name.
        video: the run's video; None where it has none of that name.
    """

    def __init__(self, path: Path, id: str, video: RunVideo | None) -> None:
        self._path, self._id, self.video = path, id, video
        self.taken = 0
        self.strange: list[str] = []

    def take(self, window: int, start_s: float, number: int | None = None) -> bool:
        """Return whether an answer is the run's; otherwise it must not be scored as one of them.

        Args:
            window: index of the answer's window.
            start_s: start of the window in seconds.
            number: of the answer's line.
        """
        video = self.video
        if video is None or not 0 <= window < len(video.windows):
            problem = f", which {RUN_NAME} does not list"
        elif abs(start_s - video.windows[window][0]) > _SAME_TIME_S:
            problem = f" starts at {start_s} s, not where {RUN_NAME} says"
        else:
            self.taken += 1
            return True
        line = "" if number is None else f", line {number}"
        self.strange.append(f"{self._path / ANSWERS_NAME}{line}: an answer about {self._id}, window {window}{problem}")
        return False

    def left_out(self, others_fit: bool = False) -> list[str]:
        """Return a line of text for each answer that is left out since it is about no window of the run.

        Args:
            others_fit: whether answers about other videos are the run's, so that a video it lacks is a damaged name.

        Raises:
            UserError: most of the answers are none of the run's: these are answers of another run.
        """
        if len(self.strange) > self.taken and not (others_fit and self.video is None):
            raise UserError(f"{self.strange[0]}; the two files are not of one run")
        return [f"{line}; it is left out: delete the line" for line in self.strange]


def _read_file(path: Path) -> tuple[RunFile, dict[str, AnswerKind], set[str]]:
    """Return ``run.json``, the forms of its questions' answers, and the videos whose answers are passed over."""
    file = read_run_file(path)
    try:
        kinds = {question.id: question.answer_kind() for question in file.questions}
    except ValidationError as error:
        raise UserError(f"{path / RUN_NAME}: {describe_validation(error)}") from error
    for video in file.videos:
        for question in video.asked or ():
            if question not in kinds:
                raise UserError(f"{path / RUN_NAME}: {video.video_id} was asked {question!r}, which is no question")
    for question in file.scoring.reads if file.scoring else ():
        if question not in kinds:
            raise UserError(f"{path / RUN_NAME}: scoring reads the question {question!r}, which was not asked")
    return (file.without_left_out() if file.left_out else file), kinds, set(file.left_out)


def _truth(file: RunFile, video: RunVideo) -> object | None:
    """Return the truth of a video as a value; None where it is not known, or the task has no method of scoring."""
    return None if file.assessment is None else file.assessment.read_truth(video.truth, video.video_id)


def _records(path: Path, damaged: list[str]) -> Iterator[tuple[int, AnswerRecord]]:
    return numbered_answers(path, damaged=damaged) if path.is_file() else iter(())
