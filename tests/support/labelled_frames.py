"""Tables of runs and answers as of questions with a truth of their own, without any run on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.runs.data_frames.columns import TableName, typed
from lmms_eval_plugins.runs.data_frames.load import LoadedTables

SYNTHETIC = "these are synthetic demo scenes: the numbers say nothing about patients"


class Said(NamedTuple):
    """What a run answered: a word for each window, "?" for a reply without an answer, "" for none; probabilities."""

    run: str
    task: str
    question: str
    kind: str
    truth: Sequence[str]
    values: Sequence[str]
    probabilities: Sequence[Mapping[str, float]] = ()
    baseline: bool = False
    windows_of_video: int = 2
    videos_of_patient: int = 1


def frames_of(*said: Said) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of runs and of answers; windows lie one after the other in the videos of patient after patient."""
    of_runs = {one.run: one for one in said}
    runs = typed(
        "runs",
        {
            "run": list(of_runs),
            "path": [f"runs/{one.task}/{run}" for run, one in of_runs.items()],
            "kind": ["run"] * len(of_runs),
            "task": [one.task for one in of_runs.values()],
            "model": [run.partition("@")[0] for run in of_runs],
            "baseline": [one.baseline for one in of_runs.values()],
            "stamp": ["20260101_000000"] * len(of_runs),
            "method": ["labelled"] * len(of_runs),
            "notes": [SYNTHETIC] * len(of_runs),
        },
    )
    parts = [_answers(one) for one in said]
    return runs, pd.concat(parts, ignore_index=True)


def _answers(one: Said) -> pd.DataFrame:
    n = len(one.truth)
    videos = [place // one.windows_of_video for place in range(n)]
    patients = [f"P{1 + video // one.videos_of_patient:02}" for video in videos]
    windows = [place % one.windows_of_video for place in range(n)]
    read = [value not in ("", "?") for value in one.values]
    recorded: list[Mapping[str, float]] = [*one.probabilities] or [{}] * n
    return typed(
        "answers",
        {
            "run": [one.run] * n,
            "video_id": [f"{patient}_v{video}" for patient, video in zip(patients, videos, strict=True)],
            "patient": patients,
            "cohort": ["mild"] * n,
            "window": windows,
            "start_s": [float(window) for window in windows],
            "end_s": [window + 1.0 for window in windows],
            "question": [one.question] * n,
            "answer_kind": [one.kind] * n,
            "text": [value or None for value in one.values],
            "state": [{"": "missing", "?": "unreadable"}.get(value, "read") for value in one.values],
            "value": [value if known else None for value, known in zip(one.values, read, strict=True)],
            "truth": list(one.truth),
            "right": [value == true for value, true in zip(one.values, one.truth, strict=True)],
            "probabilities": [json.dumps(p) if p else None for p in recorded],
            "p_yes": [p.get("yes") for p in recorded],
        },
    )


def example() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three questions of two tasks, answered by two models and a baseline, about eight patients."""
    rng = np.random.default_rng(7)
    n = 48
    hands = [str(one) for one in rng.choice(["left", "right", "both"], n, p=[0.3, 0.5, 0.2])]
    leans = [str(one) for one in rng.choice(["yes", "no"], n)]
    hard = [str(one) for one in rng.integers(0, 11, n)]
    lifts = [str(one) for one in rng.poisson(3, n)]

    def mostly(truth: Sequence[str], share: float) -> list[str]:
        others = rng.permutation(truth)
        return [true if rng.random() < share else str(other) for true, other in zip(truth, others, strict=True)]

    said = []
    for model, share in (("rehab_tiny", 0.8), ("other_model", 0.5), ("bot", 0.1)):
        hand = mostly(hands, share)
        hand[5] = "?"
        lean = mostly(leans, share)
        p = [float(round(rng.uniform(0.3, 1), 2)) if one == "yes" else float(rng.uniform(0, 0.6)) for one in lean]
        numbers = [str(max(0, int(one) + round(rng.normal(0, 3 - 2 * share)))) for one in hard]
        counts = [str(max(0, int(one) + round(rng.normal(0, 2 - share)))) for one in lifts]
        yes = [{"yes": one, "no": 1 - one} for one in p]
        lean = ["yes" if one >= 0.5 else "no" for one in p]
        said += [
            Said(f"{model}@hands", "strokerehab_which_hand", "hand", "one_of", hands, hand),
            Said(f"{model}@trunk", "trunk", "lean", "yes_no", leans, lean, yes),
            Said(f"{model}@trunk", "trunk", "hard", "score", hard, numbers),
            Said(f"{model}@trunk", "trunk", "lifts", "count", lifts, counts),
        ]
    of_three = (one._replace(windows_of_video=3, videos_of_patient=2, baseline="bot" in one.run) for one in said)
    return frames_of(*of_three)


def loading(frames: tuple[pd.DataFrame, pd.DataFrame]) -> Callable[..., LoadedTables]:
    """What stands in for `load_tables` where these tables are all that there is."""
    runs, answers = frames
    tables: dict[TableName, pd.DataFrame] = {
        "runs": runs,
        "answers": answers,
        "scores": typed("scores", {}),
        "timelines": typed("timelines", {}),
    }
    return lambda *_, **__: LoadedTables(tables, (), dict.fromkeys(runs["run"], primitives_scheme()), {})
