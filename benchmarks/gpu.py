"""A GPU in a few minutes, by a random network whose frames lie in memory; run by ``bash benchmarks/gpu.sh``."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.checkpoint import SHAPES
from benchmarks.loops import MAX_NEW_TOKENS, AskedWindow, bound, one_by_one, published_loop, ready_batches
from benchmarks.machine import describe_machine
from benchmarks.networks import describe_network, in_place
from benchmarks.teaching import check_mixed, teach
from benchmarks.wordings import questions
from lmms_eval_plugins.models.answering import HiddenPlaces, Request
from lmms_eval_plugins.models.engine.ahead import Beat, ahead
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.engine.checkpoint import DTYPES
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.models.engine.windows import Shown, WindowSource
from lmms_eval_plugins.models.hidden import chosen_layers
from lmms_eval_plugins.video.perturb import Perturbation, perturbed

SIDE, FRAMES, SHOWN_FPS = 224, 8, 15.0
_THREADS = 4
_IN_A_ROW = 8
"""Windows that one thread prepares, as those of a video."""

_SECONDS = 440.0
"""After so many no further measurement begins."""


def make_windows(count: int, texts: Sequence[str], seed: int = 0) -> list[AskedWindow]:
    """Return windows of moving stripes, each in a colour of its own, all with the same questions."""
    draw = np.random.default_rng(seed)
    picture = draw.integers(0, 128, (SIDE // 8, 2 * SIDE // 8, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    colours = draw.integers(0, 128, (count, 3), dtype=np.uint8)
    return [
        AskedWindow(
            np.stack([picture[:, at : at + SIDE] + colour for at in range(place % SIDE, place % SIDE + FRAMES)]),
            SHOWN_FPS,
            tuple(texts),
        )
        for place, colour in enumerate(colours)
    ]


class FramesInMemory(WindowSource):
    """Windows that need no decoding: prepared ahead of the network in some threads, as those of videos are.

    Args:
        model: who prepares them.
        windows: they.
        perturb: how each is changed before it is prepared; None leaves it.
    """

    def __init__(self, model: TransformersModel, windows: Sequence[AskedWindow], perturb: Perturbation | None) -> None:
        super().__init__(model.prepare, None)
        self._model, self._windows, self._perturb = model, windows, perturb

    def shown(self, requests: Sequence[Request]) -> Iterator[Shown]:
        """Yield the windows in order; of ``requests`` there is one for each question of each."""
        per_window = len(requests) // len(self._windows)
        sources = [
            partial(self._prepared, range(first, min(first + _IN_A_ROW, len(self._windows))), requests, per_window)
            for first in range(0, len(self._windows), _IN_A_ROW)
        ]
        for _, made in ahead(
            sources,
            lambda shown: shown.prepared.n_bytes,
            threads=_THREADS,
            budget_bytes=self.ready_bytes,
            patience_s=self.patience_s,
        ):
            assert isinstance(made, Shown)
            yield made

    def _prepared(
        self, places: Sequence[int], requests: Sequence[Request], per_window: int, beat: Beat
    ) -> Iterator[Shown]:
        for place in places:
            beat()
            window = self._windows[place]
            with self.watch.background("preprocess"):
                how, frames = self._perturb, window.frames
                frames = perturbed(frames, how, seed=str(place)) if how else frames
                prepared = self._model.prepare(frames, window.fps)
            yield Shown(tuple(requests[place * per_window : (place + 1) * per_window]), prepared)


def ask_engine(
    model: TransformersModel, windows: Sequence[AskedWindow], at_once: int, perturb: Perturbation | None = None
) -> list[str]:
    """Answer all questions by the project's engine, some windows at once; the recorder and its files are left out."""
    generation = {"max_new_tokens": MAX_NEW_TOKENS, "do_sample": False}
    requests = [
        Request(f"{place:06}-{number:02}", {"choices": ("yes", "no")}, text, generation)
        for place, window in enumerate(windows)
        for number, text in enumerate(window.texts)
    ]
    engine = Engine(model, at_once * len(windows[0].texts))
    engine.source = FramesInMemory(model, windows, perturb)
    engine.begin([])
    replies: dict[str, str] = {}
    for made in engine.answer(requests):
        assert isinstance(made, list), made
        replies |= {one.request.key: one.reply.text for one in made}
    return [replies[request.key] for request in requests]


