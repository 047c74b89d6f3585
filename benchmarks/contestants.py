"""Who answers the same questions in how much time, from video files to replies: the engine, lmms-eval's own model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from benchmarks.loops import AskedWindow
from benchmarks.networks import PIXELS, network_of, settings_of
from benchmarks.questions import requests
from lmms_eval_plugins.models.answering import HiddenPlaces, Session
from lmms_eval_plugins.models.engine.batches import BatchModel, Engine
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.models.families.qwen2_5_vl import Qwen25VL
from lmms_eval_plugins.models.hidden import chosen_layers
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.vllm.vllm_model import VllmModel
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.video.decode import decode_windows
from lmms_eval_plugins.video.windows import Window

Rows = Sequence[Mapping[str, Any]]


def network_in_vllm(pretrained: Path, dtype: str, python: Path) -> VllmModel:
    """Return the same under ``engine=vllm``, on the processor; it is loaded when first needed."""
    settings = settings_of(pretrained, "cpu", dtype)
    return VllmModel(Qwen25VL(settings), settings, python)


def recording(network: TransformersModel, pretrained: Path | str) -> TransformersModel:
    """Return the same network, loaded once, with the hidden states of four of its layers kept."""
    same = network_of(pretrained, "cpu")
    same._loaded, same.device = network.loaded, network.device
    n_layers = network.loaded.model.config.get_text_config().num_hidden_layers
    same.hidden = HiddenPlaces(chosen_layers(None, n_layers, str(pretrained)))
    return same


class OurEngine:
    """The project's engine, from video files to answers.

    Args:
        network: who answers.
        batch_size: questions answered at once.
        runs: a folder in which every run has one for its answers; None keeps them in memory.

    Attributes:
        speed: how its last run went.
    """

    def __init__(self, network: BatchModel, batch_size: int, runs: Path | None = None) -> None:
        self._network, self._batch_size, self._runs = network, batch_size, runs
        self.speed: dict[str, Any] = {}

    def __call__(self, rows: Rows) -> list[str]:
        """Answer the rows, none of them from memory."""
        answers = Path(tempfile.mkdtemp(dir=self._runs)) / ANSWERS_NAME if self._runs else None
        model = Recorder(Engine(self._network, self._batch_size), Session(answers=answers))
        replies = model.generate_until(requests(model, rows))
        self.speed = model.speed()
        return replies


class StockModel:
    """lmms-eval's own qwen2_5_vl, given the windows, in a dtype of choice; its own is always bfloat16.

    Args:
        pretrained: the checkpoint's folder.
        dtype: of the weights.

    Raises:
        ImportError: decord, which it cannot do without, is not installed.
    """

    def __init__(self, pretrained: Path, dtype: torch.dtype) -> None:
        import_module("decord")
        from lmms_eval_plugins.execution.harness import make_lmms_model

        own = {"device": "cpu", "device_map": "cpu", "batch_size": "1", "max_num_frames": 8}
        self._model: Any = make_lmms_model("qwen2_5_vl", {"pretrained": str(pretrained), **own, **PIXELS})
        if dtype != torch.bfloat16:
            network = type(self._model.model)
            self._model._model = network.from_pretrained(pretrained, dtype=dtype, trust_remote_code=False).eval()

    def __call__(self, rows: Rows) -> list[str]:
        """Answer the rows."""
        return [result.text for result in self._model.generate_until(requests(self._model, rows))]


def asked_windows(rows: Rows) -> Iterator[AskedWindow]:
    """Decode the windows of rows that come video by video."""
    videos: dict[tuple[str, float], dict[Window, list[str]]] = {}
    for row in rows:
        window = Window(row["video_id"], row["window"], row["start_s"], row["end_s"], row["frames"])
        videos.setdefault((row["path"], row["fps"]), {}).setdefault(window, []).append(row["text"])
    for (path, fps), texts in videos.items():
        for window, frames in decode_windows(Path(path), list(texts), fps):
            shown_fps = fps * (len(frames) - 1) / (window.frames[-1] - window.frames[0])
            yield AskedWindow(frames, shown_fps, tuple(texts[window]))
