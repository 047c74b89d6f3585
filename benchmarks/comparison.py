"""The engine beside its references, in one dtype: all of them are asked the same, by turns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.checkpoint import SHAPES, save
from benchmarks.contestants import OurEngine, StockModel, asked_windows, network_in_vllm
from benchmarks.loops import AskedWindow, bound, one_by_one, published_loop, ready_batches
from benchmarks.machine import describe_machine
from benchmarks.measure import Timed, by_turns, show
from benchmarks.networks import as_published, describe_network, in_place, network_of
from benchmarks.questions import FPS, rows_about, write_video
from benchmarks.teaching import check_mixed, teach
from benchmarks.vllm_offline import VllmOffline
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.record import describe_speed
from lmms_eval_plugins.models.engine.checkpoint import DTYPES, LoadedCheckpoint
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.runs.run_file import Speed

WINDOW_S = 16 / FPS

ENGINE, STOCK = "engine", "lmms-eval's qwen2_5_vl"
ONE_BY_ONE, LOOP = "one generate per question", "published loop"
OURS_IN_VLLM = "engine=vllm"
COMPILED, EAGER = "vLLM offline, compiled", "vLLM offline, eager"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is asked of whom.

    Attributes:
        shape: size of the random network.
        device: where networks run; who can only load a checkpoint takes part on ``cpu`` alone.
        windows: of all videos together.
        questions: about each window.
        repeats: runs of each contestant that count.
        batches: windows at once to try for the bound; the engine takes the fastest.
        vllm: the interpreter of an environment with vLLM, or None.
        folder: for checkpoint and videos.
    """

    shape: str
    device: str
    windows: int
    questions: int
    repeats: int
    batches: tuple[int, ...]
    vllm: Path | None
    folder: Path

    def run(self, dtype: str) -> None:
        """Print the table of a dtype, who replied as the engine did, and where the engine's time went."""
        seconds = self.windows / 2 * WINDOW_S
        videos = [write_video(self.folder / f"video{seed}.mp4", seconds, seed=seed) for seed in range(2)]
        rows = rows_about(videos, seconds, self.questions)
        shown = list(asked_windows(rows))
        model = self._model(dtype, shown)
        batches = {size: ready_batches(model, shown, size) for size in self.batches}
        tried = by_turns({str(size): partial(bound, model, ready) for size, ready in batches.items()}, 1)
        size = int(min(tried, key=lambda name: tried[name].median_s))
        best = f"bound, {size} at once"
        ours, plain = OurEngine(model, size * self.questions), as_published(model)
        with ExitStack() as stack:
            runs: dict[str, Callable[[], list[str]]] = {ENGINE: partial(ours, rows)}
            offline = self._vllm(stack, model.loaded, shown)
            runs |= offline
            if offline:
                runs[OURS_IN_VLLM] = partial(self._engine_in_vllm(dtype), rows)
            if stock := self._stock(dtype):
                runs[STOCK] = partial(stock, rows)
            runs |= {
                ONE_BY_ONE: lambda: one_by_one(plain, asked_windows(rows)),
                LOOP: lambda: published_loop(plain, asked_windows(rows)),
                best: partial(bound, model, batches[size]),
            }
            timed = by_turns(runs, self.repeats)
        print(describe_machine(self.device))
        for name, server in offline.items():
            print(f"{name}: {server.described}; {server.shared:.0%} of its prompts' tokens from the cache")
        self._show(model, timed, len(shown), best)
        replies: Sequence[str] = timed[ENGINE].result
        agreed = {name: sum(map(str.__eq__, one.result, replies)) for name, one in timed.items()}
        print(
            f"{replies.count('YES')} YES and {replies.count('NO')} NO; answers equal to the engine's:",
            ", ".join(f"{name} {n}/{len(rows)}" for name, n in agreed.items()),
        )
        print("engine:", describe_speed([Speed.model_validate(ours.speed)]))
        check_mixed(replies, self.questions)

    def _model(self, dtype: str, windows: Sequence[AskedWindow]) -> TransformersModel:
        """Return the engine's model: on a CPU saved and loaded, elsewhere in the place of a small one."""
        if self.device != "cpu":
            model = in_place(self.shape, self.device, dtype, self.folder)
            teach(model, windows)
            return model
        folder = save(SHAPES[self.shape], self.folder / self.shape)
        untaught = network_of(folder, self.device, "float32")
        teach(untaught, windows)
        untaught.loaded.model.save_pretrained(folder)
        return network_of(folder, self.device, dtype)

    def _vllm(
        self, stack: ExitStack, loaded: LoadedCheckpoint, windows: Sequence[AskedWindow]
    ) -> dict[str, VllmOffline]:
        """Return vLLM, compiled and not, where its environment is made and the network is in a folder."""
        if self.vllm is None or self.device != "cpu":
            return {}
        started: dict[str, VllmOffline] = {}
        for name, eager in ((COMPILED, False), (EAGER, True)):
            try:
                one = VllmOffline(self.vllm, self.folder / self.shape, loaded, windows, eager)
                started[name] = stack.enter_context(one)
            except UserError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
        return started

    def _engine_in_vllm(self, dtype: str) -> OurEngine:
        assert self.vllm
        return OurEngine(network_in_vllm(self.folder / self.shape, dtype, self.vllm), 64)

    def _stock(self, dtype: str) -> StockModel | None:
        if self.device != "cpu":
            return None
        try:
            return StockModel(self.folder / self.shape, DTYPES[dtype])
        except ImportError as error:
            print(f"lmms-eval's own model is left out: {error}", file=sys.stderr)
            return None

    def _show(self, model: TransformersModel, timed: dict[str, Timed], windows: int, best: str) -> None:
        on_cpu = self.device == "cpu"
        show(
            f"{describe_network(model)}: {windows} windows of 8 frames of 224 × 224, {self.questions} questions each",
            timed,
            ENGINE,
            windows,
            "window",
            {
                COMPILED: "≥ 1",
                EAGER: "≥ 1",
                LOOP: "≥ 3" if on_cpu else "≥ 4",
                STOCK: f"≥ {0.8 * self.questions:.1f}",
                best: "≥ 0.80 (engine ≤ 1.25)" if on_cpu else "≥ 0.91 (engine ≤ 1.1)",
            },
        )
