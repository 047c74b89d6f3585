"""TODO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmms_eval_plugins.core.secrets import visible_args
from lmms_eval_plugins.execution.plan import TaskPlan
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.shards import Shard, Shards
from lmms_eval_plugins.tasks.videos import Video


def balanced(videos: Sequence[Video], count: int) -> list[tuple[Video, ...]]:
    """The videos in ``count`` shares of about equal length in seconds; none is empty while there are enough videos.

    Longest first, each to the share that is shortest so far; the same videos make the same shares, and those of a share
    keep their order.
    """
    longest_first = sorted(range(len(videos)), key=lambda place: (-_seconds(videos[place]), videos[place].video_id))
    shares: list[list[int]] = [[] for _ in range(count)]
    lengths = [0.0] * count
    for place in longest_first:
        shortest = min(range(count), key=lambda share: (lengths[share], len(shares[share])))
        shares[shortest].append(place)
        lengths[shortest] += _seconds(videos[place])
    return [tuple(videos[place] for place in sorted(share)) for share in shares]


def seconds_of(videos: Sequence[Video]) -> float:
    """Length of some videos together, in seconds."""
    return sum(map(_seconds, videos))


def make_shards(request: RunRequest, model: str, task: TaskPlan, count: int, asked: str) -> Shards:
    """Share a task's videos out; never more shards than videos."""
    about_one = replace(request, models=model, tasks=task.spec.task, model_args=visible_args(request.model_args))
    shares = balanced(task.prepared.videos, max(1, min(count, len(task.prepared.videos))))
    return Shards(
        request=about_one,
        asked=asked,
        shards=tuple(
            Shard(
                videos={
                    video.video_id: len(video.requested_windows) * len(video.questions_of(task.questions))
                    for video in videos
                },
                windows=sum(len(video.requested_windows) for video in videos),
                seconds=round(seconds_of(videos), 3),
            )
            for videos in shares
        ),
    )


def _seconds(video: Video) -> float:
    return video.n_frames / video.fps if video.fps else 0.0
