"""The study at scale: what all videos times all models come to, and how long their answers take to merge.

python -m benchmarks.scale paper                        what docs/scale.md has about 5,775 videos x 20 models
python -m benchmarks.scale fleet                        the same on a cluster, model by model and engine by engine
python -m benchmarks.scale merge --answers 10000000     makes answers, merges them, prints how long that took
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fleet import fleet
from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.execution.slurm.jobs import BYTES_PER_ANSWER
from lmms_eval_plugins.models.cards import STUDY_QUESTIONS, ModelCard, all_cards
from lmms_eval_plugins.runs.merge import merge_run
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.shards import Shard, Shards, ShardState, answer_file, write_shards, write_state

VIDEOS, MODELS = 5775, 20
VIDEO_HOURS = 77.8
"""Of all of the study's videos, by its metadata."""

WINDOW_S = 8 / 15
MBIT_PER_S = 8
"""Assumed: files of 704 x 1088 pixels and 60 frames a second, as cameras write them."""

WINDOWS = round(VIDEO_HOURS * 3600 / WINDOW_S)
SHARDS = 8
_OPTIONS = ("reach", "reposition", "transport", "stabilize", "idle")


@dataclass(frozen=True)
class Made:
    """A synthetic run: its folder, answers, and bytes of answers."""

    folder: Path
    answers: int
    n_bytes: int


def make_run(base: Path, number: int, videos: int, windows: int, seed: int = 0) -> Made:
    """A run of a dose task whose shards are answered and not merged."""
    folder = base / "strokerehab_primitives_3" / f"model_{number}" / "20260101_000000"
    folder.mkdir(parents=True)
    random = Random(seed + number)
    ids = [f"P{i // 60:03d}_activity{i % 15}_{i % 4}_{i}" for i in range(videos)]
    starts = [round(window * WINDOW_S, 3) for window in range(windows + 1)]
    write_json(folder / "run.json", run_file(number, ids, starts, random))
    shards, n_bytes = [], 0
    for shard in range(SHARDS):
        own = ids[shard::SHARDS]
        with answer_file(folder, shard).open("w", encoding="utf-8") as file:
            for video in own:
                n_bytes += file.write("".join(answer_lines(number, video, starts, random)))
        seconds = len(own) * windows * WINDOW_S
        count = len(own) * windows
        shards.append(Shard(videos=dict.fromkeys(own, 2 * windows), windows=count, seconds=seconds))
    request = RunRequest(f"model_{number}", "strokerehab_primitives_3", "", base, base)
    write_shards(folder, Shards(request=request, asked="", shards=tuple(shards)))
    for shard in range(SHARDS):
        write_state(folder, shard, ShardState(), state="done")
    return Made(folder, 2 * videos * windows, n_bytes)


def run_file(number: int, ids: list[str], starts: list[float], random: Random) -> dict[str, Any]:
    """What a run of some videos of equal windows records of itself, before it starts."""
    windows = [list(pair) for pair in pairwise(starts)]
    return {
        "task": "strokerehab_primitives_3",
        "model": f"model_{number}",
        "kind": "model",
        "scoring": {"method": "motion_grasp", "motion": "motion", "grasp": "grasp", "horizon_s": 2.0},
        "reading": "default",
        "questions": [{"id": id, "kind": "yes_no"} for id in ("motion", "grasp")],
        "videos": [
            {
                "video_id": id,
                "patient": id.partition("_")[0],
                "cohort": "mild",
                "activity": "feeding",
                "truth": _truth(starts[-1], random),
                "windows": windows,
            }
            for id in ids
        ],
        "status": "submitted",
    }


def _truth(end_s: float, random: Random) -> str:
    marks, at, last = [], 0.0, ""
    while at < end_s:
        last = random.choice([option for option in _OPTIONS if option != last])
        marks.append((last, round(at, 2)))
        at += random.uniform(0.3, 1.5)
    return Timeline.from_marks(marks, end_s).to_text()


