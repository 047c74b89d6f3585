"""``scores.json``: mean and SEM of a run per metric, and every video's own scores."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.launch.rundir import write_json
from lmms_eval_plugins.results.report import DoseRow
from lmms_eval_plugins.results.runs import read_run
from lmms_eval_plugins.results.score import score_run

SCORES_FILE = "scores.json"


def write_scores(folder: Path) -> DoseRow:
    """Score a run folder from its answers, as ``strokerehab score`` does, and write what came out into it."""
    row = score_run(str(folder), read_run(folder))
    summary = {name: {"mean": mean, "sem": sem} for name, (mean, sem) in row.summary.metrics.items()}
    videos = [
        {
            "video_id": score.video_id,
            "patient": score.patient,
            "cohort": score.cohort,
            "activity": score.activity,
            "edit_score": score.edit_score,
            "action_error_rate": score.action_error_rate,
            "relative_counting_error": score.relative_counting_error,
            "count_predicted": dict(score.count_predicted),
            "count_truth": dict(score.count_truth),
            "unreadable": score.n_unreadable,
            "missing": score.n_missing,
        }
        for score in row.scores
    ]
    write_json(folder / SCORES_FILE, {"n": row.summary.n, "metrics": summary, "videos": videos})
    return row
