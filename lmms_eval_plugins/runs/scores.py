"""``scores.json``: mean and SEM of a run per metric, and the scores of its videos or items."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo
from lmms_eval_plugins.runs.run import RunOnDisk
from lmms_eval_plugins.runs.score import score_run
from lmms_eval_plugins.runs.scored import ScoredRun

SCORES_FILE = "scores.json"


def write_scores(folder: Path, answers: AnswersByVideo | None = None) -> ScoredRun:
    """Score a run folder from its answers, as ``strokerehab score`` does, and write the scores into it.

    Args:
        folder: the run's folder.
        answers: where its answers lie, if that is known already.
    """
    row = score_run(str(folder), RunOnDisk(folder, answers))
    metrics = {name: {"mean": mean, "sem": sem} for name, (mean, sem) in row.score.metrics.items()}
    write_json(folder / SCORES_FILE, {"n": row.score.n, "metrics": metrics, **row.assessment.details(row.score)})
    return row
