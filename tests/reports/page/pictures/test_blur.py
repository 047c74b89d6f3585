"""Frames with their heads blurred, and what is said about videos in which none was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.machine import detectors
from lmms_eval_plugins.reports.page.pictures.blur import Blur, head_blur, pictures
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.pose.heads import blurred
from lmms_eval_plugins.video.pose.joints import Floats
from lmms_eval_plugins.video.windows import Box
from tests.support.painted import film


class OneHead:
    """A finder that finds a head in the first so many pictures of a video."""

    def __init__(self, box: tuple[float, float, float, float] = (0, 0, 20, 20), until: int = 1000) -> None:
        self.box, self.until, self.n_started, self._seen = box, until, 0, 0

    def start(self) -> None:
        self.n_started, self._seen = self.n_started + 1, 0

    def heads(self, image: Frames) -> Floats:
        self._seen += 1
        return np.array([self.box] if self._seen <= self.until else [], np.float32).reshape(-1, 4)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return film(tmp_path / "v.mp4", 20, 5)


def test_heads_are_blurred_in_every_frame_and_looked_for_once(video: Path) -> None:
    finder = OneHead((10, 30, 150, 70))
    blur = Blur(finder)
    clear = dict(pictures("v", video, range(20), 5.0, None))
    for _ in range(2):
        for index, frame in pictures("v", video, range(20), 5.0, blur):
            assert (frame == blurred(clear[index], [Box(10, 30, 150, 70)])).all()
            assert index == 0 or (frame != clear[index]).any(), "the first frame is black"
    assert finder.n_started == 1 and blur.remarks == ()


def test_what_a_person_has_to_look_at_is_named(video: Path) -> None:
    never = Blur(OneHead(until=0))
    list(pictures("P01_feeding1_1", video, [0], 5.0, never))
    assert never.remarks == ("no head was found, and nothing is blurred, in P01_feeding1_1: look at them",)
    lost = Blur(OneHead(until=5))
    list(pictures("P01_feeding1_1", video, [0], 5.0, lost))
    assert lost.remarks == ("no head was found in part of P01_feeding1_1 (25 %): look at them",)


def test_without_the_environment_it_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(detectors, "_has", lambda python, module: False)
    with (
        pytest.raises(
            UserError, match=r"--blur-faces: mediapipe is not installed: bash setup_envs.sh strokerehab_pose"
        ),
        head_blur(),
    ):
        pass
