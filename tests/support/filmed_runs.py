"""Run folders about videos that lie on the disk, as `strokerehab run` leaves them."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, AnswerLog, AnswerRecord
from lmms_eval_plugins.runs.run_file import RunFile, RunQuestion, RunVideo, write_run_file
from lmms_eval_plugins.tasks.prepare import PreparedTask
from lmms_eval_plugins.tasks.task_file import TaskSettings


def write_filmed_run(folder: Path, settings: TaskSettings, prepared: PreparedTask) -> Path:
    """Write a run in which every question that its method puts about a window is answered with no."""
    folder.mkdir(parents=True)
    method = settings.scoring
    assert isinstance(method, DoseMethod)
    videos = tuple(
        RunVideo(
            video_id=video.video_id,
            patient=video.patient,
            hand=video.hand,
            fps=video.fps,
            n_frames=video.n_frames,
            windows=tuple((window.start_s, window.end_s) for window in video.windows),
            poses=tuple(window.pose for window in video.windows if window.pose),
        )
        for video in prepared.videos
    )
    file = RunFile(
        task=folder.parent.name,
        model=folder.name,
        settings=settings.model_dump(mode="json"),
        scoring=method,
        questions=tuple(RunQuestion(id=id, kind="yes_no") for id in method.question_ids),
        videos=videos,
    )
    write_run_file(folder, file)
    with AnswerLog(folder / ANSWERS_NAME) as log:
        for video in prepared.videos:
            for window in video.requested_windows:
                log.append(
                    [
                        AnswerRecord(
                            "k", video.video_id, window.index, window.start_s, window.end_s, id, "p", "no", None, 0, "f"
                        )
                        for id in method.question_ids
                    ]
                )
    return folder
