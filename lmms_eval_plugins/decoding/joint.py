"""Joining of several models' answers about the same windows, as the answers of one model to more questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers

_SAME_TIME_S = 2e-3


def join_answers(runs: Sequence[Sequence[AnsweredVideo[Timeline]]]) -> list[AnsweredVideo[Timeline]]:
    """Return the first run's videos with the answers of all runs; ``motion`` of the second run becomes ``motion#2``.

    Raises:
        UserError: the runs differ in videos or windows.
    """
    others = [{video.video_id: video for video in run} for run in runs[1:]]
    joined = []
    for video in runs[0]:
        same = [own[video.video_id] for own in others if video.video_id in own]
        if len(same) < len(others) or not all(_same_windows(video, other) for other in same):
            raise UserError(
                f"{video.video_id}: the runs are not about the same windows, so they cannot be put together"
            )
        windows = tuple(_joined(group) for group in zip(*(one.windows for one in (video, *same)), strict=True))
        joined.append(replace(video, windows=windows))
    return joined


def joint_question(question: str, run: int) -> str:
    """Return the id of a run's question among the joined ones; runs are numbered from 0."""
    return f"{question}#{run + 1}" if run else question


def _joined(windows: Sequence[WindowAnswers]) -> WindowAnswers:
    first = windows[0]
    return WindowAnswers(
        first.start_s,
        first.end_s,
        {joint_question(q, run): answer for run, window in enumerate(windows) for q, answer in window.answers.items()},
        {joint_question(q, run): odds for run, window in enumerate(windows) for q, odds in window.log_odds.items()},
    )


def _same_windows(one: AnsweredVideo[Timeline], other: AnsweredVideo[Timeline]) -> bool:
    return len(one.windows) == len(other.windows) and all(
        abs(a.start_s - b.start_s) < _SAME_TIME_S for a, b in zip(one.windows, other.windows, strict=True)
    )
