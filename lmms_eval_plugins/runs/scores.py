"""``scores.json``: mean and SEM of a run per metric, and what every video or item came to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lmms_eval_plugins.assessments.assess import DoseScore, Score
from lmms_eval_plugins.assessments.identification.score import IdentificationScore
from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo
from lmms_eval_plugins.runs.run import RunOnDisk
from lmms_eval_plugins.runs.score import score_run
from lmms_eval_plugins.runs.scored import ScoredRun

SCORES_FILE = "scores.json"


def write_scores(folder: Path, answers: AnswersByVideo | None = None) -> ScoredRun:
    """Score a run folder from its answers, as ``strokerehab score`` does, and write what came out into it.

    Args:
        folder: the run's folder.
        answers: where its answers lie, if that is known already.
    """
    row = score_run(str(folder), RunOnDisk(folder, answers))
    metrics = {name: {"mean": mean, "sem": sem} for name, (mean, sem) in row.score.metrics.items()}
    write_json(folder / SCORES_FILE, {"n": row.score.n, "metrics": metrics, **_details(row.score)})
    return row


def _details(score: Score) -> dict[str, Any]:
    if isinstance(score, DoseScore):
        return {
            "videos": [
                {
                    "video_id": video.video_id,
                    "patient": video.patient,
                    "cohort": video.cohort,
                    "activity": video.activity,
                    "edit_score": video.edit_score,
                    "action_error_rate": video.action_error_rate,
                    "relative_counting_error": video.relative_counting_error,
                    "count_predicted": dict(video.count_predicted),
                    "count_truth": dict(video.count_truth),
                    "unreadable": video.n_unreadable,
                    "missing": video.n_missing,
                }
                for video in score.videos
            ]
        }
    if isinstance(score, IdentificationScore):
        return {
            "confusion": {truth: dict(said) for truth, said in score.confusion.items()},
            "n_test": score.n_test,
        }
    return {
        "items": [
            {
                "patient": result.patient,
                "cohort": result.cohort,
                "item": result.item,
                "truth": result.truth,
                "predicted": result.predicted,
                "state": result.state,
            }
            for result in score.items
        ]
    }
