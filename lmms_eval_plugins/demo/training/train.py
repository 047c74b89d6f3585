"""`strokerehab demo train`: film the scenes, train, export the weights, and show progress."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from lmms_eval_plugins.core.console import stderr
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.demo.shipped_weights import NAME
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.footage import film_scenes, load_footage, missing_scenes
from lmms_eval_plugins.demo.training.data.scenes import scenes_of
from lmms_eval_plugins.demo.training.data.wording import Kind
from lmms_eval_plugins.demo.training.export import export, round_weights
from lmms_eval_plugins.demo.training.learning.trainer import ProgressCallback, Trainer, TrainingProgress
from lmms_eval_plugins.demo.training.scoring import DemoModelScore

FOOTAGE_NAME = "footage"
"""Folder of the filmed scenes in the folder of a training."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training: the folder of the weights, their scores on held-out people, its duration in minutes."""

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
    callback: ProgressCallback | None = None,
) -> Trained:
    """Train the demo model in a folder, which gets footage, checkpoint, history, and in the end the weights.

    Args:
        config: of the training.
        out: the folder; scenes that are already filmed there are used again.
        resume: continue from the checkpoint there, if there is one.
        workers: processes that film, and that make batches for a GPU; None takes one for every core.
        threads: torch's threads for each half of a step, which run in parallel; one is best on two cores.
        device: where to train; None takes a GPU where there is one.
        console: shows progress.
        callback: called after every step.

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
        with Progress(*columns, console=console or stderr(), speed_estimate_period=600) as bar:
            trainer = _trainer(config, out, workers or os.cpu_count() or 1, device, bar)
            begun = trainer.resume() if resume else 0
            job = bar.add_task("training", total=config.recipe.steps, completed=begun)

            def show(progress: TrainingProgress) -> None:
                bar.update(job, completed=progress.step, description=describe_progress(progress))
                if callback:
                    callback(progress)

            trainer.run(show)
            round_weights(trainer.model)
            scores = trainer.score()
            minutes = trainer.seconds / 60
            effort = f"{minutes:.0f} minutes on {'a CPU' if device == 'cpu' else torch.cuda.get_device_name(device)}"
            folder = export(trainer.model, trainer.processor, config, scores, effort, out / NAME)
    except OSError as error:
        raise UserError(f"{out}: training cannot write here ({error.strerror or error})") from error
    return Trained(folder, scores, minutes)


def describe_progress(progress: TrainingProgress) -> str:
    """Return one line about the progress of a training."""
    scores = ", ".join(f"{kind} {score}" for kind, score in progress.scores.items())
    return f"training, loss {progress.loss:.3f}" + (f", {scores}" if scores else "")


def _trainer(config: TrainingConfig, out: Path, workers: int, device: str, bar: Progress) -> Trainer:
    footage = out / FOOTAGE_NAME
    training, held_out = scenes_of(config)
    every = [*held_out, *training]
    todo = len(missing_scenes(footage, every))
    job = bar.add_task("filming scenes", total=len(every), completed=len(every) - todo)
    for _ in film_scenes(footage, every, workers):
        bar.advance(job)
    videos, held_out_videos = ([load_footage(footage, scene) for scene in scenes] for scenes in (training, held_out))
    return Trainer(config, videos, held_out_videos, out, device, workers=0 if device == "cpu" else workers)
