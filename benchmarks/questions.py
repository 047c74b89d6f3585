"""Videos and questions to measure with: many questions about short windows, as the tasks ask them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
from lmms_eval.api.model import lmms

from benchmarks.loops import MAX_NEW_TOKENS
from benchmarks.wordings import questions
from lmms_eval_plugins.models.answering import Row
from lmms_eval_plugins.tasks.rows import RequestRow, messages_of
from lmms_eval_plugins.video.windows import Dense, windows

FPS = 30
SAMPLING = Dense(fps=15, frames=8)
GENERATION = {"max_new_tokens": MAX_NEW_TOKENS, "temperature": 0, "do_sample": False}


def write_video(path: Path, seconds: float, side: int = 224, seed: int = 0) -> Path:
    """A square video of moving stripes, different for every seed, in another colour every half second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    picture = draw.integers(0, 128, (side // 8, 2 * side // 8, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = side, side, "yuv420p"
        for i in range(round(seconds * FPS)):
            if i % (FPS // 2) == 0:
                colour = draw.integers(0, 128, 3, dtype=np.uint8)
            frame = np.ascontiguousarray(picture[:, i % side : i % side + side]) + colour
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def rows_about(paths: Sequence[Path], seconds: float, n_questions: int) -> list[dict[str, Any]]:
    """Rows of yes/no questions about every full window of some videos.

    Args:
        paths: the videos.
        seconds: their length.
        n_questions: about each window, ten at most.
    """
    rows: list[dict[str, Any]] = []
    for path in paths:
        for window in windows(round(seconds * FPS), FPS, SAMPLING, path.stem):
            if len(window.frames) < SAMPLING.frames:
                continue
            for number, text in enumerate(questions(n_questions)):
                row = RequestRow(
                    row=len(rows),
                    video_id=path.stem,
                    patient="B01",
                    cohort="",
                    activity="",
                    hand="left",
                    path=str(path),
                    fps=FPS,
                    window=window.index,
                    start_s=window.start_s,
                    end_s=window.end_s,
                    frames=window.frames,
                    box=(),
                    question_id=f"q{number}",
                    text=text,
                    options=("yes", "no"),
                    choices=("yes", "no"),
                    label="",
                    target="",
                )
                rows.append(row.as_dict())
    return rows


def requests(model: lmms, rows: Sequence[Row]) -> list[SimpleNamespace]:
    """Return the rows as lmms-eval hands them to a model."""
    model.task_dict["benchmark"] = {"test": rows}
    return [
        SimpleNamespace(args=("", messages_of, dict(GENERATION), number, "benchmark", "test"))
        for number in range(len(rows))
    ]
