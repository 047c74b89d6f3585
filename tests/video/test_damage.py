"""Damaged stretches, found by decoding every frame."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.damage import Resized, Stretch, look_at_frames
from tests.support.painted import cut, damage, film
from tests.video.test_probe import UNUSABLE, unusable


@pytest.mark.parametrize(
    ("name", "codec"), [("v.mp4", "libx264"), ("v.mkv", "libx264"), ("v.avi", "mpeg4"), ("v.ts", "libx264")]
)
def test_a_whole_video_has_none(tmp_path: Path, name: str, codec: str) -> None:
    report = look_at_frames(film(tmp_path / name, 90, codec=codec))
    assert (report.n_frames, report.damaged, report.damaged_share, report.resized) == (90, (), 0.0, ())
    assert report.duration_s == pytest.approx(3.0, abs=0.01)


def test_damage_lasts_to_the_next_key_frame(tmp_path: Path) -> None:
    report = look_at_frames(damage(film(tmp_path / "v.avi", 90, codec="mpeg4", options={"g": "15"}), 35))
    assert report.damaged == (Stretch(pytest.approx(35 / 30, abs=0.01), pytest.approx(1.5, abs=0.01)),)  # type: ignore[arg-type]
    assert report.damaged_share == pytest.approx(10 / 90, abs=0.01)


def test_damage_without_a_later_key_frame_lasts_to_the_end(tmp_path: Path) -> None:
    (stretch,) = look_at_frames(damage(film(tmp_path / "v.mkv", 90), 30)).damaged
    assert 0.9 <= stretch.start_s <= 1.1
    assert stretch.end_s == pytest.approx(3.0, abs=0.01)


def test_two_stretches(tmp_path: Path) -> None:
    path = film(tmp_path / "v.avi", 150, codec="mpeg4", options={"g": "10"})
    damage(path, 33)
    damage(path, 104)
    assert [round(one.start_s, 1) for one in look_at_frames(path).damaged] == [1.1, 3.5]


@pytest.mark.parametrize(
    ("name", "codec", "muxer"),
    [("v.mkv", "libx264", {}), ("v.avi", "mpeg4", {}), ("v.mp4", "libx264", {"movflags": "faststart"})],
)
def test_what_is_missing_at_the_end_is_damaged(tmp_path: Path, name: str, codec: str, muxer: dict[str, str]) -> None:
    report = look_at_frames(cut(film(tmp_path / name, 300, codec=codec, muxer=muxer), 0.6))
    assert report.damaged[-1].end_s == pytest.approx(10.0, abs=0.1)
    assert 3.5 < report.damaged[0].start_s < 7
    assert 0.3 < report.damaged_share < 0.65
    assert report.duration_s == pytest.approx(10.0, abs=0.1)


def test_a_change_of_size_is_named_with_its_time(tmp_path: Path) -> None:
    path = tmp_path / "v.ts"
    parts = film(tmp_path / "a.ts", 60), film(tmp_path / "b.ts", 60, size=(128, 64), ticks=range(60, 120))
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert look_at_frames(path).resized == (Resized(pytest.approx(2.0, abs=0.1), 128, 64),)  # type: ignore[arg-type]


@pytest.mark.parametrize(("what", "reason"), UNUSABLE)
def test_unusable_files(tmp_path: Path, what: str, reason: str) -> None:
    with pytest.raises(VideoError, match=reason):
        look_at_frames(unusable(tmp_path, what))
