"""Share the videos of a run out to processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmms_eval_plugins.core.secrets import visible_args
from lmms_eval_plugins.execution.plan import TaskPlan
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.shards import Shard, Shards
from lmms_eval_plugins.tasks.videos import Video


def balanced(videos: Sequence[Video], count: int) -> list[tuple[Video, ...]]:
    """Divide videos into ``count`` shares of about equal length in seconds; none is empty if there are enough videos.

    The longest video comes first, each goes to the share that is shortest so far. The same videos make the same shares,
    and the videos of a share keep their order.
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
    """Return the length of some videos together, in seconds."""
    return sum(map(_seconds, videos))


def make_shards(request: RunRequest, model: str, task: TaskPlan, count: int, requests: str) -> Shards:
    """Divide a task into shards, never more than videos; ``requests`` is the hash of what is put to the model."""
    of_one = replace(
        request,
        models=model,
        tasks=task.spec.task,
        model_args=visible_args(request.model_args),
        wandb_args=visible_args(request.wandb_args),
    )
    shares = balanced(task.prepared.videos, max(1, min(count, len(task.prepared.videos))))
    return Shards(
        request=of_one,
        asked=requests,
        shards=tuple(
            Shard(
                videos={
                    video.video_id: len(video.requested_windows) * video.requests_per_window(task.questions)
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
