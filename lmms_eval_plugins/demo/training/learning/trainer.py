"""The training loop: seeded, scored on held-out people, saved in checkpoints, resumed from the last one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.demo.training.architecture import make_demo_model, make_processor, make_tokenizer
from lmms_eval_plugins.demo.training.config import Recipe, TrainingConfig
from lmms_eval_plugins.demo.training.data.batches import Batch, Batches
from lmms_eval_plugins.demo.training.data.clips import AnyClip, ClipSampler, exam_clips, moment_clips, whole_clip
from lmms_eval_plugins.demo.training.data.footage import ActivityFootage, AnyFootage
from lmms_eval_plugins.demo.training.data.packing import MERGE, PAIR, PATCH, Packed, Packer
from lmms_eval_plugins.demo.training.data.wording import Kind, load_wording, vocabulary_texts
from lmms_eval_plugins.demo.training.learning.forward import DenseHeads, run_packed
from lmms_eval_plugins.demo.training.learning.optimiser import Optimiser, prepare_weights
from lmms_eval_plugins.demo.training.scoring import DemoModelScore, score_clips

CHECKPOINT_NAME = "checkpoint.pt"
HISTORY_NAME = "history.jsonl"

_SMOOTHING = 0.98


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """The progress of a training after a step: smoothed loss, last scores on held-out people, windows per second."""

    step: int
    steps: int
    loss: float
    scores: Mapping[Kind, DemoModelScore]
    windows_per_s: float


ProgressCallback = Callable[[TrainingProgress], None]
"""Called after every step."""


class Trainer:
    """A model in training.

    Args:
        config: of the training.
        videos: of the people to train on.
        held_out: videos of other people, which the model is scored on.
        folder: where checkpoint and history are written.
        device: where to train.
        workers: processes that make batches; 0 for a thread.

    Attributes:
        seconds: duration of the training so far, scoring included.
    """

    def __init__(
        self,
        config: TrainingConfig,
        videos: Sequence[AnyFootage],
        held_out: Sequence[AnyFootage],
        folder: Path,
        device: str = "cpu",
        workers: int = 0,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self._folder, self._device, self._workers = config, folder, device, workers
        self._wording = load_wording()
        tokenizer = make_tokenizer(vocabulary_texts(self._wording), config.size.vocabulary)
        self.processor = make_processor(tokenizer, config.pictures)
        self.model = make_demo_model(config.size, tokenizer)
        self._heads = DenseHeads(config.size.width)
        self._held_out: list[AnyClip] = [clip for video in held_out for clip in _task_windows(video, config)]
        height, width = self._held_out[0].frames.shape[1:3]
        grid = (height // PATCH, width // PATCH)
        self._cells = (grid[0] // MERGE, grid[1] // MERGE)
        self._packer = Packer(self.processor, config.pictures.frames // PAIR, grid, config.size.tokens_per_second)
        self._batches = Batches(config, ClipSampler(videos, config.pictures), self._packer, self._wording)
        moments, _ = self._batches.make(config.recipe.steps)
        prepare_weights(self.model, moments.patches, config.recipe.boost)
        self.model.to(device)
        self._heads.to(device)
        self._weights = [*self.model.parameters(), *self._heads.parameters()]
        self._optimiser = Optimiser(self.model, self._heads, config.recipe)
        self._done = 0
        self.seconds = 0.0

    def run(self, callback: ProgressCallback | None = None) -> Mapping[Kind, DemoModelScore]:
        """Train to the end, and return the scores on held-out people."""
        recipe = self.config.recipe
        scores: Mapping[Kind, DemoModelScore] = self.score() if self._done == recipe.steps else {}
        loss, first, before = 0.0, self._done, self.seconds
        if first == 0:
            (self._folder / HISTORY_NAME).unlink(missing_ok=True)
        since = time.perf_counter()
        self.model.train()
        with ThreadPoolExecutor(2) as threads:
            for batches in self._batches.from_step(self._done, recipe.steps, self._workers):
                loss = self._smoothed(loss, self._step(batches, threads), self._done - first)
                self._done += 1
                self.seconds = before + time.perf_counter() - since
                rate = (self._done - first) * recipe.windows / (self.seconds - before)
                if self._done % self.config.score_every == 0 or self._done == recipe.steps:
                    scores = self.score()
                    self._save_checkpoint(loss, rate, scores)
                if callback:
                    callback(TrainingProgress(self._done, recipe.steps, loss, scores, rate))
        self.model.eval()
        return scores

    def score(self) -> Mapping[Kind, DemoModelScore]:
        """Score the model on held-out people."""
        return score_clips(self.model, self.processor, self._packer, self._held_out, self._wording)

    def resume(self) -> int:
        """Continue from the folder's checkpoint, and return the number of steps done; 0 where there is none.

        Raises:
            UserError: the checkpoint is damaged, or was made with another configuration.
        """
        path = self._folder / CHECKPOINT_NAME
        if not path.is_file():
            return 0
        try:
            state = torch.load(path, map_location=self._device, weights_only=True)
        except (OSError, RuntimeError, ValueError, EOFError, UnpicklingError) as error:
            raise UserError(f"{path}: damaged; delete it and train again without --resume") from error
        if state["config"] != self.config.model_dump(mode="json"):
            raise UserError(f"{path}: was made with another configuration; choose another --out or leave out --resume")
        self.model.load_state_dict(state["model"])
        self._heads.load_state_dict(state["heads"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._done, self.seconds = int(state["step"]), float(state["seconds"])
        return self._done

    def _step(self, batches: Sequence[Batch], threads: Executor) -> Tensor:
        """Do one step, and return its loss; batches are processed in parallel, their gradients added in order."""
        losses, gradients = zip(*threads.map(self._gradients, batches), strict=True)
        for weights, *parts in zip(self._weights, *gradients, strict=True):
            known = [part for part in parts if part is not None]
            weights.grad = torch.stack(known).sum(dim=0) if known else None
        self._optimiser.step(self._done, threads)
        return torch.stack(losses).sum()

    def _gradients(self, batch: Batch) -> tuple[Tensor, tuple[Tensor | None, ...]]:
        recipe, device = self.config.recipe, self._device
        packed = batch.packed.to(device)
        result = run_packed(self.model, batch.patches.to(device), batch.grid, packed)
        loss = answer_loss(result.logits, packed) * (batch.n_windows / recipe.windows)
        dense = dense_weight(recipe, self._done)
        if dense and batch.moments:
            loss = loss + dense * self._heads.loss(result, batch.moments, self._cells)
        gradients: tuple[Tensor | None, ...] = torch.autograd.grad(loss, self._weights, allow_unused=True)
        return loss.detach(), gradients

    def _smoothed(self, loss: float, new: Tensor, steps: int) -> float:
        keep = min(_SMOOTHING, steps / (steps + 1))
        return keep * loss + (1 - keep) * float(new)

    def _save_checkpoint(self, loss: float, rate: float, scores: Mapping[Kind, DemoModelScore]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        state = {
            "config": self.config.model_dump(mode="json"),
            "step": self._done,
            "seconds": self.seconds,
            "model": self.model.state_dict(),
            "heads": self._heads.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }
        part = self._folder / f".{CHECKPOINT_NAME}.part"
        torch.save(state, part)
        part.rename(self._folder / CHECKPOINT_NAME)
        line: dict[str, object] = {
            "step": self._done,
            "loss": round(loss, 4),
            "windows_per_s": round(rate, 1),
            **{
                kind: {name: round(value, 4) for name, value in asdict(score).items() if value is not None}
                for kind, score in scores.items()
            },
        }
        with (self._folder / HISTORY_NAME).open("a", encoding="utf-8") as history:
            history.write(json.dumps(line) + "\n")


def answer_loss(logits: Tensor, packed: Packed) -> Tensor:
    """Return the cross-entropy of the answers' tokens, summed over each question and averaged over questions.

    A mean over tokens would give less weight to the answers that follow a constant prefix, which is learned at once.
    """
    each = cross_entropy(logits.flatten(0, 1), packed.targets.flatten(), reduction="none")
    n_questions = (packed.owners.amax(dim=1) + 1).sum()
    return (each * packed.weights.flatten()).sum() / n_questions


def dense_weight(recipe: Recipe, step: int) -> float:
    """Return the weight of the loss per visual cell at a step; it falls linearly to 0."""
    return recipe.dense_weight * max(0.0, 1 - step / (recipe.dense_until * recipe.steps))


def _task_windows(video: AnyFootage, config: TrainingConfig) -> Iterator[AnyClip]:
    """Yield the windows of a video that the tasks show."""
    if isinstance(video, ActivityFootage):
        yield from moment_clips(video, config.pictures)
        yield whole_clip(video, config.pictures)
    else:
        yield from exam_clips(video, config.pictures)