class Gpu:
    """A random network on a device, and what is measured of it.

    Args:
        given: see `main`.
        folder: for a small checkpoint, in whose place the network is.
    """

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self._given, self._until = given, time.monotonic() + given.seconds
        self.model = in_place(given.shape, given.device, given.dtype, folder)
        print(f"{describe_network(self.model)}, frames of {SIDE} × {SIDE}, {FRAMES} a window")

    def measure(self, n_questions: int) -> None:
        """Print what one number of questions a window costs."""
        model, given = self.model, self._given
        windows = make_windows(given.windows, questions(n_questions))
        teach(model, windows)
        print(f"\n{n_questions} questions a window, {len(windows)} windows: ms a window")
        by_size = {}
        for size in (size for size in given.batches if size <= len(windows)):
            ready = ready_batches(model, windows, size)
            try:
                by_size[size] = self._timed(f"bound, {size} at once", partial(bound, model, ready), windows)
            except torch.OutOfMemoryError:
                print(f"  bound, {size} at once: does not fit")
        size = min(by_size, key=lambda one: by_size[one][0])
        least_s, _ = by_size[size]
        engine_s, replies = self._timed("engine", partial(ask_engine, model, windows, size), windows, least_s)
        few = windows[: given.few]
        for name, loop in (("one generate per question", one_by_one), ("published loop", published_loop)):
            _, others = self._timed(name, partial(loop, model.loaded, few), few, least_s)
            n_equal = sum(map(str.__eq__, others, replies))
            print(f"    answers equal to the engine's: {n_equal} of {len(others)}")
        if n_questions > 2 or time.monotonic() > self._until:
            return
        check_mixed(replies, n_questions)
        plain = engine_s, "the engine"
        perturbations: tuple[Perturbation, ...] = ("shuffle", "blur")
        for how in perturbations:
            changed = partial(ask_engine, model, windows, size, perturb=how)
            self._timed(f"engine, frames perturbed: {how}", changed, windows, *plain)
        worded = [replace(window, texts=questions(4 * n_questions)) for window in windows]
        self._timed("engine, three further wordings", partial(ask_engine, model, worded, size), windows, *plain)
        n_layers = model.loaded.model.config.get_text_config().num_hidden_layers
        model.hidden = HiddenPlaces(chosen_layers(None, n_layers, "random"))
        self._timed("engine, record=hidden", partial(ask_engine, model, windows, size), windows, *plain)
        model.hidden = None

    def _timed(
        self,
        name: str,
        run: Callable[[], list[str]],
        windows: Sequence[AskedWindow],
        beside_s: float | None = None,
        beside: str = "the bound",
    ) -> tuple[float, list[str]]:
        """Print the median of some repeats after one to warm up; return it, in seconds a window, and the replies."""
        on_gpu = self._given.device.startswith("cuda")
        if on_gpu:
            torch.cuda.reset_peak_memory_stats()
        seconds: list[float] = []
        replies: list[str] = []
        for _ in repeat(None, self._given.repeats + 1):
            if seconds and time.monotonic() > self._until:
                break
            began = time.perf_counter()
            replies = run()
            if on_gpu:
                torch.cuda.synchronize()
            seconds.append((time.perf_counter() - began) / len(windows))
        median_s = sorted(seconds[1:] or seconds)[len(seconds[1:] or seconds) // 2]
        ratio = f", {median_s / beside_s:.2f} of {beside}" if beside_s else ""
        memory = f", peak {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if on_gpu else ""
        print(f"  {name}: {median_s * 1000:.1f}{ratio}{memory}", flush=True)
        return median_s, replies


def main() -> None:
    """Measure, and print a line for each thing measured."""
    on_gpu = torch.cuda.is_available()
    numbers: Any = lambda text: [int(one) for one in text.split(",")]  # noqa: E731
    parser = argparse.ArgumentParser(prog="bash benchmarks/gpu.sh", description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="7b" if on_gpu else "tiny")
    parser.add_argument("--device", default="cuda" if on_gpu else "cpu")
    parser.add_argument("--dtype", choices=DTYPES, default="bfloat16" if on_gpu else "float32")
    parser.add_argument("--windows", type=int, default=64)
    parser.add_argument("--few", type=int, default=8, help="windows for loops that go one by one")
    parser.add_argument("--questions", type=numbers, default=[2, 10])
    parser.add_argument("--batches", type=numbers, default=[1, 2, 4, 8, 16, 32], help="windows at once to try")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="after so many, what is left is left out")
    given = parser.parse_args()
    print(describe_machine(given.device))
    with tempfile.TemporaryDirectory() as folder:
        gpu = Gpu(given, Path(folder))
        for n_questions in given.questions:
            gpu.measure(n_questions)
