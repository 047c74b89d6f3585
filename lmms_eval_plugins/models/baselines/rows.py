"""Models that never look: the ceiling and the simplest floors, through the same path as any other model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from random import Random

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.recording import RecordingModel, Request, RequestReply
from lmms_eval_plugins.runs.answers import Reply


class _PerVideo(RecordingModel):
    """A model that answers video by video without frames; takes lmms-eval's model arguments and ignores them."""

    def __init__(
        self,
        answers: str | Path | None = None,
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        device: str | None = None,
    ) -> None:
        super().__init__(answers)

    @property
    def fingerprint(self) -> str:
        """Hash of the model's name."""
        return digest(type(self).__name__)

    def reply(self, asks: Sequence[Request]) -> Iterator[list[RequestReply]]:
        """Answer one video after the other."""
        for _, of_video in groupby(asks, key=lambda ask: ask.row["video_id"]):
            replies = [RequestReply(ask, Reply(text)) for ask in of_video if (text := self.say(ask)) is not None]
            if replies:
                yield replies

    def say(self, ask: Request) -> str | None:
        """The answer to one question; None where there is none."""
        raise NotImplementedError


class Omniscient(_PerVideo):
    """Answers from the labels: what is true at the window's centre. The ceiling of a task's windows and rules."""

    def say(self, ask: Request) -> str | None:
        """The row's correct answer; none where the video has no labels.

        A rating that does not offer the item's true score is asked where another question settles it: any will do.
        """
        row = ask.row
        if not row["target"] and row["label"].isdecimal():
            return next((option for option in row["options"] if option.isdecimal()), None)
        return row["target"] or None


class AlwaysTransport(_PerVideo):
    """Says of every window that the hand moves and holds an object: one endless transport."""

    def say(self, ask: Request) -> str:
        """Yes, or transport where primitives are asked for.

        Raises:
            UserError: the question has neither answer.
        """
        options = ask.row["options"]
        for answer in ("yes", "transport"):
            if answer in options:
                return answer
        raise UserError(
            f"always_transport has no answer to question {ask.row['question_id']!r}; run it on primitives tasks"
        )


class Constant(_PerVideo):
    """Gives the same answer to everything.

    Args:
        answer: that answer.
        answers: see `RecordingModel`.
    """

    def __init__(
        self,
        answer: str = "yes",
        answers: str | Path | None = None,
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        device: str | None = None,
    ) -> None:
        super().__init__(answers)
        self._answer = str(answer)

    @property
    def fingerprint(self) -> str:
        """Hash of the answer."""
        return digest("Constant", self._answer)

    def say(self, ask: Request) -> str:
        """The constant answer."""
        return self._answer


class Bot(_PerVideo):
    """Answers at random: any allowed answer is as likely as any other, whatever the video shows.

    Args:
        seed: of the draws; every question about every window has its own, so the order of asking does not matter.
        answers: see `RecordingModel`.
    """

    def __init__(
        self,
        seed: int = 0,
        answers: str | Path | None = None,
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        device: str | None = None,
    ) -> None:
        super().__init__(answers)
        self._seed = seed

    @property
    def fingerprint(self) -> str:
        """Hash of the seed."""
        return digest("Bot", self._seed)

    def say(self, ask: Request) -> str:
        """One of the allowed answers; of a sequence one word, to an open question that it cannot tell."""
        row = ask.row
        draw = Random(f"{self._seed}/{row['video_id']}/{row['window']}/{row['question_id']}")
        return draw.choice(row["choices"]) if row["choices"] else "I cannot tell."
