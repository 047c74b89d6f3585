"""Rows of perturbed windows, and rows about videos that hold the very frames which these are to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np

from lmms_eval_plugins.video.decode import Frames, decode_windows
from lmms_eval_plugins.video.perturb import OF_HAND, PERTURBATIONS, perturbed, seed_of
from lmms_eval_plugins.video.windows import Box, Window

Row = dict[str, Any]


def write_frames(path: Path, frames: Frames, fps: int) -> Path:
    """Write frames (frames, height, width, 3) as a video that loses nothing of them."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=fps, options={"level": "3"})
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "bgr0"
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def frames_of(row: Mapping[str, Any]) -> Frames:
    """Decode the frames of a row as they are."""
    window = Window(row["video_id"], row["window"], row["start_s"], row["end_s"], tuple(row["frames"]))
    ((_, frames),) = decode_windows(Path(row["path"]), [window], row["fps"])
    return frames


def perturbed_and_plain(row: Row, other: Row, folder: Path) -> Iterator[tuple[Row, Row]]:
    """Yield a row under every perturbation, each with a row that shows the same frames as they are.

    Args:
        row: of a window of eight frames.
        other: of a window of another patient, for ``swap``.
        folder: for the videos of the second rows.
    """
    for place, how in enumerate(PERTURBATIONS):
        hand = tuple(Box(2 + i, 3, 22 + i, 25) for i in range(len(row["frames"]))) if how in OF_HAND else ()
        shown = {name: other[name] for name in ("path", "fps", "frames")} if how == "swap" else {}
        edges = tuple(edge for box in hand for edge in (box.left, box.top, box.right, box.bottom))
        one = row | shown | {"row": place, "window": place, "perturb": how, "hand_box": edges}
        frames = perturbed(frames_of(one), how, seed=seed_of(one["video_id"], place), hand=hand)
        rate = one["fps"] / (one["frames"][1] - one["frames"][0])
        path = write_frames(folder / f"{how}.mkv", frames, round(rate))
        plain = row | {"video_id": how, "path": str(path), "fps": rate, "frames": tuple(range(len(frames)))}
        assert np.array_equal(frames_of(plain), frames), how
        yield one, plain
