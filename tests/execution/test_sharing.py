from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.execution.sharing import balanced, seconds_of
from lmms_eval_plugins.tasks.videos import Video


def a_video(number: int, n_frames: int) -> Video:
    return Video(f"v{number}", Path("v.mp4"), "P", None, None, None, 30.0, n_frames, ())


lengths = st.lists(st.integers(1, 5000), min_size=1, max_size=40)


@given(lengths, st.integers(1, 12))
def test_every_video_is_in_one_share_and_none_is_much_longer(frames: list[int], count: int) -> None:
    videos = [a_video(number, n) for number, n in enumerate(frames)]
    shares = balanced(videos, count)
    assert len(shares) == count
    assert sorted(v.video_id for share in shares for v in share) == sorted(v.video_id for v in videos)
    assert all(list(share) == sorted(share, key=videos.index) for share in shares)
    seconds = [seconds_of(share) for share in shares]
    assert max(seconds) - min(seconds) <= max(frames) / 30.0 + 1e-9
    if len(videos) >= count:
        assert all(shares)


@given(lengths, st.integers(1, 6))
def test_the_order_of_the_videos_does_not_matter(frames: list[int], count: int) -> None:
    videos = [a_video(number, n) for number, n in enumerate(frames)]
    one, other = balanced(videos, count), balanced(videos[::-1], count)
    assert [{v.video_id for v in share} for share in one] == [{v.video_id for v in share} for share in other]


def test_long_videos_are_spread() -> None:
    videos = [a_video(number, frames) for number, frames in enumerate([900, 100, 800, 100, 100])]
    assert [[v.video_id for v in share] for share in balanced(videos, 2)] == [["v0", "v3"], ["v1", "v2", "v4"]]