def answer_lines(number: int, video: str, starts: list[float], random: Random) -> list[str]:
    """The lines of a video's answers: yes or no to two questions about each window."""
    lines = []
    for window, start in enumerate(starts[:-1]):
        for question in ("motion", "grasp"):
            yes = random.random() < 0.6
            p, q = (-0.1 - random.random() / 10, -2.3 - random.random()) if yes else (-2.3 - random.random(), -0.15)
            record = {
                "key": f"{random.getrandbits(128):032x}",
                "video_id": video,
                "window": window,
                "start_s": start,
                "end_s": starts[window + 1],
                "question_id": question,
                "prompt_hash": f"{number:032x}",
                "text": "Yes" if yes else "No",
                "choice_logprobs": {"yes": p, "no": q},
                "seconds": 0.012345,
                "fingerprint": f"{number:032x}",
            }
            lines.append(json.dumps(record) + "\n")
    return lines


def cards_with_rate() -> list[ModelCard]:
    """The models of which the study gives the hours of a job."""
    return [card for card in all_cards([shipped("models")]) if card.study.hours]


def paper() -> list[str]:
    """The size of the study, line by line: motion and grasp in every window of every video, by every model."""
    questions = 2 * WINDOWS
    cards = cards_with_rate()
    gpu_hours = [(card.study.hours or 0.0) * card.gpus * questions / STUDY_QUESTIONS for card in cards]
    answers = questions * MODELS
    read_gb = VIDEO_HOURS * 3600 * MBIT_PER_S / 8 / 1000
    return [
        f"videos                                    {VIDEOS:,} ({VIDEO_HOURS} h, {WINDOW_S:.3f} s a window)",
        f"windows, questions of a model             {WINDOWS:,}, {questions:,}",
        f"questions of {MODELS} models                    {answers:,}",
        f"GPU-hours of the {len(cards)} models with a rate     {sum(gpu_hours):,.0f} at the study's rates",
        f"  the fastest and the slowest of them     {min(gpu_hours):,.0f} and {max(gpu_hours):,.0f}",
        f"bytes read by a model                     {read_gb:,.0f} GB at {MBIT_PER_S} Mbit/s",
        f"answers on disk, of a model               {questions * BYTES_PER_ANSWER / 1e9:.2f} GB, half of it the store",
        f"answers on disk, of {MODELS} models             {answers * BYTES_PER_ANSWER / 1e9:.1f} GB",
    ]


def merge_all(folders: list[Path], processes: int) -> tuple[float, float, float]:
    """Merge runs; seconds, processors' seconds, and the peak memory of all processes together in GB."""
    began = time.perf_counter()
    if processes == 1:
        merged = [_merged(folder) for folder in folders]
    else:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            merged = list(pool.map(_merged, folders))
    peaks = sorted(peak for peak, _ in merged)
    return time.perf_counter() - began, sum(busy for _, busy in merged), sum(peaks[-processes:])


def _merged(folder: Path) -> tuple[float, float]:
    """Merge a run; the peak memory of this process so far in GB, and the processor's seconds that it took."""
    began = time.process_time()
    merge_run(folder)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, time.process_time() - began


def main() -> None:
    """Run a part of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("part", choices=("paper", "fleet", "merge"))
    parser.add_argument("--answers", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=9, help="runs that the answers belong to")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None, help="where to make them [default: a temporary folder]")
    given = parser.parse_args()
    if given.part != "merge":
        print(*(paper() if given.part == "paper" else fleet(cards_with_rate(), WINDOWS)), sep="\n")
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        windows = max(1, -(-given.answers // (2 * VIDEOS * given.runs)))
        made = [make_run(Path(folder), number, VIDEOS, windows) for number in range(given.runs)]
        seconds, busy_s, peak_gb = merge_all([one.folder for one in made], given.processes)
    answers, n_bytes = sum(one.answers for one in made), sum(one.n_bytes for one in made)
    print(f"{answers:,} answers in {given.runs} runs of {SHARDS} shards, {n_bytes / 1e9:.2f} GB:")
    message = f"merged and scored in {seconds:.0f} s by {given.processes} processes, {busy_s:.0f} s of processor time"
    print(f"{message}, peak memory {peak_gb:.2f} GB")


if __name__ == "__main__":
    main()
