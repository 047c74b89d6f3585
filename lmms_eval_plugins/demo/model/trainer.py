"""The training loop: seeded, scored on people it does not learn from, kept in checkpoints, resumed from the last."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lmms_eval_plugins.demo.model.answering import think
from lmms_eval_plugins.demo.model.architecture import make_model, make_processor, make_tokenizer
from lmms_eval_plugins.demo.model.batches import Batch, Batches
from lmms_eval_plugins.demo.model.clips import Clip, Reels, windows_of
from lmms_eval_plugins.demo.model.config import Recipe, TrainingConfig
from lmms_eval_plugins.demo.model.footage import Footage
from lmms_eval_plugins.demo.model.heads import DenseHeads
from lmms_eval_plugins.demo.model.optimiser import Optimiser, prepare_weights
from lmms_eval_plugins.demo.model.packing import Packer
from lmms_eval_plugins.demo.model.patches import MERGE, PAIR, PATCH
from lmms_eval_plugins.demo.model.scoring import Score, score_clips
from lmms_eval_plugins.demo.model.words import Kind, load_wording, vocabulary_texts
from lmms_eval_plugins.errors import UserError

CHECKPOINT_NAME = "checkpoint.pt"
HISTORY_NAME = "history.jsonl"

_SMOOTHING = 0.98


@dataclass(frozen=True, slots=True)
class State:
    """Where training stands after a step: smoothed loss, the last scores on held-out people, windows per second."""

    step: int
    steps: int
    loss: float
    scores: Mapping[Kind, Score]
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

    Attributes:
        seconds: that training took so far, scores included.
    """

    def __init__(
        self,
        config: TrainingConfig,
        videos: list[Footage],
        held_out: list[Footage],
        folder: Path,
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self._folder, self._device = config, folder, device
        self._wording = load_wording()
        tokenizer = make_tokenizer(vocabulary_texts(self._wording), config.size.vocabulary)
        self.processor = make_processor(tokenizer, config.pictures)
        self.model = make_model(config.size, tokenizer)
        self._heads = DenseHeads(config.size.width)
        height, width = videos[0].frames.shape[1:3]
        grid = (height // PATCH, width // PATCH)
        self._cells = (grid[0] // MERGE, grid[1] // MERGE)
        self._packer = Packer(self.processor, config.pictures.frames // PAIR, grid, config.size.tokens_per_second)
        self._batches = Batches(config, Reels(videos, config.pictures), self._packer, self._wording)
        self._held_out: list[Clip] = [clip for video in held_out for clip in windows_of(video, config.pictures)]
        prepare_weights(self.model, self._batches.make(config.recipe.steps).patches, config.recipe.boost)
        self.model.to(device)
        self._heads.to(device)
        self._optimiser = Optimiser(self.model, self._heads, config.recipe)
        self._done = 0
        self.seconds = 0.0

    def run(self, watch: Watch | None = None) -> Mapping[Kind, Score]:
        """Train to the end, and return the scores on held-out people."""
        recipe = self.config.recipe
        scores: Mapping[Kind, Score] = self.score() if self._done == recipe.steps else {}
        loss, first, before = 0.0, self._done, self.seconds
        if first == 0:
            (self._folder / HISTORY_NAME).unlink(missing_ok=True)
        since = time.perf_counter()
        self.model.train()
        for batch in self._batches.from_step(self._done, recipe.steps):
            loss = self._smoothed(loss, self._step(batch), self._done - first)
            self._done += 1
            self.seconds = before + time.perf_counter() - since
            rate = (self._done - first) * recipe.batch / (self.seconds - before)
            if self._done % self.config.score_every == 0 or self._done == recipe.steps:
                scores = self.score()
                self._keep(loss, rate, scores)
            if watch:
                watch(State(self._done, recipe.steps, loss, scores, rate))
        self.model.eval()
        return scores

    def score(self) -> Mapping[Kind, Score]:
        """Scores on held-out people."""
        return score_clips(
            self.model, self.processor, self._packer, self._held_out, self._wording, self.config.pictures.fps
        )

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

    def _step(self, batch: Batch) -> Tensor:
        recipe, device = self.config.recipe, self._device
        packed = batch.packed.to(device)
        thought = think(self.model, batch.patches.to(device), batch.grid, packed)
        loss = answer_loss(thought.logits, packed.targets, packed.weights)
        if dense := dense_weight(recipe, self._done):
            loss = loss + dense * self._heads.loss(thought, batch.clips, self._cells)
        loss.backward()
        self._optimiser.step(self._done)
        return loss.detach()

    def _smoothed(self, loss: float, new: Tensor, steps: int) -> float:
        keep = min(_SMOOTHING, steps / (steps + 1))
        return keep * loss + (1 - keep) * float(new)

    def _keep(self, loss: float, rate: float, scores: Mapping[Kind, Score]) -> None:
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
                kind: {name: round(value, 4) for name, value in asdict(score).items()} for kind, score in scores.items()
            },
        }
        with (self._folder / HISTORY_NAME).open("a", encoding="utf-8") as history:
            history.write(json.dumps(line) + "\n")


def answer_loss(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy of the answers' tokens."""
    each = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return (each * weights.flatten()).sum() / weights.sum()


def dense_weight(recipe: Recipe, step: int) -> float:
    """How much the help per visual cell counts at a step: less and less, and nothing at the end."""
    return recipe.dense_weight * max(0.0, 1 - step / (recipe.dense_until * recipe.steps))
