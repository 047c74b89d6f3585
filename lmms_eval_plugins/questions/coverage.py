"""How many of the requests about a video have replies, and the one rule by which too few leave it out of means.

A video that breaks off, that changes its size, or at which a run was stopped has windows without a reply. A timeline
of what is left says more about the damage than about the model. So such a video enters no mean, whatever is averaged
(scores, tables, figures, what a decoder learns): it is counted and named beside the means. A reply that cannot be read,
or that refuses to answer, is a reply all the same: it is the model's, and counts against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.reading import UNREADABLE

LEAST_ANSWERED_PERCENT = 80
"""The least share of the requests about a video that need replies for it to enter means, in per cent.

Four fifths is what questionnaires and worn sensors commonly ask of a record that counts. Single requests that failed
leave a video in; one that breaks off before its last fifth is out.
"""


class ReplyCounts(NamedTuple):
    """Replies to some requests: those that came, the unreadable among them, and those that never came."""

    answers: int
    unreadable: int
    missing: int

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
    replies = [window.answers.get(question) for window in windows for question in questions]
    missing = sum(reply is None for reply in replies)
    return ReplyCounts(len(replies) - missing, sum(reply is UNREADABLE for reply in replies), missing)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the videos of a run have replies.

    Attributes:
        n: number of videos.
        left_out: ids of those with too few replies to enter means.
        n_partly: number of the others that lack some replies.
        least: the least share of requests with a reply among the others, 0 to 1; 1 where there are none.
    """

    n: int = 0
    left_out: tuple[str, ...] = ()
    n_partly: int = 0
    least: float = 1.0

    @classmethod
    def of(cls, counts: Mapping[str, ReplyCounts]) -> Coverage:
        """Return the coverage of videos by the counts of their replies."""
        kept = [count.share for count in counts.values() if count.suffice]
        return cls(
            n=len(counts),
            left_out=tuple(video for video, count in counts.items() if not count.suffice),
            n_partly=sum(share < 1 for share in kept),
            least=min(kept, default=1.0),
        )

    def __add__(self, other: Coverage) -> Coverage:
        """Return the coverage of the videos of two runs together."""
        return Coverage(
            self.n + other.n,
            (*self.left_out, *other.left_out),
            self.n_partly + other.n_partly,
            min(self.least, other.least),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of means must know: which videos are left out, and which lack some replies."""
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
        return tuple(notes)
