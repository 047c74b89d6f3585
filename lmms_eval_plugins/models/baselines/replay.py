"""Answers given before, given again."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Row, WindowReplies
from lmms_eval_plugins.models.baselines.simple import RowAnswer
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, read_answers


def repeated_answer(replies: WindowReplies) -> RowAnswer:
    """Return a function that repeats the reply about the same window; None where there is none."""

    def repeat(row: Row) -> str | None:
        return replies.get((row["video_id"], f"{row['start_s']:.3f}", row["question_id"]))

    return repeat


def replies_in(path: Path) -> WindowReplies:
    """Read the replies of a run folder or an answer file.

    Raises:
        UserError: there is no answer file.
    """
    file = path / ANSWERS_NAME if path.is_dir() else path
    if not file.is_file():
        raise UserError(f"{file}: no such answer file; give a run folder, or the log of a published run")
    return {(r.video_id, f"{r.start_s:.3f}", r.question_id): r.text for r in read_answers(file)}
