"""Formats of the replies in a published log: two yes/no answers, one primitive, or a list of them.

The logs do not name theirs, and a task's name does not settle it (a run with a processing wrapper logs finished
primitives under the yes/no task). So it is decided from all replies of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.identification.score import (
    IdentificationMethod,
    IdentificationScore,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import NoAnswer
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


TUNING_SUBJECTS = frozenset({"C00015", "C00020"})
"""Subjects on whose videos the study tuned its prompts; their videos are not test videos."""


LOG_METHOD = IdentificationMethod(method="identification", tuning_patients=tuple(sorted(TUNING_SUBJECTS)))
"""How a published log is scored."""


def score_identification_log(log: PublishedLog) -> IdentificationScore:
    """Score a log whose targets are activities; videos without a target are passed over."""
    return score_identification(identified_videos(log), LOG_METHOD)


def identified_videos(log: PublishedLog) -> list[IdentifiedVideo]:
    """Return the videos of a log whose targets are activities, with the activities that the replies name.

    The logs' names of activities ("RTT exercise") become ours ("RTT"). The options are our activities, with whatever
    else occurs as a target. The default reading is used: it agrees with the stored accuracies on every row of the
    published logs. Of patients after a stroke the severity is not known; their cohort is ``stroke``.
    """
    targets = {video.target for video in log.videos if video.target}
    kind = AnswerKind(kind="one_of", options=tuple(dict.fromkeys((*ACTIVITIES, *map(_activity, sorted(targets))))))
    return [
        IdentifiedVideo(
            video_id=video.video_id,
            patient=video.patient,
            cohort="stroke" if video.stroke else "healthy",
            truth=_activity(video.target),
            answer=_answer(kind, video),
        )
        for video in log.videos
        if video.target
    ]


def _activity(target: str) -> str:
    """Return our name for an activity in a log; the log's own name where we have none."""
    plain = target.lower().removesuffix(" exercise")
    return next((activity for activity in ACTIVITIES if activity.lower() == plain), target)


def _answer(kind: AnswerKind, video: LoggedVideo) -> str | NoAnswer | None:
    answer = read(kind, video.windows[0].text) if video.windows else None
    return answer if isinstance(answer, str | NoAnswer) else None
