"""Baselines that never look: correct answers and the simplest floors, through the same path as any other model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from random import Random

from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Answerer, Request, RequestReply, Row, WindowReplies
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, Reply, read_answers
from lmms_eval_plugins.runs.hidden.features import check_answers

RowAnswer = Callable[[Row], str | None]
"""Row → reply; None where there is none."""


class PerRow(Answerer):
    """Replies to one row after the other, video by video, without frames.

    Args:
        fingerprint: hash of what the replies depend on beside the row.
        answer_of: the reply to a row.
    """

    def __init__(self, fingerprint: str, answer_of: RowAnswer) -> None:
        self._fingerprint, self._answer_of = fingerprint, answer_of

    @property
    def fingerprint(self) -> str:
        """The hash that was given."""
        return self._fingerprint

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply]]:
        """Answer one video after the other."""
        for _, of_video in groupby(requests, key=lambda request: request.row["video_id"]):
            replies = [
                RequestReply(request, Reply(text))
                for request in of_video
                if (text := self._answer_of(request.row)) is not None
            ]
            if replies:
                yield replies


def true_answer(row: Row) -> str | None:
    """Return what is true at the window's centre; None where the video has no labels.

    A rating that does not offer the item's true score is requested where another question settles it: any will do.
    """
    if not row["target"] and row["label"].isdecimal():
        return any_rating(row)
    return row["target"] or None


def any_rating(row: Row) -> str | None:
    """Return the first rating among the options; None where there is none."""
    return next((option for option in row["options"] if option.isdecimal()), None)


def transport_answer(carrying: str | None) -> RowAnswer:
    """Return a function that answers yes, or transport where labels are the options: the hand carries without end.

    Args:
        carrying: the dataset's label for a hand that moves and holds an object; None where it has none.

    Raises:
        UserError: from the function, where the question has neither answer.
    """

    def carry(row: Row) -> str:
        for answer in ("yes", carrying):
            if answer in row["options"]:
                return str(answer)
        raise UserError(
            f"always_transport has no answer to question {row['question_id']!r}; run it on primitives tasks"
            + " of a dataset with a label that has motion: true, grasp: true" * (carrying is None)
        )

    return carry


def random_answer(seed: int) -> RowAnswer:
    """Return a function that draws one of the allowed answers, or replies to an open question that it cannot tell.

    Of a sequence it draws one word. Every question about every window has its own draw.
    """

    def draw(row: Row) -> str:
        chance = Random(f"{seed}/{row['video_id']}/{row['window']}/{row['question_id']}")
        return chance.choice(row["choices"]) if row["choices"] else "I cannot tell."

    return draw


def repeated_answer(replies: WindowReplies) -> RowAnswer:
    """Return a function that repeats the reply about the same window; None where there is none."""

    def repeat(row: Row) -> str | None:
        return replies.get((row["video_id"], f"{row['start_s']:.3f}", row["question_id"]))

    return repeat


def replies_in(path: Path) -> WindowReplies:
    """Read the replies of a run folder or an answer file.

    Raises:
        UserError: there is no answer file, or it is of a run without answers.
    """
    check_answers(path if path.is_dir() else path.parent)
    file = path / ANSWERS_NAME if path.is_dir() else path
    if not file.is_file():
        raise UserError(f"{file}: no such answer file; give a run folder, or the log of a published run")
    damaged: list[str] = []
    replies = {(r.video_id, f"{r.start_s:.3f}", r.question_id): r.text for r in read_answers(file, damaged=damaged)}
    say_all("warning", damaged)
    return replies
