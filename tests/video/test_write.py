"""Videos written picture by picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lmms_eval_plugins.video.decode import decode_frames
from lmms_eval_plugins.video.picture import conversion_of
from lmms_eval_plugins.video.probe import probe
from lmms_eval_plugins.video.write import VideoWriter
from tests.support.painted import paint


def test_what_is_written_says_how_its_colours_are_meant(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    with VideoWriter(path, 30) as writer:
        for index in range(3):
            writer.add(paint(index))
    assert probe(path).camera.colour == "BT.601, limited range, 8 bit"
    assert conversion_of(path) == ""
    ((_, image),) = decode_frames(path, [2], 30.0)
    assert np.abs(image.astype(int) - paint(2)).mean() < 4
