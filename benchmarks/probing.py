"""Probes at the study's size: how long a synthetic run with hidden states takes to probe, and in how much memory."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.scale import WINDOW_S, answer_lines, run_file
from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.probing.report import probe_report
from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, HiddenLog, HiddenState
from lmms_eval_plugins.runs.probing.frame import probed_frames

PATIENTS, ACTIVITIES = 10, 9
"""Whom the published logs are of, and what each of them does."""

_SHIFT = 0.05
"""By so much of its spread a number of a state is shifted by its window's label."""


def write_run(folder: Path, windows: int, width: int, layers: int) -> int:
    """Write a run of 90 videos of equal length into a folder; returns the number of windows."""
    folder.mkdir(parents=True)
    random = Random(0)
    per_video = round(windows / (PATIENTS * ACTIVITIES))
    ids = [f"P{patient:03d}_activity{activity}" for patient in range(PATIENTS) for activity in range(ACTIVITIES)]
    starts = [round(window * WINDOW_S, 3) for window in range(per_video + 1)]
    file = run_file(0, ids, starts, random)
    file["videos"] = [video | {"activity": video["video_id"].partition("_")[2]} for video in file["videos"]]
    write_json(folder / "run.json", file)
    with (folder / "answers.jsonl").open("w", encoding="utf-8") as answers:
        for id in ids:
            answers.write("".join(answer_lines(0, id, starts, random)))
    _write_states(
        folder,
        {video["video_id"]: Timeline.from_text(video["truth"]) for video in file["videos"]},
        starts,
        width,
        layers,
    )
    return len(ids) * per_video


def _write_states(folder: Path, truths: dict[str, Timeline], starts: list[float], width: int, layers: int) -> None:
    rng = np.random.default_rng(0)
    shifts: dict[str | None, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    common = rng.normal(size=(64, width))
    with HiddenLog(folder) as log:
        for id, truth in truths.items():
            states = []
            for window, start in enumerate(starts[:-1]):
                label = truth.at(start + WINDOW_S / 2)
                shift = shifts.setdefault(label, rng.normal(size=width))
                for layer in range(1, layers + 1):
                    for question in (BEHIND_FRAMES, "motion", "grasp"):
                        noise = rng.normal(size=64) @ common / 8 + rng.normal(size=width)
                        values = (noise + layer * _SHIFT * shift).astype(np.float16)
                        states.append(HiddenState("", id, window, question, layer, values))
            log.append(states)


def measure_probing(folder: Path, windows: int, width: int, layers: int) -> str:
    """Return a line on how long the probes of a synthetic run take, and all that `strokerehab probe` prints of it."""
    n = write_run(folder, windows, width, layers)
    start = time.perf_counter()
    probed_frames(str(folder))
    probed = time.perf_counter() - start
    probe_report([str(folder)])
    whole = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return (
        f"{n:,} windows of {width:,} numbers, {layers} layers at 3 places, {PATIENTS} patients: probes {probed:.0f} s,"
        f" with doses {whole:.0f} s (target: below 180); peak {peak:.1f} GiB (target: below 3)"
    )
