"""Measures of the published logs, with the keys that `published.yaml` uses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.dose.detection import JUDGINGS, detection
from lmms_eval_plugins.assessments.dose.windows import frame_accuracy, primitive_confusion, recalls
from lmms_eval_plugins.core.json_files import json_value, parse_json
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, GRASP_PRIMITIVES, MOTION_PRIMITIVES
from lmms_eval_plugins.questions.outcomes import NoAnswer
from lmms_eval_plugins.reports.figures.groups import draw_by_activity, draw_by_cohort
from lmms_eval_plugins.reports.reproduction.evidence import Checkout, MissingPart, Values
from lmms_eval_plugins.reports.reproduction.facts import number
from lmms_eval_plugins.runs.data_frames.load import load_tables
from lmms_eval_plugins.runs.differences.log_arguments import results_beside
from lmms_eval_plugins.statistics.paired import holm
from lmms_eval_plugins.statistics.proportions import two_shares
from lmms_eval_plugins.statistics.summary import mean_sem

HEADLINE = ("edit_score", "action_error_rate", "relative_counting_error")
CONFUSION_ORDER = ("idle", "reach", "transport", "reposition", "stabilize")
_STATES = {"motion": MOTION_PRIMITIVES, "grasp": GRASP_PRIMITIVES}


def dose(checkout: Checkout, log: str) -> Values:
    """Return ``scores``: edit score, AER and RCE with SEMs; ``means``: without SEMs; and videos with a small RCE."""
    scores = headline(checkout.scores(log))
    values = {"scores": scores, "means": scores[::2], "edit score and AER": scores[:3:2]}
    within = [float((checkout.scores(log)["relative_counting_error"] <= limit).sum()) for limit in (0.25, 0.30)]
    return values | {"RCE at most .25": (within[0],), "RCE at most .30": (within[1],)}


def run_time(checkout: Checkout, log: str) -> Values:
    """Return ``run time``: hours and minutes, from lmms-eval's summary beside the log.

    Raises:
        MissingPart: there is no summary, or it has no run time.
    """
    path = Path(checkout.log(log))
    summary = results_beside(path)
    try:
        content = parse_json(summary.read_bytes()) if summary else {}
        minutes = round(float(str(json_value(content, "total_evaluation_time_seconds"))) / 60)
    except (OSError, ValueError, LookupError, TypeError, OverflowError) as error:
        raise MissingPart(f"no summary beside {path.name} gives the run time") from error
    return {"run time": tuple(map(float, divmod(minutes, 60)))}


def by_default_reading(checkout: Checkout, log: str) -> Values:
    """Return ``scores`` under the default reading, and ``motion replies``: those read differently, and all."""
    loaded = load_tables(checkout.log(log), ("scores", "answers"), reading="default")
    answers = checkout_answers(checkout, log)
    motion = answers[answers["question"] == "motion"]
    otherwise = int(((motion["default_value"] != motion["value"]) & motion["default_value"].notna()).sum())
    scores = headline(loaded.tables["scores"])
    return {"scores": scores, "means": scores[::2], "motion replies": (float(otherwise), float(len(motion)))}


def checkout_answers(checkout: Checkout, log: str) -> pd.DataFrame:
    """Return the answers in a log."""
    return load_tables(checkout.log(log), ("answers",)).tables["answers"]


def two_runs(checkout: Checkout, log: str) -> Values:
    """Return the scores of a file of two runs: ``first``, ``last``, and ``mixed`` with the RCE of both."""
    results = checkout.results(log, split_runs=True)
    first, last = (headline(results.scores_of(run)) for run in results.runs["run"])
    mixed = mean_sem([float(value) for value in results.scores["relative_counting_error"]])[0]
    return {
        "first": first[::2],
        "last": last[::2],
        "last with SEM of RCE": (*last[::2], last[5]),
        "mixed": (last[0], last[2], number(mixed)),
    }


def groups(checkout: Checkout, log: str) -> Values:
    """Return RCE and its SEM by activity and cohort."""
    scores = checkout.scores(log)
    tables = draw_by_activity(scores) | draw_by_cohort(scores)
    return {name: _mean_sem(rows["relative_counting_error"]) for name, rows in tables.items()}


def detections(checkout: Checkout, log: str) -> Values:
    """Return F1, TP, FP, FN and windows by state and judging, as ``motion middle``."""
    values: dict[str, tuple[float, ...]] = {}
    for state, labels in _STATES.items():
        for judging in JUDGINGS:
            found = detection(checkout.judged(log), labels, judging)
            values[f"{state} {judging}"] = (number(found.f1), found.tp, found.fp, found.fn)
            values[f"{state} {judging}, windows"] = (number(found.f1), found.n, found.tp, found.fp, found.fn)
            values[f"{state} {judging}, F1"] = (number(found.f1),)
    return values


def accuracies(checkout: Checkout, log: str) -> Values:
    """Return motion, grasp and their bounds by activity and ``overall``; ``windows``: those that count, and all."""
    judged = checkout.judged(log)
    values: dict[str, tuple[float, ...]] = {}
    for name in (*ACTIVITIES, "overall"):
        videos = [video for video in judged if name in (video.activity, "overall")]
        found = [frame_accuracy(videos, labels) for labels in _STATES.values()]
        values[name] = tuple(number(value) for one in found for value in (one.value, one.bound))
        values["windows"] = (found[0].n_windows, sum(len(video.predicted.segments) for video in videos))
    return values


def confusion(checkout: Checkout, log: str) -> Values:
    """Return the primitive confusion: rows ``predicted …``, column sums ``true``, ``recall`` in percent, ``frames``."""
    found = primitive_confusion(checkout.judged(log))
    rows = {
        f"predicted {name}": tuple(float(found[name][true]) for true in CONFUSION_ORDER) for name in CONFUSION_ORDER
    }
    sums = tuple(float(sum(row[place] for row in rows.values())) for place in range(len(CONFUSION_ORDER)))
    recall = recalls(found)
    return rows | {
        "true": sums,
        "frames": (sum(sums),),
        "recall": tuple(100 * number(recall[name]) for name in CONFUSION_ORDER),
    }


def measure_identification(checkout: Checkout, log: str) -> Values:
    """Return accuracies of activities, shares by activity, the diagonal, and tests of controls against patients."""
    scores = checkout.scores(log)
    test = scores[~scores["tuning"].fillna(False)]
    control, stroke = test[~test["stroke"]], test[test["stroke"]]
    values: dict[str, tuple[float, ...]] = {
        "accuracy": _share(test),
        "accuracy, all videos": (float(scores["right"].mean()),),
        "majority": (float(test["truth"].value_counts(normalize=True).iloc[0]),),
        "control": _share(control),
        "stroke": _share(stroke),
        "unreadable": (float(test["answer_state"].isin([one.value for one in NoAnswer]).sum()),),
        "combing as RTT": (
            float(((test["truth"] == "combing") & (test["answer"] == "RTT")).sum()),
            float((test["truth"] == "combing").sum()),
        ),
        "right by activity": tuple(float(test["right"][test["truth"] == name].sum()) for name in ACTIVITIES),
        "videos by activity": tuple(float((test["truth"] == name).sum()) for name in ACTIVITIES),
        "p, controls and patients": (_p(control, stroke),),
    }
    parts = {name: tuple(rows[rows["truth"] == name] for rows in (control, stroke)) for name in ACTIVITIES}
    for name, pair in parts.items():
        values[name] = tuple(float(rows["right"].mean()) for rows in pair)
    raw = [_p(*pair) for pair in parts.values()]
    place = ACTIVITIES.index("combing")
    values["p, combing"] = (raw[place], number(holm(raw)[place]))
    return values


def headline(scores: pd.DataFrame) -> tuple[float, ...]:
    """Return mean and SEM of edit score, AER and RCE over the videos with a reply."""
    answered = scores[scores["n_answers"] > 0]
    return tuple(value for name in HEADLINE for value in _mean_sem(answered[name]))


def _mean_sem(column: Iterable[float]) -> tuple[float, float]:
    mean, sem = mean_sem([float(value) for value in column])
    return number(mean), number(sem)


def _share(rows: pd.DataFrame) -> tuple[float, ...]:
    return float(rows["right"].mean()), float(rows["right"].sum()), float(len(rows))


def _p(first: pd.DataFrame, second: pd.DataFrame) -> float:
    right = (int(first["right"].sum()), int(second["right"].sum()))
    return number(two_shares(right, (len(first), len(second))))
