"""The bound, plain `generate` and the published loop, about windows whose frames lie in memory; without lmms-eval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lmms_eval_plugins.models.engine.chat import chat_prompt
from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.prefix import Answered, Greedy, WindowPrompt, answer_prompts
from lmms_eval_plugins.models.engine.spliced import SplicedNetwork
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.taps import NO_TAPS, Taps
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.models.engine.windows import WindowInputs
from lmms_eval_plugins.video.decode import Frames

MAX_NEW_TOKENS = 16


@dataclass(frozen=True, slots=True)
class AskedWindow:
    """A window with the questions about it.

    Attributes:
        frames: RGB, (frames, height, width, 3), uint8.
        fps: frames per second at which they follow each other.
        texts: the questions.
    """

    frames: Frames
    fps: float
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadyBatch:
    """Windows as the network takes them, and the prompts about them."""

    windows: tuple[WindowInputs, ...]
    prompts: tuple[WindowPrompt, ...]


def ready_batches(model: TransformersModel, windows: Sequence[AskedWindow], at_once: int) -> list[ReadyBatch]:
    """Prepare windows for the network, some at once."""
    batches = []
    for start in range(0, len(windows), at_once):
        part = windows[start : start + at_once]
        shown = tuple(model.prepare(one.frames, one.fps) for one in part)
        prompts = tuple(
            WindowPrompt(place, model.tokens(text, shown[place].shape))
            for place, one in enumerate(part)
            for text in one.texts
        )
        batches.append(ReadyBatch(shown, prompts))
    return batches


def bound(model: TransformersModel, batches: Sequence[ReadyBatch]) -> list[str]:
    """The least that any engine must do, on inputs that lie ready: each window once through the vision tower and the
    prompt's beginning, each question's own words behind that, and the likeliest next token."""
    return [model.loaded.text(one.tokens) for one in first_tokens(model, batches)]


def first_tokens(model: TransformersModel, batches: Sequence[ReadyBatch], taps: Taps = NO_TAPS) -> list[Answered]:
    """Return the first token of each reply, with hidden states where taps take them."""
    greedy, watch = Greedy(1, frozenset(), 1.0, lambda text: False, model.loaded.text), Stopwatch()
    network = SplicedNetwork(model.family, model.loaded, watch, taps)
    with torch.inference_mode():
        return [
            one
            for batch in batches
            for one in answer_prompts(network, batch.windows, batch.prompts, greedy, len(batch.prompts), watch)
        ]


def published_loop(loaded: LoadedCheckpoint, windows: Iterable[AskedWindow]) -> list[str]:
    """What the study's code did about every window: for each question a forward pass that nobody reads, then `generate`
    about the same, at batch size one; then the GPU's cache is emptied. Each video is decoded once all the same."""
    replies: list[str] = []
    for window in windows:
        for inputs in _of_questions(loaded, window):
            with torch.inference_mode():
                loaded.model(**inputs)
                replies.append(_generate(loaded, inputs))
        if loaded.model.device.type == "cuda":
            torch.cuda.empty_cache()
    return replies


def one_by_one(loaded: LoadedCheckpoint, windows: Iterable[AskedWindow]) -> list[str]:
    """The same without its waste: transformers' documented usage, one question at a time."""
    with torch.inference_mode():
        return [_generate(loaded, inputs) for window in windows for inputs in _of_questions(loaded, window)]


def _of_questions(loaded: LoadedCheckpoint, window: AskedWindow) -> Iterator[Any]:
    """Yield the inputs of every question, made when they are wanted."""
    frames = window.frames
    for text in window.texts:
        inputs = loaded.processor(
            text=[asked_about_video(loaded, text)],
            videos=[frames],
            video_metadata=[
                {"fps": window.fps, "total_num_frames": len(frames), "frames_indices": list(range(len(frames)))}
            ],
            do_sample_frames=False,
            return_tensors="pt",
        ).to(loaded.model.device)
        inputs["pixel_values_videos"] = inputs["pixel_values_videos"].to(loaded.dtype)
        yield inputs


def asked_about_video(loaded: LoadedCheckpoint, text: str) -> str:
    """Return a question in the checkpoint's chat template, behind one placeholder of the video."""
    return chat_prompt(loaded.processor, [{"type": "video"}, {"type": "text", "text": text}])


def _generate(loaded: LoadedCheckpoint, inputs: Any) -> str:
    tokens = loaded.model.generate(**inputs, max_new_tokens=MAX_NEW_TOKENS, do_sample=False)
    return loaded.text(tokens[0, inputs["input_ids"].shape[1] :].tolist())
