"""Made-up patients: primitives that follow habits, and answers with a given share of right ones."""

from __future__ import annotations

import numpy as np

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers

WINDOW_S = 8 / 15
QUESTIONS = [("motion", "grasp")]

_CYCLE = ("idle", "reach", "transport", "stabilize", "transport", "reposition")


def make_video(
    patient: str, number: int = 0, right: float = 0.9, n_windows: int = 60, seed: int = 0
) -> AnsweredVideo[Timeline]:
    """Make a patient's video: primitives of 0.5 to 3 s in the order of a task, and a yes/no pair for every window."""
    rng = np.random.default_rng([seed, number, *patient.encode()])
    marks: list[tuple[str, float]] = []
    time_s = 0.0
    while time_s < n_windows * WINDOW_S:
        marks.append((_CYCLE[len(marks) % len(_CYCLE)], round(time_s, 3)))
        time_s += float(rng.uniform(0.5, 3))
    truth = Timeline.from_marks(marks, n_windows * WINDOW_S)
    windows = []
    for place in range(n_windows):
        start_s = place * WINDOW_S
        label = truth.at(start_s + WINDOW_S / 2)
        moves, holds = label in MOTION_PRIMITIVES, label in GRASP_PRIMITIVES
        flips = rng.random(2) > right
        answers = {"motion": moves != bool(flips[0]), "grasp": holds != bool(flips[1])}
        windows.append(WindowAnswers(start_s, start_s + WINDOW_S, answers))
    return AnsweredVideo(
        video_id=f"{patient}_{number}",
        patient=patient,
        cohort=None,
        activity="feeding" if number % 2 else "drinking",
        truth=truth,
        windows=tuple(windows),
    )


def make_videos(
    patients: int = 4, each: int = 2, right: float = 0.9, n_windows: int = 60, seed: int = 0
) -> list[AnsweredVideo[Timeline]]:
    """Make several patients' videos."""
    return [
        make_video(f"P{patient}", number, right, n_windows, seed)
        for patient in range(patients)
        for number in range(each)
    ]
