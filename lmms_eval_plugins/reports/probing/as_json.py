"""What probes read as plain values for JSON; what is not known is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lmms_eval_plugins.reports.probing.report import ProbedRun, ProbeReport
from lmms_eval_plugins.runs.probing.doses import EvidenceScores

_DIGITS = 4


def probe_json(report: ProbeReport) -> dict[str, Any]:
    """Return ``runs``, each with its ``probes`` (rows as in the data frame) and, where there are any, its ``doses``."""
    return {"runs": [_run(run) for run in report.runs]}


def _run(run: ProbedRun) -> dict[str, Any]:
    about = {"run": run.name, "task": run.task, "model": run.model, "control": run.control, "notes": list(run.notes)}
    probes = [_known(row) for row in run.probes.drop(columns="run").to_dict("records")]
    return {**about, "probes": probes, **({"doses": [_doses(one) for one in run.doses]} if run.doses else {})}


def _doses(one: EvidenceScores) -> dict[str, Any]:
    metrics = ("edit_score", "relative_counting_error")
    videos = [
        {"video_id": video.video_id, **{name: round(getattr(video, name), _DIGITS) for name in metrics}}
        for video in one.videos
    ]
    return {"evidence": one.name, "control": one.is_control, "videos": videos}


def _known(row: Mapping[Any, Any]) -> dict[str, Any]:
    plain = {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
    return {
        name: round(value, _DIGITS) if isinstance(value, float) else value
        for name, value in plain.items()
        if value is not None and value == value and not (isinstance(value, float) and math.isnan(value))
    }
