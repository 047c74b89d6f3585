"""Rows that no model made: what is scored without eyes, and what at best, on the videos of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.dose.baselines import (
    CHUNK_S,
    constant_answers,
    decomposed_answers,
    direct_answers,
    omniscient_answers,
    true_labels,
)
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.summary import video_metrics
from lmms_eval_plugins.assessments.dose.video import VideoScore, predict_timeline, score_video
from lmms_eval_plugins.assessments.reply_counts import reply_columns
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.reports.tables.part import true_timelines
from lmms_eval_plugins.runs.data_frames.columns import typed

MARKOV_DECOMPOSED = "Markov, decomposed"
MARKOV_DIRECT = "Markov, direct"
OMNISCIENT = "omniscient ceiling"
"""The one baseline that knows the truth; the others do not see the video."""

SEED = 20260706

DRAWS = 10
"""How often a chain answers about each video: single draws differ by as much as many models do."""

_PAIRS = DoseMethod(method="motion_grasp")
_SINGLES = DoseMethod(method="one_primitive")
_METRICS = ("edit_score", "action_error_rate", "relative_counting_error", "mae_avg")


@dataclass(frozen=True, slots=True)
class TrueVideo:
    """A video and what is true of it."""

    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    truth: Timeline


def true_videos(scores: pd.DataFrame, timelines: pd.DataFrame) -> list[TrueVideo]:
    """Return the videos of some runs with their truth, each once, in the order of the scores."""
    firsts = scores.drop_duplicates("video_id")[["video_id", "patient", "cohort", "activity"]]
    known = true_timelines(timelines)
    return [
        TrueVideo(video_id, patient, _text(cohort), _text(activity), known[video_id])
        for video_id, patient, cohort, activity in firsts.itertuples(index=False)
    ]


def constant_name(scheme: Scheme) -> str | None:
    """Return what the constant answer is called; None where no label is for a hand that moves and holds an object."""
    return f"always {scheme.carrying}" if scheme.carrying else None


def baseline_answers(
    videos: Sequence[TrueVideo], chunk_s: float = CHUNK_S, seed: int = SEED, scheme: Scheme | None = None
) -> Mapping[str, tuple[DoseMethod, list[list[list[WindowAnswers]]]]]:
    """Return baseline → how it is scored, and its answers about each video, once or in several draws.

    The Markov chains are fitted on the truth of other patients than the one they answer for, and drawn `DRAWS` times
    from a fixed seed; there are none of a single patient. Where a scheme has no label for some motion and grasp, the
    omniscient answers are labels, and no chain is decomposed.
    """
    scheme = scheme or primitives_scheme()
    truths = [video.truth for video in videos]
    answers: dict[str, tuple[DoseMethod, list[list[list[WindowAnswers]]]]] = {}
    if constant := constant_name(scheme):
        answers[constant] = (_SINGLES, [[constant_answers(truth, str(scheme.carrying)) for truth in truths]])
    if len({video.patient for video in videos}) > 1:
        if scheme.follows_rule:
            decomposed = partial(decomposed_answers, scheme=scheme)
            answers[MARKOV_DECOMPOSED] = (_PAIRS, _of_others(videos, decomposed, chunk_s, seed))
        answers[MARKOV_DIRECT] = (_SINGLES, _of_others(videos, direct_answers, chunk_s, seed))
    if scheme.follows_rule:
        answers[OMNISCIENT] = (_PAIRS, [[omniscient_answers(truth, chunk_s, scheme) for truth in truths]])
    else:
        answers[OMNISCIENT] = (_SINGLES, [[true_labels(truth, chunk_s) for truth in truths]])
    return answers


def baseline_rows(
    videos: Sequence[TrueVideo], chunk_s: float = CHUNK_S, seed: int = SEED, scheme: Scheme | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores and predicted timelines of all baselines as data frames, the baseline's name being the run's.

    Edit score and errors of a video are means over the draws; counts and timelines are those of the first draw.
    """
    scheme = scheme or primitives_scheme()
    rows: list[dict[str, object]] = []
    segments: list[dict[str, object]] = []
    for name, (method, draws) in baseline_answers(videos, chunk_s, seed, scheme).items():
        for video, *drawn in zip(videos, *draws, strict=True):
            who: dict[str, object] = {
                "run": name,
                "video_id": video.video_id,
                "patient": video.patient,
                "cohort": video.cohort,
                "activity": video.activity,
            }
            scores = [_score(video, windows, method, scheme) for windows in drawn]
            metrics = [video_metrics(score) for score in scores]
            first = scores[0]
            rows.append(
                who
                | {metric: fmean(one[metric] for one in metrics) for metric in _METRICS}
                | {f"true_{label}": count for label, count in first.count_truth.items()}
                | {f"predicted_{label}": count for label, count in first.count_predicted.items()}
                | {f"mae_{label}": error for label, error in first.mae.items()}
                | reply_columns(ReplyCounts(first.replies.answers, 0, 0))
            )
            segments += [
                who
                | {"source": "predicted", "segment": place, "start_s": s.start_s, "end_s": s.end_s}
                | {"primitive": s.label}
                for place, s in enumerate(predict_timeline(drawn[0], method, scheme).segments)
            ]
    return (
        typed("scores", {key: [row[key] for row in rows] for key in rows[0]} if rows else {}, scheme.names),
        typed("timelines", {key: [row[key] for row in segments] for key in segments[0]} if segments else {}),
    )


def _score(video: TrueVideo, windows: Sequence[WindowAnswers], method: DoseMethod, scheme: Scheme) -> VideoScore:
    return score_video(
        video_id=video.video_id,
        patient=video.patient,
        cohort=video.cohort,
        activity=video.activity,
        truth=video.truth,
        windows=windows,
        method=method,
        scheme=scheme,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _of_others(
    videos: Sequence[TrueVideo],
    sampled: Callable[..., list[list[WindowAnswers]]],
    chunk_s: float,
    seed: int,
) -> list[list[list[WindowAnswers]]]:
    """Return per draw, answers about each video from chains fitted on the videos of all other patients."""
    rng = np.random.default_rng(seed)
    answers: dict[str, list[list[WindowAnswers]]] = {}
    for patient in dict.fromkeys(video.patient for video in videos):
        own = [video for video in videos if video.patient == patient for _ in range(DRAWS)]
        others = [video.truth for video in videos if video.patient != patient]
        for video, drawn in zip(
            own, sampled([video.truth for video in own], rng, chunk_s, fitted_on=others), strict=True
        ):
            answers.setdefault(video.video_id, []).append(drawn)
    return [[answers[video.video_id][draw] for video in videos] for draw in range(DRAWS)]
