"""``python -m benchmarks``: one table for each thing measured. Times are of this machine, ratios travel further."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated

import av
import typer

from benchmarks import contestants
from benchmarks.checkpoint import SHAPES, save
from benchmarks.comparison import WINDOW_S, Comparison
from benchmarks.machine import describe_machine
from benchmarks.measure import by_turns, show
from benchmarks.networks import describe_network, in_place, network_of
from benchmarks.probing import measure_probing
from benchmarks.questions import FPS, requests, rows_about, write_video
from benchmarks.teaching import teach
from lmms_eval_plugins.demo.shipped_weights import resolved
from lmms_eval_plugins.machine.environments import interpreter, vllm_environment
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.video.decode import decode_frames, to_rgb

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Shape = Annotated[str, typer.Option("--shape", help="Size of the random network: " + ", ".join(SHAPES) + ".")]
Device = Annotated[str, typer.Option("--device", help="cpu or cuda.")]


@app.command()
def engine(
    shape: Shape = "100m",
    device: Device = "cpu",
    dtype: Annotated[str, typer.Option("--dtype", help="One table for each: float32, bfloat16 or both.")] = "",
    windows: Annotated[int, typer.Option("--windows", min=2)] = 12,
    questions: Annotated[int, typer.Option("--questions", min=1, max=10)] = 2,
    repeats: Annotated[int, typer.Option("--repeats", min=1)] = 3,
    batches: Annotated[str, typer.Option("--batches", help="Windows at once to try for the bound.")] = "1,2,4,8",
    vllm: Annotated[Path | None, typer.Option("--vllm", help="Python of an environment with vLLM.")] = None,
    work: Annotated[Path | None, typer.Option("--work", help="Folder for checkpoint and videos.")] = None,
) -> None:
    """Seconds per window of the engine, vLLM, the published loop, lmms-eval's own model, and the bound."""
    with tempfile.TemporaryDirectory() as temporary:
        sizes = tuple(map(int, batches.split(",")))
        made = vllm_environment()
        python = vllm or (interpreter(made) if made else None)
        comparison = Comparison(shape, device, windows, questions, repeats, sizes, python, work or Path(temporary))
        for one in (dtype or ("float32,bfloat16" if device == "cpu" else "bfloat16")).split(","):
            comparison.run(one)


@app.command()
def hidden(
    shape: Shape = "100m",
    device: Device = "cpu",
    windows: Annotated[int, typer.Option("--windows", min=2)] = 16,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1)] = 32,
    side: Annotated[int, typer.Option("--side", help="Pixels along the side of a frame.")] = 224,
    repeats: Annotated[int, typer.Option("--repeats", min=1)] = 3,
    work: Annotated[Path | None, typer.Option("--work", help="Folder for checkpoint and videos.")] = None,
) -> None:
    """What hidden states, and three further wordings of each of two questions, cost over a plain run."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = work or Path(temporary)
        seconds = windows / 2 * WINDOW_S
        videos = [write_video(folder / f"video{side}-{seed}.mp4", seconds, side, seed) for seed in range(2)]
        on_cpu = device == "cpu"
        checkpoint = save(SHAPES[shape], folder / shape) if on_cpu else folder / "tiny"
        model = network_of(checkpoint, device) if on_cpu else in_place(shape, device, "bfloat16", folder)
        recording = contestants.recording(model, checkpoint)
        rows, worded = rows_about(videos, seconds, 2), rows_about(videos, seconds, 8)
        teach(model, list(contestants.asked_windows(rows)))
        runs = Path(temporary)
        timed = by_turns(
            {
                "plain": partial(contestants.OurEngine(model, batch_size, runs), rows),
                "record=hidden": partial(contestants.OurEngine(recording, batch_size, runs), rows),
                "variants=true": partial(contestants.OurEngine(model, batch_size * 4, runs), worded),
            },
            repeats,
        )
        assert timed["record=hidden"].result == timed["plain"].result
    print(describe_machine(device))
    show(
        f"{describe_network(model)}: {windows} windows of 8 frames of {side} × {side}, 2 questions each",
        timed,
        "plain",
        windows,
        "window",
        {"record=hidden": "< 1.10", "variants=true": "< 1.10"},
    )


@app.command()
def decoding(
    seconds: Annotated[float, typer.Option("--seconds")] = 30.0,
    side: Annotated[int, typer.Option("--side")] = 704,
    repeats: Annotated[int, typer.Option("--repeats", min=1)] = 5,
) -> None:
    """Seconds per frame of our decoding, against one bare pass over the video."""
    with tempfile.TemporaryDirectory() as temporary:
        path = write_video(Path(temporary) / "video.mp4", seconds, side=side)
        wanted = range(0, round(seconds * FPS), 2)

        def bare() -> int:
            with av.open(str(path)) as container:
                container.streams.video[0].thread_type = "AUTO"
                return sum(
                    to_rgb(frame).shape[0] > 0 for i, frame in enumerate(container.decode(video=0)) if i % 2 == 0
                )

        runs = {"decode_frames": lambda: sum(1 for _ in decode_frames(path, wanted, FPS)), "bare pass": bare}
        timed = by_turns(runs, repeats)
    show(
        f"{seconds:.0f} s of {side} × {side}, every second frame",
        timed,
        "decode_frames",
        round(seconds * FPS),
        "frame",
        {"bare pass": "≥ 0.83 (ours ≤ 1.2)"},
    )


@app.command()
def memory(repeats: Annotated[int, typer.Option("--repeats", min=1)] = 3) -> None:
    """Peak memory of a run over 10 and over 200 short videos, in processes of their own, by turns."""
    peaks: dict[int, list[float]] = {10: [], 200: []}
    for _ in range(repeats):
        for count, of_count in peaks.items():
            command = [sys.executable, "-m", "benchmarks", "ask", str(count)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            of_count.append(float(done.stdout.split()[-1]))
    for count, of_count in peaks.items():
        print(f"{count} videos: peak {median(of_count):.0f} MiB ({min(of_count):.0f} to {max(of_count):.0f})")
    print(f"difference of the medians: {median(peaks[200]) - median(peaks[10]):.0f} MiB (target: below 50)")


@app.command()
def probe(
    windows: Annotated[int, typer.Option("--windows", min=90)] = 9064,
    width: Annotated[int, typer.Option("--width", min=1)] = 3584,
    layers: Annotated[int, typer.Option("--layers", min=1)] = 4,
) -> None:
    """Seconds and memory of linear probes of hidden states at the study's size."""
    with tempfile.TemporaryDirectory() as temporary:
        print(measure_probing(Path(temporary) / "run", windows, width, layers))


@app.command(hidden=True)
def ask(count: int) -> None:
    """Ask about some short videos, and print the peak memory in MiB."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = [write_video(folder / f"video{seed}.mp4", 2 * WINDOW_S, seed=seed) for seed in range(count)]
        rows = rows_about(paths, 2 * WINDOW_S, 2)
        model = Recorder(Engine(network_of(str(resolved("shipped:rehab_tiny")), "cpu"), 8))
        model.generate_until(requests(model, rows))
        print(model.speed()["peak_memory_mib"])


if __name__ == "__main__":
    app()
