"""The answers about the videos of a task, scored as the task says: dose, identification or Fugl-Meyer assessment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.assessments.dose.summary import METRIC_NAMES, Summary, summarize_dose
from lmms_eval_plugins.assessments.dose.video import VideoScore, score_video
from lmms_eval_plugins.assessments.fugl_meyer.agreement import FUGL_MEYER_METRICS, FuglMeyerScore, score_fugl_meyer
from lmms_eval_plugins.assessments.fugl_meyer.clips import AskedClip, ItemQuestion
from lmms_eval_plugins.assessments.identification.score import (
    IDENTIFICATION_METRICS,
    IdentificationScore,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.assessments.methods import FuglMeyerMethod, IdentificationMethod, Method
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.answers import AnsweredVideo, true_timeline
from lmms_eval_plugins.questions.reading import UNREADABLE


@dataclass(frozen=True, slots=True)
class DoseScore:
    """Scores of a dose task: mean ± SEM over videos, and every video's own."""

    summary: Summary
    videos: tuple[VideoScore, ...]

    @property
    def n(self) -> int:
        """Videos that were averaged."""
        return self.summary.n

    @property
    def metrics(self) -> Mapping[str, tuple[float | None, float | None]]:
        """Name → mean and SEM."""
        return self.summary.metrics


Score = DoseScore | IdentificationScore | FuglMeyerScore


def metric_names(method: Method) -> tuple[str, ...]:
    """The metrics that a method of scoring has."""
    if isinstance(method, IdentificationMethod):
        return IDENTIFICATION_METRICS
    return FUGL_MEYER_METRICS if isinstance(method, FuglMeyerMethod) else METRIC_NAMES


def score_asked(method: Method, videos: Iterable[AnsweredVideo], questions: Sequence[ItemQuestion] = ()) -> Score:
    """Score the answers about all videos of a task whose truth is known.

    Args:
        method: how.
        videos: the videos, of a dose task not held; those without truth are passed over.
        questions: what a Fugl-Meyer task asks; items that no video shows are not part of the score.

    Raises:
        UserError: a truth cannot be read.
    """
    known: Iterable[AnsweredVideo] = (video for video in videos if video.truth)
    if isinstance(method, IdentificationMethod):
        return score_identification([_identified(video, method) for video in known], method)
    if isinstance(method, FuglMeyerMethod):
        known = list(known)
        shown = {question for video in known for question in video.questions}
        return score_fugl_meyer([_clip(video) for video in known], [q for q in questions if q.id in shown])
    scores = tuple(
        score_video(
            video_id=video.video_id,
            patient=video.patient,
            cohort=video.cohort,
            activity=video.activity,
            truth=true_timeline(video),
            windows=video.windows,
            method=method,
            predicted=video.predicted,
        )
        for video in known
    )
    return DoseScore(summarize_dose(scores), scores)


def item_scores_to_text(scores: Mapping[int, int]) -> str:
    """Fugl-Meyer item scores as text, e.g. ``3=2;4=0``."""
    return ";".join(f"{item}={score}" for item, score in sorted(scores.items()))


def item_scores_from_text(text: str) -> dict[int, int]:
    """The reverse of `item_scores_to_text`; ValueError where a part is not ``item=score``."""
    pairs = (part.split("=") for part in text.split(";"))
    return {int(item): int(score) for item, score in pairs}


def _identified(video: AnsweredVideo, method: IdentificationMethod) -> IdentifiedVideo:
    answer = video.windows[0].answers.get(method.activity) if video.windows else None
    said = answer if isinstance(answer, str) or answer is UNREADABLE else None
    return IdentifiedVideo(video.video_id, video.patient, video.cohort, video.truth, said)


def _clip(video: AnsweredVideo) -> AskedClip:
    try:
        truth = item_scores_from_text(video.truth)
    except ValueError as error:
        raise UserError(f"{video.video_id}: the item scores cannot be read ({error})") from error
    return AskedClip(
        video.video_id, video.patient, video.cohort, video.arm or "affected", truth, video.questions, video.windows
    )
