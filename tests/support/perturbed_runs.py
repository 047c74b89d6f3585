"""Run folders of one model on the same windows, as they are and perturbed, with probabilities that follow a recipe."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord

COHORTS = ("mild", "severe")
ACTIVITIES = ("feeding", "shelf")
N_WINDOWS = 8
LABELS = primitives_scheme().names
MOTION, GRASP = {"reach", "reposition", "transport"}, {"transport", "stabilize"}

Sees = Callable[[np.random.Generator, bool, str, str], float | None]
"""Chance, whether yes is true, the question, the cohort → p(yes); None answers by the word alone, as nan not at all."""


def seeing(share: float) -> Sees:
    """See the truth in this share of the windows, and guess in the others."""
    return lambda rng, true, *_: probability(share, rng, true)


def probability(share: float, rng: np.random.Generator, true: bool) -> float:
    """The probability of yes about a window that is seen in this share of the cases."""
    guess, near = float(rng.uniform(0.1, 0.9)), float(rng.uniform(-0.04, 0.04))
    return (0.95 if true else 0.05) + near if rng.random() < share else guess


def write_perturbed(
    folder: Path,
    recipes: Mapping[str, Sees],
    *,
    model: str = "tiny",
    patients: int = 8,
    settings: Mapping[str, object] = MappingProxyType({}),
    videos: str = "",
    stamp: int = 0,
    **more: object,
) -> list[Path]:
    """Write a run of `motion_grasp` for each perturbation ("" is as is); of every patient a video of each activity.

    Args:
        folder: where to.
        recipes: perturbation → what of its windows is seen.
        model: whose they are.
        patients: number of patients, by turns mild and severe.
        settings: further settings of the task.
        videos: what names of videos begin with.
        stamp: the number of the first run.
        more: further fields of ``run.json``.
    """
    made = []
    for number, (how, sees) in enumerate(recipes.items(), start=stamp):
        place = folder / "strokerehab_primitives_3" / model / f"20260101_{number:06}"
        place.mkdir(parents=True)
        answers, described = _answered(sees, patients, videos, number)
        run = {
            "task": "strokerehab_primitives_3",
            "model": model,
            "status": "finished",
            "reading": "default",
            "scoring": {"method": "motion_grasp"},
            "questions": [{"id": name, "kind": "yes_no", "truth": name} for name in ("motion", "grasp")],
            "videos": described,
            "settings": {**settings, **({"perturb": how} if how else {})},
            "sampling": {"strategy": "dense", "fps": 4.0, "frames": 4, "overlap": 0},
            **more,
        }
        (place / "run.json").write_text(json.dumps(run))
        with AnswerLog(place / "answers.jsonl") as log:
            log.append(answers)
        made.append(place)
    return made


def _answered(
    sees: Sees, patients: int, start: str, number: int
) -> tuple[Sequence[AnswerRecord], Sequence[Mapping[str, object]]]:
    truths, rng = np.random.default_rng(5), np.random.default_rng(100 + number)
    answers, described = [], []
    for patient in range(patients):
        for activity in ACTIVITIES:
            cohort = COHORTS[patient % len(COHORTS)]
            labels = [str(one) for one in truths.choice(LABELS, N_WINDOWS)]
            name = f"{start}P{patient:02}_{activity}1_1"
            described.append(
                {
                    "video_id": name,
                    "patient": f"P{patient:02}",
                    "cohort": cohort,
                    "activity": activity,
                    "hand": "left",
                    "fps": 4.0,
                    "n_frames": 4 * N_WINDOWS,
                    "truth": ";".join(f"{label}@{second}.000" for second, label in enumerate([*labels, labels[-1]])),
                    "windows": [[second, second + 1] for second in range(N_WINDOWS)],
                }
            )
            for second, label in enumerate(labels):
                for question, yes in (("motion", MOTION), ("grasp", GRASP)):
                    p = sees(rng, label in yes, question, cohort)
                    if p is not None and math.isnan(p):
                        continue
                    logs = None if p is None else {"yes": math.log(p), "no": math.log(1 - p)}
                    said = "yes" if (label in yes if p is None else p > 0.5) else "no"
                    where = (name, second, float(second), second + 1.0, question)
                    answers.append(AnswerRecord("k", *where, "p", said, logs, 0.1, "f"))
    return answers, described
