"""The training loop: seeded, scored on people it does not learn from, kept in checkpoints, resumed from the last."""

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
from lmms_eval_plugins.demo.training.data.clips import AnyClip, Reels, exam_clips, whole, windows_of
from lmms_eval_plugins.demo.training.data.footage import AnyFootage, Footage
from lmms_eval_plugins.demo.training.data.packing import MERGE, PAIR, PATCH, Packed, Packer
from lmms_eval_plugins.demo.training.data.words import Kind, load_wording, vocabulary_texts
from lmms_eval_plugins.demo.training.learning.forward import think
from lmms_eval_plugins.demo.training.learning.heads import DenseHeads
from lmms_eval_plugins.demo.training.learning.optimiser import Optimiser, prepare_weights
from lmms_eval_plugins.demo.training.scoring import DemoModelScore, score_clips

CHECKPOINT_NAME = "checkpoint.pt"
HISTORY_NAME = "history.jsonl"

_SMOOTHING = 0.98


@dataclass(frozen=True, slots=True)
class State:
    """Where training stands after a step: smoothed loss, the last scores on held-out people, windows per second."""

    step: int
    steps: int
    loss: float
    scores: Mapping[Kind, DemoModelScore]
    windows_per_s: float


Watch = Callable[[State], None]
"""Called after every step."""


class Trainer:
    """A model in training.

    Args:
        config: how it is trained.
        videos: what it learns from.
        held_out: videos of other people, which it is scored on.
        folder: where checkpoint and history are kept.
        device: where it is trained.
        workers: processes that make batches; with none, a thread does.

    Attributes:
        seconds: that training took so far, scores included.
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
        self._held_out: list[AnyClip] = [clip for video in held_out for clip in _windows_of_tasks(video, config)]
        height, width = self._held_out[0].frames.shape[1:3]
        grid = (height // PATCH, width // PATCH)
        self._cells = (grid[0] // MERGE, grid[1] // MERGE)
        self._packer = Packer(self.processor, config.pictures.frames // PAIR, grid, config.size.tokens_per_second)
        self._batches = Batches(config, Reels(videos, config.pictures), self._packer, self._wording)
        moments, _ = self._batches.make(config.recipe.steps)
        prepare_weights(self.model, moments.patches, config.recipe.boost)
        self.model.to(device)
        self._heads.to(device)
        self._weights = [*self.model.parameters(), *self._heads.parameters()]
        self._optimiser = Optimiser(self.model, self._heads, config.recipe)
        self._done = 0
        self.seconds = 0.0

    def run(self, watch: Watch | None = None) -> Mapping[Kind, DemoModelScore]:
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
                    self._keep(loss, rate, scores)
                if watch:
                    watch(State(self._done, recipe.steps, loss, scores, rate))
        self.model.eval()
        return scores

    def score(self) -> Mapping[Kind, DemoModelScore]:
        """Scores on held-out people."""
        return score_clips(self.model, self.processor, self._packer, self._held_out, self._wording)

    def resume(self) -> int:
        """Go on from the folder's checkpoint, and return the steps done; 0 where there is none.

        Raises:
            UserError: the checkpoint is damaged, or of another configuration.
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
        """One step; the batches are worked on side by side, and their gradients added in order."""
        losses, gradients = zip(*threads.map(self._gradients, batches), strict=True)
        for weights, *parts in zip(self._weights, *gradients, strict=True):
            there = [part for part in parts if part is not None]
            weights.grad = torch.stack(there).sum(dim=0) if there else None
        self._optimiser.step(self._done, threads)
        return torch.stack(losses).sum()

    def _gradients(self, batch: Batch) -> tuple[Tensor, tuple[Tensor | None, ...]]:
        recipe, device = self.config.recipe, self._device
        packed = batch.packed.to(device)
        thought = think(self.model, batch.patches.to(device), batch.grid, packed)
        loss = answer_loss(thought.logits, packed) * (batch.n_windows / recipe.windows)
        dense = dense_weight(recipe, self._done)
        if dense and batch.moments:
            loss = loss + dense * self._heads.loss(thought, batch.moments, self._cells)
        gradients: tuple[Tensor | None, ...] = torch.autograd.grad(loss, self._weights, allow_unused=True)
        return loss.detach(), gradients

    def _smoothed(self, loss: float, new: Tensor, steps: int) -> float:
        keep = min(_SMOOTHING, steps / (steps + 1))
        return keep * loss + (1 - keep) * float(new)

    def _keep(self, loss: float, rate: float, scores: Mapping[Kind, DemoModelScore]) -> None:
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
    """Cross-entropy of the answers' tokens, added up for each question and averaged over questions.

    What always stands before an answer is soon known by heart, and must not make the answer itself count less.
    """
    each = cross_entropy(logits.flatten(0, 1), packed.targets.flatten(), reduction="none")
    n_questions = (packed.owners.amax(dim=1) + 1).sum()
    return (each * packed.weights.flatten()).sum() / n_questions


def dense_weight(recipe: Recipe, step: int) -> float:
    """How much the help per visual cell counts at a step: less and less, and nothing at the end."""
    return recipe.dense_weight * max(0.0, 1 - step / (recipe.dense_until * recipe.steps))


def _windows_of_tasks(video: AnyFootage, config: TrainingConfig) -> Iterator[AnyClip]:
    """The windows that tasks ask about."""
    if isinstance(video, Footage):
        yield from windows_of(video, config.pictures)
        yield whole(video, config.pictures)
    else:
        yield from exam_clips(video, config.pictures)
