"""Who answers the same questions in how much time: the engine, the published loop, lmms-eval's own model, the bound."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from benchmarks.questions import GENERATION, requests
from lmms_eval_plugins.models.answering import HiddenPlaces, Session
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.prefix import Greedy, WindowPrompt, answer_prompts
from lmms_eval_plugins.models.engine.spliced import SplicedNetwork
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.models.engine.windows import WindowInputs
from lmms_eval_plugins.models.families.qwen2_5_vl import Qwen25VL
from lmms_eval_plugins.models.hidden import chosen_layers
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.settings import Qwen25Settings
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.video.decode import decode_windows
from lmms_eval_plugins.video.windows import Window

Rows = Sequence[Mapping[str, Any]]
Contestant = Callable[[Rows], list[str]]
"""Answers rows; its replies are compared."""

PIXELS = {"min_pixels": 3136, "max_pixels": 224 * 224}


def network_of(pretrained: Path | str, device: str) -> TransformersModel:
    """Return the project's Qwen2.5-VL with a checkpoint; it is loaded when first needed."""
    settings = Qwen25Settings.of({"pretrained": str(pretrained), "device": device, **PIXELS})
    return TransformersModel(Qwen25VL(settings), settings)


def recording(network: TransformersModel, pretrained: Path | str) -> TransformersModel:
    """Return the same network, loaded once, with the hidden states of four of its layers kept."""
    settings = Qwen25Settings.of({"pretrained": str(pretrained), "device": "cpu", **PIXELS})
    same = TransformersModel(Qwen25VL(settings), settings)
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

    def __init__(self, network: TransformersModel, batch_size: int, runs: Path | None = None) -> None:
        self._network, self._batch_size, self._runs = network, batch_size, runs
        self.speed: dict[str, Any] = {}

    def __call__(self, rows: Rows) -> list[str]:
        """Answer the rows, none of them from memory."""
        answers = Path(tempfile.mkdtemp(dir=self._runs)) / ANSWERS_NAME if self._runs else None
        model = Recorder(Engine(self._network, self._batch_size), Session(answers=answers))
        replies = model.generate_until(requests(model, rows))
        self.speed = model.speed()
        return replies


def published_loop(loaded: LoadedCheckpoint) -> Contestant:
    """What the study's code did about every window: for each question a forward pass that nobody reads, then `generate`
    about the same, at batch size one; then the GPU's cache is emptied. Each video is decoded once all the same."""

    def run(rows: Rows) -> list[str]:
        replies: list[str] = []
        for of_window in _one_by_one(loaded, rows):
            for inputs in of_window:
                with torch.inference_mode():
                    loaded.model(**inputs)
                    replies.append(_generate(loaded, inputs))
            if loaded.model.device.type == "cuda":
                torch.cuda.empty_cache()
        return replies

    return run


def one_by_one(loaded: LoadedCheckpoint) -> Contestant:
    """The same without its waste: transformers' documented usage, one question at a time."""

    def run(rows: Rows) -> list[str]:
        with torch.inference_mode():
            return [_generate(loaded, inputs) for of_window in _one_by_one(loaded, rows) for inputs in of_window]

    return run


def stock(pretrained: Path) -> Contestant:
    """lmms-eval's own qwen2_5_vl, given the windows.

    Raises:
        ImportError: decord, which it cannot do without, is not installed.
    """
    import_module("decord")
    from lmms_eval_plugins.execution.harness import make_lmms_model

    model = make_lmms_model(
        "qwen2_5_vl",
        {"pretrained": str(pretrained), "device": "cpu", "device_map": "cpu", "batch_size": "1", "max_num_frames": 8}
        | PIXELS,
    )

    def run(rows: Rows) -> list[str]:
        return [result.text for result in model.generate_until(requests(model, rows))]

    return run


def bound(model: TransformersModel, rows: Rows, windows_at_once: int) -> Contestant:
    """The least that any engine must do, on inputs that lie ready: each window once through the vision tower and the
    prompt's beginning, each question's own words behind that, and the likeliest next token."""
    greedy = Greedy(1, frozenset(), 1.0, lambda text: False, model.loaded.text)
    batches: list[tuple[list[WindowInputs], list[WindowPrompt]]] = []
    for place, (window, frames, fps, texts) in enumerate(_windows(rows)):
        if place % windows_at_once == 0:
            batches.append(([], []))
        shown, prompts = batches[-1]
        ready = model.prepare(frames, fps * (len(frames) - 1) / (window.frames[-1] - window.frames[0]))
        prompts += [WindowPrompt(len(shown), model.tokens(text, ready.shape)) for text in texts]
        shown.append(ready)

    def run(rows: Rows) -> list[str]:
        watch = Stopwatch()
        network = SplicedNetwork(model.family, model.loaded, watch)
        with torch.inference_mode():
            answered = [one for batch in batches for one in answer_prompts(network, *batch, greedy, len(rows), watch)]
        return [model.loaded.text(one.tokens) for one in answered]

    return run


def _windows(rows: Rows) -> Any:
    """The windows of rows that come video by video, with frames, clock and questions."""
    videos: dict[tuple[str, float], dict[Window, list[str]]] = {}
    for row in rows:
        window = Window(row["video_id"], row["window"], row["start_s"], row["end_s"], row["frames"])
        videos.setdefault((row["path"], row["fps"]), {}).setdefault(window, []).append(row["text"])
    for (path, fps), texts in videos.items():
        for window, frames in decode_windows(Path(path), list(texts), fps):
            yield window, frames, fps, texts[window]


def _one_by_one(loaded: LoadedCheckpoint, rows: Rows) -> Iterator[Iterator[Any]]:
    """The inputs of every question, window by window, made when they are wanted."""
    for window, frames, fps, texts in _windows(rows):
        shown_fps = fps * (len(frames) - 1) / (window.frames[-1] - window.frames[0])
        yield (_whole(loaded, frames, shown_fps, text) for text in texts)


def _whole(loaded: LoadedCheckpoint, frames: Any, fps: float, text: str) -> Any:
    content = [{"type": "video"}, {"type": "text", "text": text}]
    processor = loaded.processor
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    inputs = processor(
        text=[prompt],
        videos=[frames],
        video_metadata=[{"fps": fps, "total_num_frames": len(frames), "frames_indices": list(range(len(frames)))}],
        do_sample_frames=False,
        return_tensors="pt",
    )
    return inputs.to(loaded.model.device)


def _generate(loaded: LoadedCheckpoint, inputs: Any) -> str:
    tokens = loaded.model.generate(**inputs, max_new_tokens=GENERATION["max_new_tokens"], do_sample=False)
    new = tokens[:, inputs["input_ids"].shape[1] :]
    return str(loaded.processor.batch_decode(new, skip_special_tokens=True)[0])
