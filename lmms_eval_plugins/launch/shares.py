"""Which videos each of several processes asks about."""

from __future__ import annotations

from collections.abc import Sequence

from lmms_eval_plugins.task.videos import Video


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


def _seconds(video: Video) -> float:
    return video.n_frames / video.fps if video.fps else 0.0
