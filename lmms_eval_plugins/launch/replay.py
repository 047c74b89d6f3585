"""Answers to give again: from a run folder, or from a published log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lmms_eval_plugins.launch.harness import quiet_imports
from lmms_eval_plugins.launch.plan import TaskPlan
from lmms_eval_plugins.results.formats import SEPARATOR
from lmms_eval_plugins.results.logs import LOG_NAME, read_log


def said_by(path: Path, task: TaskPlan) -> Mapping[tuple[str, str, str], str]:
    """What was said, by video, start of the window and question.

    A published log answers the questions of a task in their order, one part of a reply each.

    Raises:
        UserError: the file is not there, or neither a log nor answers.
    """
    if not LOG_NAME.match(path.name):
        quiet_imports()
        from lmms_eval_plugins.wrappers.replay import said_in

        return said_in(path)
    ids = [question.id for question in task.questions.questions]
    said = {}
    for log in read_log(path):
        for video in log.videos:
            for window in video.windows:
                parts = [part.strip() for part in window.text.split(SEPARATOR)]
                for question_id, part in zip(ids, parts, strict=False):
                    said[video.video_id, f"{window.start_s:.3f}", question_id] = part
    return said
