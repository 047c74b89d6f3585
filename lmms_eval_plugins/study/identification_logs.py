"""Scores of a published activity identification log: which of nine activities a video shows."""

from __future__ import annotations

from lmms_eval_plugins.assessments.identification.score import (
    IdentificationMethod,
    IdentificationScore,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.reading import Unreadable, read
from lmms_eval_plugins.study.logs import LoggedVideo, PublishedLog

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


def _answer(kind: AnswerKind, video: LoggedVideo) -> str | Unreadable | None:
    answer = read(kind, video.windows[0].text) if video.windows else None
    return answer if isinstance(answer, str | Unreadable) else None
