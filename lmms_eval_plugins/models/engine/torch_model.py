"""What all networks have in common that torch runs in this process, whoever feeds them: threads, a clock, memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import torch
from transformers import PreTrainedModel

from lmms_eval_plugins.models.engine.checkpoint import Checkpoint
from lmms_eval_plugins.models.engine.memory import peak_memory
from lmms_eval_plugins.models.engine.processor.allocator import keep_freed_memory
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.settings import TransformersSettings


class Loaded(Protocol):
    """A network, and what else is loaded with it."""

    @property
    def model(self) -> PreTrainedModel:
        """Return the network."""


class TorchModel(ABC):
    """A checkpoint of transformers whose network runs in this process.

    Args:
        settings: which checkpoint, where it runs, and how.

    Attributes:
        device: the device's name, or the device map's.
    """

    def __init__(self, settings: TransformersSettings) -> None:
        self._checkpoint = Checkpoint(settings)
        self.device = self._checkpoint.device

    @property
    @abstractmethod
    def loaded(self) -> Loaded:
        """The network and its processor, loaded when first needed."""

    def get_ready(self) -> None:
        """Load the checkpoint, once, and take as many threads as the settings say."""
        torch.set_num_threads(self._checkpoint.threads)
        device = self.loaded.model.device.type
        if device == "cpu":
            keep_freed_memory()
        elif device == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def make_watch(self) -> Stopwatch:
        """Return a stopwatch on the device's clock."""
        return Stopwatch("cuda" if self._checkpoint.on_gpu else "cpu")

    def peak_memory(self) -> dict[str, float]:
        """Return the peak memory of this process, and of the GPUs."""
        return peak_memory()
