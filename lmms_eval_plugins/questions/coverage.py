"""How many of the requests about a video have replies, and the one rule by which too few leave it out of means.

A video that breaks off, that changes its size, or at which a run was stopped has windows without a reply. A timeline
of what is left says more about the damage than about the model. So such a video enters no mean, whatever is averaged
(scores, tables, figures, what a decoder learns): it is counted and named beside the means.

Nor must silence win. Wherever videos are left out, two more numbers stand beside the mean: the share of the videos that
enter it ("answered"), and the mean in which those left out count as failed (`Entered.with_failed`: edit score 0, action
error rate 1, relative counting error 1, accuracy 0, error of a Fugl-Meyer item 2). Runs are ranked by the latter.

A reply that cannot be read, refuses to answer, contradicts itself, or was cut off is a reply all the same: it is the
model's, and counts against it. The last three are counted, and named beside the means too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.outcomes import CONTRADICTORY, REFUSED, UNREADABLE

LEAST_ANSWERED_PERCENT = 80
"""The least share of the requests about a video that need replies for it to enter means, in per cent.

Four fifths is what questionnaires and worn sensors commonly ask of a record that counts. Single requests that failed
leave a video in; one that breaks off before its last fifth is out.
"""


class ReplyCounts(NamedTuple):
    """Replies to some requests.

    Attributes:
        answers: replies that came, of whatever kind.
        unreadable: those of them that answer nothing.
        missing: replies that never came.
        refused: those that came and refuse to answer.
        contradictory: those that came and contradict themselves.
        cut: those that came and were cut off by the limit of tokens, read or not.
    """

    answers: int
    unreadable: int
    missing: int
    refused: int = 0
    contradictory: int = 0
    cut: int = 0

    def __add__(self, other: object) -> ReplyCounts:
        """Return the counts of two groups of requests together."""
        if not isinstance(other, ReplyCounts):
            return NotImplemented
        return ReplyCounts(*(one + two for one, two in zip(self, other, strict=True)))

    @property
    def without_answer(self) -> int:
        """Replies that came and give no answer: they are unreadable, refuse, or contradict themselves."""
        return self.unreadable + self.refused + self.contradictory

    @property
    def share(self) -> float:
        """The share of the requests that have a reply, 0 to 1; 1 where there was no request."""
        requests = self.answers + self.missing
        return self.answers / requests if requests else 1.0

    @property
    def suffice(self) -> bool:
        """Whether the video enters means."""
        return 100 * self.answers >= LEAST_ANSWERED_PERCENT * (self.answers + self.missing)


def count_replies_to(questions: Sequence[str], windows: Iterable[WindowAnswers]) -> ReplyCounts:
    """Count the replies to some questions about each of some windows; what has no answer there is missing."""
    replies = [(window.answers.get(id), id in window.cut) for window in windows for id in questions]
    outcomes = [answer for answer, _ in replies]
    missing = outcomes.count(None)
    return ReplyCounts(
        answers=len(replies) - missing,
        unreadable=sum(answer is UNREADABLE for answer in outcomes),
        missing=missing,
        refused=sum(answer is REFUSED for answer in outcomes),
        contradictory=sum(answer is CONTRADICTORY for answer in outcomes),
        cut=sum(was_cut and answer is not None for answer, was_cut in replies),
    )


NO_REPLIES = ReplyCounts(0, 0, 0)


class Entered(NamedTuple):
    """How many videos (or clips, or items) with a truth enter a mean, and how many are left out for want of replies."""

    n: int
    n_left_out: int = 0

    @property
    def share(self) -> float | None:
        """The share that enters, 0 to 1; None where there are none."""
        every = self.n + self.n_left_out
        return self.n / every if every else None

    def with_failed(self, mean: float | None, failed: float) -> float | None:
        """Return a mean over those that enter, as if the others had failed; None where there are none.

        Args:
            mean: the mean over those that enter; None where none does.
            failed: the value of one that has failed.

        >>> Entered(1, 2).with_failed(0.9, 0.0)
        0.3
        """
        every = self.n + self.n_left_out
        return (self.n * (mean or 0.0) + self.n_left_out * failed) / every if every else None


@dataclass(frozen=True, slots=True)
class BesideMeans:
    """What stands beside the means of a score where videos are left out of them, by the rule of this module.

    Attributes:
        entered: how many of all videos (or items) enter means.
        with_failed: metric → its mean with those left out counted as failed, the primary one first.
        cell: the primary one of these as a table shows it, and its heading before it.
    """

    entered: Entered
    with_failed: Mapping[str, float | None]
    cell: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the videos of a run have replies.

    Attributes:
        n: number of videos.
        left_out: ids of those with too few replies to enter means.
        n_partly: number of the others that lack some replies.
        least: the least share of requests with a reply among the others, 0 to 1; 1 where there are none.
        replies: the counts of the replies about all of them.
    """

    n: int = 0
    left_out: tuple[str, ...] = ()
    n_partly: int = 0
    least: float = 1.0
    replies: ReplyCounts = NO_REPLIES

    @classmethod
    def of(cls, counts: Mapping[str, ReplyCounts]) -> Coverage:
        """Return the coverage of videos by the counts of their replies."""
        kept = [count.share for count in counts.values() if count.suffice]
        return cls(
            n=len(counts),
            left_out=tuple(video for video, count in counts.items() if not count.suffice),
            n_partly=sum(share < 1 for share in kept),
            least=min(kept, default=1.0),
            replies=sum(counts.values(), NO_REPLIES),
        )

    def __add__(self, other: Coverage) -> Coverage:
        """Return the coverage of the videos of two runs together."""
        return Coverage(
            self.n + other.n,
            (*self.left_out, *other.left_out),
            self.n_partly + other.n_partly,
            min(self.least, other.least),
            self.replies + other.replies,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of means must know: which videos are left out or lack replies, and what replies are not."""
        notes = []
        if self.left_out:
            notes.append(
                f"{len(self.left_out)} of {self.n} videos left out of means: fewer than {LEAST_ANSWERED_PERCENT} % of"
                f" their requests have replies ({listed(self.left_out)})"
            )
        if self.n_partly:
            notes.append(
                f"{self.n_partly} of {self.n} videos averaged although some of their requests have no reply:"
                f" {100 * self.least:.1f} % or more have"
            )
        named = {
            "refused": self.replies.refused,
            "contradictory": self.replies.contradictory,
            "cut off by the token limit": self.replies.cut,
        }
        said = [f"{count:,} {what}" for what, count in named.items() if count]
        if said:
            notes.append(f"of {self.replies.answers:,} replies: {', '.join(said)}")
        return tuple(notes)
