"""Formats of the replies in a published log: two yes/no answers, one primitive, or a list of them.

The logs do not name theirs, and a task's name does not settle it (a run with a processing wrapper logs finished
primitives under the yes/no task). So it is decided from all replies of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.reading import Policy, is_missing, read
from lmms_eval_plugins.study.logs import LoggedVideo, PublishedLog

SEPARATOR = "<SEP>"
"""Stands between the motion and the grasp reply of a window."""

MOTION = AnswerKind(
    kind="yes_no",
    yes_phrases=("mov*", "reach*", "transport*", "reposition*"),
    no_phrases=("still", "stationary", "at rest", "stopped mov*", "idle"),
)
GRASP = AnswerKind(kind="yes_no", yes_phrases=("hold*", "grasp*", "grip*"), no_phrases=("empty",))
PRIMITIVE = AnswerKind(kind="one_of", options=PRIMITIVES)
SEQUENCE = AnswerKind(kind="sequence_of", options=PRIMITIVES)


@dataclass(frozen=True, slots=True)
class LogFormat:
    """How a log's replies are read: the method, and each question's answer kind in the order of a reply's parts."""

    method: DoseMethod
    kinds: Mapping[str, AnswerKind]

    def answers(self, text: str, policy: Policy) -> dict[str, object]:
        """Return question id → answer, for one window's reply."""
        return {
            question: None if part is None else read(kind, part, policy)
            for (question, kind), part in zip(self.kinds.items(), self.parts(text), strict=True)
        }

    def parts(self, text: str) -> list[str | None]:
        """Return the reply to each question; None for all of them where the reply never came."""
        if is_missing(text):
            return [None] * len(self.kinds)
        parts = [part.strip() for part in text.split(SEPARATOR)] if len(self.kinds) > 1 else [text.strip()]
        parts += [""] * (len(self.kinds) - len(parts))
        return [*parts[: len(self.kinds)]]


PAIRS = LogFormat(DoseMethod(method="motion_grasp"), {"motion": MOTION, "grasp": GRASP})
SINGLES = LogFormat(DoseMethod(method="one_primitive"), {"primitive": PRIMITIVE})
LISTS = LogFormat(DoseMethod(method="sequence"), {"primitives": SEQUENCE})


def format_of(log: PublishedLog) -> LogFormat:
    """Determine the format of a log from all its replies.

    Replies with ``<SEP>`` are pairs of yes/no answers. Otherwise, replies that name primitives are lists if any of
    them names several, and single primitives if none does. Replies that fit neither do not count.

    Raises:
        UserError: no reply fits a format, or some fit one and some another.
    """
    texts = Counter(window.text for video in log.videos for window in video.windows)
    pairs = sum(n for text, n in texts.items() if SEPARATOR in text)
    named = {
        text: len(answer)
        for text in texts
        if SEPARATOR not in text and isinstance(answer := read(SEQUENCE, text, "published"), tuple)
    }
    words = sum(texts[text] for text in named)
    if pairs and words:
        raise UserError(
            f"{log.path}: cannot tell how to read it: {pairs} replies are pairs of yes/no answers,"
            f" {words} are names of primitives"
        )
    if pairs:
        return PAIRS
    if not words:
        example = f", for example {next(iter(texts))[:60]!r}" if texts else ""
        raise UserError(
            f"{log.path}: cannot tell how to read it: no reply is a pair of yes/no answers or names a primitive"
            + example
        )
    return LISTS if max(named.values()) > 1 else SINGLES


class LogReader:
    """The reader of one log's replies, which parses each different reply once."""

    def __init__(self, log_format: LogFormat, policy: Policy) -> None:
        self.format = log_format
        self.policy = policy
        self._answers: dict[str, dict[str, object]] = {}

    def windows(self, video: LoggedVideo) -> list[WindowAnswers]:
        """Return the windows of a video with their answers, read under the policy."""
        answers = self._answers
        for window in video.windows:
            if window.text not in answers:
                answers[window.text] = self.format.answers(window.text, self.policy)
        return [WindowAnswers(window.start_s, window.end_s, answers[window.text]) for window in video.windows]
