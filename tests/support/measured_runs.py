"""Run folders of dose tasks with enough labelled patients to measure by, made of made-up patients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord
from tests.support.decoding import make_videos

STAMP = "20250101_000000"


def few_videos(
    patients: int = 5, each: int = 2, n_windows: int = 30, right: float = 0.9
) -> list[AnsweredVideo[Timeline]]:
    """Make short videos of several patients."""
    return make_videos(patients, each, right, n_windows)


def write_dose_run(
    folder: Path, videos: Sequence[AnsweredVideo[Timeline]], model: str = "tiny", task: str = "dose", **more: object
) -> Path:
    """Write a run of two yes/no questions about each window; returns its folder.

    Args:
        folder: of all runs.
        videos: the videos; a window whose answer is None has no reply, an answer that is text is the reply.
        model: the model's name.
        task: the task's.
        more: what else stands in ``run.json``.
    """
    place = folder / task / model / STAMP
    place.mkdir(parents=True)
    questions = [{"id": name, "kind": "yes_no"} for name in ("motion", "grasp")]
    run: dict[str, object] = {
        "task": task,
        "model": model,
        "status": "done",
        "scoring": {"method": "motion_grasp"},
        "reading": "default",
        "questions": questions,
        "videos": [_recorded(video) for video in videos],
        **more,
    }
    (place / "run.json").write_text(json.dumps(run))
    with AnswerLog(place / "answers.jsonl") as log:
        for video in videos:
            for number, window in enumerate(video.windows):
                for question, answer in window.answers.items():
                    if answer is not None:
                        text = answer if isinstance(answer, str) else "yes" if answer else "no"
                        log.append(
                            [
                                AnswerRecord(
                                    "k",
                                    video.video_id,
                                    number,
                                    window.start_s,
                                    window.end_s,
                                    question,
                                    "p",
                                    text,
                                    None,
                                    0.1,
                                    "f",
                                )
                            ]
                        )
    return place


def _recorded(video: AnsweredVideo[Timeline]) -> dict[str, object]:
    return {
        "video_id": video.video_id,
        "patient": video.patient,
        "cohort": video.cohort,
        "activity": video.activity,
        "hand": "left",
        "fps": 60.0,
        "n_frames": round(60 * video.length_s),
        "truth": "" if video.truth is None else video.truth.to_text(),
        "windows": [[window.start_s, window.end_s] for window in video.windows],
        "view": video.view,
        "repetition": video.repetition,
        "date": video.date,
    }
