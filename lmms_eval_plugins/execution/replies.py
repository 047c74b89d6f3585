"""The replies of a whole run: the missing ones, and those of models that do not record answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.models.answering import Failure
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.questions.reading import HIDDEN_ONLY, MISSING_MARK, is_missing
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord
from lmms_eval_plugins.runs.run_file import BASELINES, Problem
from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.file_state import FileState, check_unchanged, file_state

Rows = Sequence[Mapping[str, Any]]  # as lmms-eval takes them
"""The rows of a task (see `lmms_eval_plugins.tasks.rows.RequestRow`)."""


def as_problems(failures: Iterable[Failure]) -> tuple[Problem, ...]:
    """Return the failures of a call of a model as problems of its run."""
    return tuple(Problem(failure.video_id, failure.reason) for failure in failures)


def unanswered(replies: Mapping[int, str], rows: Rows, known: Collection[str], card: ModelCard) -> list[Problem]:
    """Return a problem for each video with missing replies, apart from videos whose problem is known.

    A baseline that answers from what is true owes no reply where that is not known.
    """
    wanted: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for row in rows:
        if card.kind in BASELINES and not (row["target"] or row["label"]):
            continue
        wanted[row["video_id"]] += 1
        reply = replies.get(row["row"], MISSING_MARK)
        missing[row["video_id"]] += is_missing(reply) and reply != HIDDEN_ONLY
    return [
        Problem(video_id, f"{video_id}: {count} of {wanted[video_id]} questions got no answer")
        for video_id, count in missing.items()
        if count and video_id not in known
    ]


class WatchedVideos:
    """The videos of rows while a model of lmms-eval's own reads them, by itself.

    Args:
        rows: the rows; what files they are about is looked at now.
    """

    def __init__(self, rows: Rows) -> None:
        self._before: dict[str, tuple[Path, FileState]] = {}
        for row in rows:
            with suppress(VideoError):  # left to the model
                if row["video_id"] not in self._before:
                    self._before[row["video_id"]] = Path(row["path"]), file_state(Path(row["path"]))

    def without_changed(self, replies: Mapping[int, str], rows: Rows) -> tuple[dict[int, str], list[Problem]]:
        """Return the replies about videos that are as they were, and a problem for each of the others."""
        problems = [Problem(video_id, str(error)) for video_id, error in self._changed()]
        changed = {problem.video_id for problem in problems}
        kept = {row["row"] for row in rows if row["video_id"] not in changed}
        return {row: text for row, text in replies.items() if row in kept}, problems

    def replaced(self, known: Collection[str]) -> list[Problem]:
        """Return a problem for each video that is not as it was, where every answer is about the file as it is now.

        Args:
            known: videos whose problem is known.
        """
        why = "was replaced or written to during the run, after its windows and labels were read: run again"
        return [
            Problem(video_id, str(VideoError(self._before[video_id][0], why)))
            for video_id, _ in self._changed()
            if video_id not in known
        ]

    def _changed(self) -> Iterator[tuple[str, VideoError]]:
        for video_id, (path, state) in self._before.items():
            try:
                check_unchanged(path, state)
            except VideoError as error:
                yield video_id, error


def record_replies(path: Path, replies: Mapping[int, str], rows: Rows, card: ModelCard) -> None:
    """Write the answer file of a model that records no answers: one of lmms-eval's own, which answers all at once."""
    fingerprint = digest(card.wrapper, card.wrapper_args)
    path.unlink(missing_ok=True)
    with AnswerLog(path) as log:
        log.append(
            AnswerRecord(
                key=digest(fingerprint, row),
                video_id=row["video_id"],
                window=row["window"],
                start_s=row["start_s"],
                end_s=row["end_s"],
                question_id=row["question_id"],
                prompt_hash=digest(row["text"]),
                text=replies[row["row"]],
                choice_logprobs=None,
                seconds=0.0,
                fingerprint=fingerprint,
            )
            for row in rows
            if row["row"] in replies and not is_missing(replies[row["row"]])
        )
