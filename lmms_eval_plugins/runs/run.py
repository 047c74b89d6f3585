"""Run folders: ``runs/<task>/<model>/<stamp>/`` with ``run.json`` and ``answers.jsonl``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.reading import Policy, read
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, CUT_OFF, AnswerRecord, read_answers
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo
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
    """

    path: Path
    file: RunFile
    kinds: dict[str, AnswerKind]
    answers: dict[tuple[str, int, str], str]
    logprobs: dict[tuple[str, int, str], dict[str, float]] = field(default_factory=dict)
    finish_reasons: dict[tuple[str, int, str], str] = field(default_factory=dict)

    def answered(self, video: RunVideo, policy: Policy) -> AnsweredVideo[object]:
        """Return a video with the answers about it; where there is no reply, the answer is None (missing).

        Raises:
            UserError: the truth of the video cannot be read.
        """
        ids = tuple(self.kinds) if video.asked is None else video.asked
        windows = (self._window(video, place, ids, policy) for place in range(len(video.windows)))
        return AnsweredVideo(
            video_id=video.video_id,
            patient=video.patient,
            cohort=video.cohort or None,
            activity=video.activity or None,
            truth=_truth(self.file, video),
            windows=tuple(windows),
            arm=video.arm,
            questions=ids,
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


def is_run(path: Path) -> bool:
    """Return whether a folder is one of our run folders."""
    return (path / RUN_NAME).is_file()


def read_run(path: Path) -> Run:
    """Read a run folder; a run without any reply yet has no answers.

    Raises:
        UserError: a file is damaged, or the answers are not those of the run.
    """
    file, kinds, passed_over = _read_file(path)
    videos = {video.video_id: video for video in file.videos}
    answers: dict[tuple[str, int, str], str] = {}
    logprobs: dict[tuple[str, int, str], dict[str, float]] = {}
    reasons: dict[tuple[str, int, str], str] = {}
    for record in _records(path / ANSWERS_NAME):
        if record.video_id in passed_over:
            continue
        _check_belongs(path, record, videos.get(record.video_id))
        place = record.video_id, record.window, record.question_id
        answers[place] = record.text
        logprobs[place] = record.choice_logprobs or {}
        if record.finish_reason is not None:
            reasons[place] = record.finish_reason
    return Run(path, file, kinds, answers, logprobs, reasons)


class RunOnDisk:
    """A run whose replies stay on disk until a video is needed: for scoring, whatever its size.

    Args:
        path: its folder.
        answers: where its answers lie, if that is known already.

    Raises:
        UserError: a file is damaged, or the answers are not those of the run.
    """

    def __init__(self, path: Path, answers: AnswersByVideo | None = None) -> None:
        self.path = path
        self.file, self.kinds, passed_over = _read_file(path)
        self._answers = answers or AnswersByVideo(path / ANSWERS_NAME)
        strange = self._answers.counts.keys() - {video.video_id for video in self.file.videos} - passed_over
        for video in sorted(strange):
            for values in self._answers.of(video):
                _check_place(path, video, values["window"], values["start_s"], None)

    def answered(self, video: RunVideo, policy: Policy) -> AnsweredVideo[object]:
        """Return what `Run.answered` does, without log-odds, which scores do not need."""
        replies: dict[tuple[str, int, str], str] = {}
        reasons: dict[tuple[str, int, str], str] = {}
        for values in self._answers.of(video.video_id):
            window = values["window"]
            _check_place(self.path, video.video_id, window, values["start_s"], video)
            place = video.video_id, window, values["question_id"]
            replies[place] = values["text"]
            if reason := values.get("finish_reason"):
                reasons[place] = reason
        return Run(self.path, self.file, self.kinds, replies, finish_reasons=reasons).answered(video, policy)


def _read_file(path: Path) -> tuple[RunFile, dict[str, AnswerKind], set[str]]:
    """Return ``run.json``, the forms of its questions' answers, and the videos whose answers are passed over."""
    file = read_run_file(path)
    try:
        kinds = {question.id: question.answer_kind() for question in file.questions}
    except ValidationError as error:
        raise UserError(f"{path / RUN_NAME}: {describe_validation(error)}") from error
    for question in file.scoring.reads if file.scoring else ():
        if question not in kinds:
            raise UserError(f"{path / RUN_NAME}: scoring reads the question {question!r}, which was not asked")
    return (file.without_left_out() if file.left_out else file), kinds, set(file.left_out)


def _truth(file: RunFile, video: RunVideo) -> object | None:
    """Return the truth of a video as a value; None where it is not known, or the task has no method of scoring."""
    return None if file.assessment is None else file.assessment.read_truth(video.truth, video.video_id)


def _records(path: Path) -> Iterator[AnswerRecord]:
    return read_answers(path) if path.is_file() else iter(())


def _check_belongs(path: Path, record: AnswerRecord, video: RunVideo | None) -> None:
    """Refuse an answer about another window than those of the run: it must not be scored as one of the run's."""
    _check_place(path, record.video_id, record.window, record.start_s, video)


def _check_place(path: Path, video_id: str, window: int, start_s: float, video: RunVideo | None) -> None:
    where = "{}: an answer about {}, window {}".format
    if video is None or not 0 <= window < len(video.windows):
        place = where(path / ANSWERS_NAME, video_id, window)
        raise UserError(f"{place}, which {RUN_NAME} does not list; the two files are not of one run")
    if abs(start_s - video.windows[window][0]) > _SAME_TIME_S:
        place = where(path / ANSWERS_NAME, video_id, window)
        raise UserError(f"{place} starts at {start_s} s, not where {RUN_NAME} says; the two are not of one run")
