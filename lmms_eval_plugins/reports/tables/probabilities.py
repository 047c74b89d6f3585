"""Motion and grasp answers with probabilities: ranking, honesty, and the scores after a threshold of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.video import score_video
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.reports.tables.part import Part, TrueVideo, true_videos
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    mean_cell,
    plain_value,
    ratio_cell,
)
from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.probabilities import auc_interval, calibration, leave_one_out_thresholds, roc_auc

_METHOD = DoseMethod(method="motion_grasp")
_YES_NO = {"yes": True, "no": False}
_QUESTIONS = (_METHOD.motion, _METHOD.grasp)


def probabilities_table(name: str, parts: Sequence[Part], answers: pd.DataFrame, ci: bool) -> Table:
    """Make the table of threshold-free measures of motion and grasp, and of dose after fitted thresholds.

    The thresholds of a patient's answers are fitted on the other patients.
    """
    sections = []
    for part in parts:
        videos = {video.video_id: video for video in true_videos(part.scores, part.timelines)}
        rows = []
        for run in part.runs:
            kept = set(part.answered(run)["video_id"])
            known = {name: video for name, video in videos.items() if name in kept}
            answers_of_run = with_truth(answers[answers["run"] == run], known, part.scheme)
            if not answers_of_run.dropna(subset=["true", "p_yes"]).empty:
                rows.append(TableRow((part.labels[run], *_cells(answers_of_run, known, part.scheme, ci))))
        sections.append(TableSection(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(f"AUC {question}", 3, "high") for question in _QUESTIONS),
        *(Column(f"{what} {question}", 3, "low") for what in ("Brier", "ECE") for question in _QUESTIONS),
        Column("ES, fitted", 2, "high"),
        Column("RCE, fitted", 2, "low"),
    )
    notes = (
        "AUC: area under the ROC curve of the probability of yes, against the truth at the middle of each window.",
        "Brier: mean squared error of the probability; ECE: expected calibration error (ten bins).",
        "Fitted: after thresholds of yes that were best (balanced accuracy) on all other patients; answers without"
        " a probability stay as they are.",
        *(INTERVALS,) * ci,
    )
    return Table(f"{name}_probabilities", "Probabilities of motion and grasp", columns, tuple(sections), notes)


def with_truth(answers: pd.DataFrame, videos: Mapping[str, TrueVideo], scheme: Scheme) -> pd.DataFrame:
    """Return the answers about motion and grasp, with the truth at the middle of their window.

    The truth is the column ``true``, missing before a first label and after the last one.
    """
    kept = answers[answers["question"].isin(list(_QUESTIONS)) & answers["video_id"].isin(list(videos))]
    labels = [
        videos[video_id].truth.at((start_s + end_s) / 2)
        for video_id, start_s, end_s in kept[["video_id", "start_s", "end_s"]].itertuples(index=False)
    ]
    true_of = {_METHOD.motion: scheme.motion, _METHOD.grasp: scheme.grasp}
    true = [
        None if label is None else label in true_of[question]
        for label, question in zip(labels, kept["question"], strict=True)
    ]
    answers_of_run: pd.DataFrame = kept.assign(true=pd.array(true, dtype="boolean"))
    return answers_of_run


def _cells(answers_of_run: pd.DataFrame, videos: Mapping[str, TrueVideo], scheme: Scheme, ci: bool) -> list[Cell]:
    known = answers_of_run.dropna(subset=["true", "p_yes"])
    areas: list[Cell] = []
    distances: list[Cell] = []
    honesty: list[Cell] = []
    for question in _QUESTIONS:
        own = known[known["question"] == question]
        p, true, patients = own["p_yes"].to_numpy(), own["true"].to_numpy(dtype=bool), list(own["patient"])
        area = auc_interval(p, true, patients) if ci else Interval(roc_auc(p, true), None, None, len(p), 0)
        areas.append(None if area.value is None else Value(area.value, None, area.low, area.high))
        distances.append(ratio_cell(list((p - true) ** 2), [1.0] * len(p), patients, ci))
        found = calibration(p, true)
        honesty.append(plain_value(found.expected_error if found else None))
    fitted = _after_thresholds(answers_of_run, videos, scheme, ci) if scheme.follows_rule else [None, None]
    return [*areas, *distances, *honesty, *fitted]


def _after_thresholds(
    answers_of_run: pd.DataFrame, videos: Mapping[str, TrueVideo], scheme: Scheme, ci: bool
) -> list[Cell]:
    """Score dose after each patient's answers were cut at thresholds that are best for the other patients."""
    parts = []
    for question in _QUESTIONS:
        own = answers_of_run[answers_of_run["question"] == question]
        known = own.dropna(subset=["true", "p_yes"])
        limits = leave_one_out_thresholds(
            known["p_yes"].to_numpy(), known["true"].to_numpy(dtype=bool), list(known["patient"])
        )
        cuts = np.array([limits.get(patient, 0.5) for patient in own["patient"]])
        by_cut = pd.Series(np.where(own["p_yes"] >= cuts, "yes", "no"), index=own.index)
        parts.append(own.assign(value=by_cut.where(own["p_yes"].notna(), own["value"])))
    windows: dict[str, dict[tuple[float, float], dict[str, object]]] = {}
    columns = pd.concat(parts)[["video_id", "start_s", "end_s", "question", "value"]]
    for video_id, start_s, end_s, question, value in columns.itertuples(index=False):
        windows.setdefault(video_id, {}).setdefault((start_s, end_s), {})[question] = _YES_NO.get(value)
    scores = [
        score_video(
            video_id=video_id,
            patient=videos[video_id].patient,
            cohort=videos[video_id].cohort,
            activity=videos[video_id].activity,
            truth=videos[video_id].truth,
            windows=[WindowAnswers(*times, answers) for times, answers in own.items()],
            method=_METHOD,
            scheme=scheme,
        )
        for video_id, own in windows.items()
    ]
    patients = pd.Series([score.patient for score in scores])
    values = (
        pd.Series([score.edit_score for score in scores], dtype=float),
        pd.Series([score.relative_counting_error for score in scores], dtype=float),
    )
    return [mean_cell(one, patients, ci) for one in values]
