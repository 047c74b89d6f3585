"""``python -m benchmarks.check``: seconds of `strokerehab check` for a dataset of the study's size, cold and warm."""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

import av
import numpy as np

from benchmarks.scale import VIDEOS
from lmms_eval_plugins.dataset.check import measuring
from lmms_eval_plugins.dataset.check.dataset import check_dataset
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, write_labels
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, PRIMITIVES
from lmms_eval_plugins.reports.check_page import write_check_page
from lmms_eval_plugins.video.windows import Dense

_RATES = (24, 25, 30, 50, 60)
_SECONDS = 10
_SIDE = 64


def make_dataset(folder: Path, n_videos: int) -> Path:
    """Make a manifest of real small videos of ten seconds, each of its own content, with forty labels each."""
    originals = [_film(folder / f"original_{fps}.mp4", fps) for fps in _RATES]
    trials = []
    for number in range(n_videos):
        fps, original = _RATES[number % len(_RATES)], originals[number % len(_RATES)]
        patient, activity = f"S{number // 115:03}", ACTIVITIES[number % len(ACTIVITIES)]
        path = folder / "videos" / patient / f"{patient}_{activity}{number}_1.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(original, path)
        with path.open("ab") as file:  # a box that readers pass over makes the content its own
            file.write((16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big"))
        own = [(number >> i & 1) / 1000 for i in range(40)]  # milliseconds that no other video's labels have
        marks = [(PRIMITIVES[i % len(PRIMITIVES)], _SECONDS * i / 40 + own[i]) for i in range(40)]
        labels = path.with_suffix(".csv")
        write_labels(labels, LabelledHand("right", Timeline.from_marks(marks, float(_SECONDS))))
        trials.append(
            Trial(
                video_id=path.stem,
                path=path,
                patient=patient,
                activity=activity,
                repetition=number,
                fps=fps,
                n_frames=fps * _SECONDS,
                duration_s=_SECONDS,
                width=_SIDE,
                height=_SIDE,
                labels=labels,
            )
        )
    write_manifest(folder / MANIFEST_NAME, trials)
    return folder


def _film(path: Path, fps: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = _SIDE, _SIDE, "yuv420p"
        for index in range(fps * _SECONDS):
            image = np.full((_SIDE, _SIDE, 3), index % 256, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def main() -> None:
    """Make the dataset, check it without and with what was measured before, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("--videos", type=int, default=VIDEOS)
    parser.add_argument("--folder", type=Path, default=None, help="where to make them [default: a temporary folder]")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as temporary:
        began = time.perf_counter()
        folder = make_dataset(Path(temporary), given.videos)
        print(f"{given.videos:,} videos with labels made in {time.perf_counter() - began:.1f} s")
        for state in ("cold", "warm"):
            measuring._header_probes.cache_clear()
            began, busy = time.perf_counter(), time.process_time()
            found = check_dataset(folder, Dense(fps=15, frames=8))
            seconds, busy_s = time.perf_counter() - began, time.process_time() - busy
            print(f"{state}: checked in {seconds:.1f} s, {busy_s:.1f} s of processor time; {dict(found.kinds)}")
        began = time.perf_counter()
        write_check_page(folder / "check.html", found)
        size = (folder / "check.html").stat().st_size / 1e6
        print(f"page: {size:.1f} MB in {time.perf_counter() - began:.1f} s")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
