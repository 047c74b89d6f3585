"""`strokerehab demo train`: film the scenes, train, write the weights, and show how it goes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.demo.shipped_weights import NAME
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.footage import load_footage, make_all, missing
from lmms_eval_plugins.demo.training.data.scenes import scenes_of
from lmms_eval_plugins.demo.training.data.words import Kind
from lmms_eval_plugins.demo.training.export import export, round_weights
from lmms_eval_plugins.demo.training.learning.trainer import State, Trainer, Watch
from lmms_eval_plugins.demo.training.scoring import DemoModelScore

FOOTAGE_NAME = "footage"
"""Folder of the filmed scenes within a training run's folder."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training: the folder of the weights, their scores on held-out people, minutes that training took."""

    folder: Path
    scores: Mapping[Kind, DemoModelScore]
    minutes: float


def train(
    config: TrainingConfig,
    out: Path,
    *,
    resume: bool = False,
    workers: int | None = None,
    threads: int = 1,
    device: str | None = None,
    console: Console | None = None,
    watch: Watch | None = None,
) -> Trained:
    """Train the demo model in a folder: footage, checkpoint, history, and in the end the weights.

    Args:
        config: how.
        out: the folder; scenes that are already filmed there are used again.
        resume: go on from the checkpoint there, if there is one.
        workers: processes that film, and that make batches for a GPU; None takes a process for every core.
        threads: of torch for each half of a step, which are worked on side by side; one is best on two cores.
        device: where to train; None takes a GPU where there is one.
        console: where progress is shown.
        watch: called after every step.

    Raises:
        UserError: the folder cannot be written, or its checkpoint cannot be used.
    """
    import torch

    torch.set_num_threads(threads)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    try:
        with Progress(*columns, console=console or Console(stderr=True), speed_estimate_period=600) as bar:
            trainer = _trainer(config, out, workers or os.cpu_count() or 1, device, bar)
            begun = trainer.resume() if resume else 0
            job = bar.add_task("training", total=config.recipe.steps, completed=begun)

            def show(state: State) -> None:
                bar.update(job, completed=state.step, description=describe(state))
                if watch:
                    watch(state)

            trainer.run(show)
            round_weights(trainer.model)
            scores = trainer.score()
            minutes = trainer.seconds / 60
            effort = f"{minutes:.0f} minutes on {'a CPU' if device == 'cpu' else torch.cuda.get_device_name(device)}"
            folder = export(trainer.model, trainer.processor, config, scores, effort, out / NAME)
    except OSError as error:
        raise UserError(f"{out}: training cannot write here ({error.strerror or error})") from error
    return Trained(folder, scores, minutes)


def describe(state: State) -> str:
    """One line about where training stands."""
    scores = ", ".join(f"{kind} {score}" for kind, score in state.scores.items())
    return f"training, loss {state.loss:.3f}" + (f", {scores}" if scores else "")


def _trainer(config: TrainingConfig, out: Path, workers: int, device: str, bar: Progress) -> Trainer:
    footage = out / FOOTAGE_NAME
    training, held_out = scenes_of(config)
    every = [*held_out, *training]
    todo = len(missing(footage, every))
    job = bar.add_task("filming scenes", total=len(every), completed=len(every) - todo)
    for _ in make_all(footage, every, workers):
        bar.advance(job)
    videos, others = ([load_footage(footage, scene) for scene in scenes] for scenes in (training, held_out))
    return Trainer(config, videos, others, out, device, workers=0 if device == "cpu" else workers)
