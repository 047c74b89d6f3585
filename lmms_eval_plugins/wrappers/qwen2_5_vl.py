"""Qwen2.5-VL through transformers, on the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoProcessor, Qwen2_5_VLForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutputWithPooling

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.wrappers.recording import digest
from lmms_eval_plugins.wrappers.windowed import Shown, WindowedModel, file_identity

_MODEL_TYPE = "qwen2_5_vl"
_OWN_THREADS = torch.get_num_threads()
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_GENERATION_KEYS = ("max_new_tokens", "temperature", "top_p", "num_beams")
_WEIGHTS = (".safetensors", ".bin")
_SETTINGS = (".json", ".jinja", ".txt", ".model")
_WEIGHT_SAMPLES = 256
"""Pieces of a weight file that its identity is taken from: every large tensor gets some."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Model and processor, kept where lmms-eval's clean-up between tasks does not find them."""

    model: Any
    processor: Any


class WindowedQwen2_5_VL(WindowedModel):
    """Qwen2.5-VL from a local folder or the hub, on CPU or GPU.

    Args:
        pretrained: folder of a checkpoint, or its name on the hub.
        revision: branch, tag or commit on the hub.
        device: ``cpu``, ``cuda``, ``cuda:1``, …; None takes a GPU where there is one.
        device_map: as transformers takes it, ``auto`` to spread a big model; replaces ``device``.
        dtype: ``float32``, ``bfloat16`` or ``float16``; None is bfloat16 on a GPU, float32 on a CPU.
        attn_implementation: as transformers takes it.
        min_pixels: a frame smaller than so many pixels is enlarged.
        max_pixels: a frame larger than so many pixels is reduced.
        declared_fps: frames per second that the model is told; None tells it the true rate of the frames shown.
        threads: processor threads of torch; None leaves torch's own number. A tiny model is fastest with one.
        batch_size: questions answered at once.
        answers: see `RecordingModel`.

    Raises:
        UserError: there is no such checkpoint, it is of another family, or an argument is not valid.
    """

    def __init__(
        self,
        pretrained: str | None = None,
        revision: str | None = None,
        device: str | None = None,
        device_map: str | None = None,
        dtype: str | None = None,
        attn_implementation: str | None = None,
        min_pixels: int = 128 * 28 * 28,
        max_pixels: int = 768 * 28 * 28,
        declared_fps: float | None = None,
        threads: int | None = None,
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        answers: str | Path | None = None,
    ) -> None:
        super().__init__(batch_size, answers)
        if not pretrained:
            raise UserError("which checkpoint? give it with --model_args pretrained=FOLDER-OR-HUB-NAME")
        if dtype is not None and dtype not in _DTYPES:
            raise UserError(f"dtype: {dtype!r} is none of {', '.join(_DTYPES)}")
        self._pretrained = str(Path(pretrained).expanduser()) if str(pretrained).startswith("~") else str(pretrained)
        self._revision = str(revision) if revision is not None else None
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.device_name = device_map or self._device
        self._device_map = device_map
        self._dtype = dtype or ("bfloat16" if self._device.startswith("cuda") or device_map else "float32")
        self._attn_implementation = attn_implementation
        self._size = {
            "shortest_edge": int(_positive("min_pixels", min_pixels)),
            "longest_edge": int(_positive("max_pixels", max_pixels)),
        }
        if self._size["shortest_edge"] > self._size["longest_edge"]:
            raise UserError(f"min_pixels: {min_pixels} is more than max_pixels ({max_pixels})")
        self._declared_fps = _positive("declared_fps", declared_fps) if declared_fps is not None else None
        self._threads = int(_positive("threads", threads)) if threads is not None else _OWN_THREADS
        self._loaded: _Loaded | None = None
        settings = (self._dtype, attn_implementation, self._size, self._declared_fps)
        self._fingerprint = digest(self._checkpoint_identity(), settings, transformers.__version__)

    @property
    def fingerprint(self) -> str:
        """Hash of checkpoint, revision, dtype, attention, pixel limits, declared frame rate, transformers' version."""
        return self._fingerprint

    def get_ready(self) -> None:
        """Load the checkpoint, once, and take as many threads as asked for."""
        torch.set_num_threads(self._threads)
        self._loaded = self._loaded or self._load()

    def answer_batch(self, batch: Sequence[Shown]) -> list[str]:
        """Generate one answer per question.

        Raises:
            UserError: the device's memory is too small for the batch.
        """
        loaded = self._loaded = self._loaded or self._load()
        try:
            with torch.inference_mode():
                inputs = self._inputs(loaded, batch)
                tokens = loaded.model.generate(**inputs, **_generation(batch[0].ask.generation))
        except torch.OutOfMemoryError as error:
            raise UserError(
                f"batch_size: {len(batch)} questions at once do not fit into the memory of {self.device_name};"
                " run again with a smaller one (or max_pixels), what was answered is kept"
            ) from error
        new = tokens[:, inputs["input_ids"].shape[1] :]
        return list(loaded.processor.batch_decode(new, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _inputs(self, loaded: _Loaded, batch: Sequence[Shown]) -> dict[str, Any]:
        """What `generate` takes; frames that several questions are about are prepared and encoded once."""
        processor, device = loaded.processor, loaded.model.device
        windows = {id(shown.frames): shown for shown in batch}
        place = {key: number for number, key in enumerate(windows)}
        asked = [place[id(shown.frames)] for shown in batch]
        videos = processor.video_processor(
            videos=[shown.frames for shown in windows.values()],
            video_metadata=[self._metadata(shown) for shown in windows.values()],
            do_sample_frames=False,
            size=self._size,
            return_tensors="pt",
        )
        texts, _ = processor.get_text_with_replacements(
            [_prompt(processor, shown.ask.text) for shown in batch],
            videos_replacements=[processor.replace_video_token(videos, number) for number in asked],
        )
        tokens = processor.tokenizer(texts, padding=True, padding_side="left", return_tensors="pt")
        grid = videos["video_grid_thw"].to(device)
        seen = loaded.model.get_video_features(videos["pixel_values_videos"].to(device), grid).pooler_output
        step_s = [processor.video_processor.temporal_patch_size / self._metadata(shown)["fps"] for shown in batch]
        return {
            **tokens.to(device),
            "mm_token_type_ids": torch.tensor(processor.create_mm_token_type_ids(tokens["input_ids"]), device=device),
            "video_grid_thw": grid[asked],
            "second_per_grid_ts": torch.tensor(step_s, device=device),
            "mm_encoder_outputs": {
                "video": BaseModelOutputWithPooling(pooler_output=tuple(seen[number] for number in asked))
            },
        }

    def _metadata(self, shown: Shown) -> dict[str, Any]:
        count = len(shown.frames)
        return {
            "fps": self._declared_fps or shown.fps,
            "total_num_frames": count,
            "frames_indices": list(range(count)),
        }

    def _checkpoint_identity(self) -> object:
        try:
            config = AutoConfig.from_pretrained(self._pretrained, revision=self._revision)
        except (OSError, ValueError) as error:
            raise UserError(_no_checkpoint(self._pretrained, self._revision, error)) from error
        if config.model_type != _MODEL_TYPE:
            raise UserError(f"{self._pretrained}: is a {config.model_type} checkpoint, not {_MODEL_TYPE}")
        folder = Path(self._pretrained)
        if folder.is_dir():
            files = sorted(path for path in folder.iterdir() if path.suffix in (*_WEIGHTS, *_SETTINGS))
            if not any(path.suffix in _WEIGHTS for path in files):
                raise UserError(f"{folder}: holds no weights (*.safetensors); is it copied completely?")
            return [[path.name, file_identity(path, _WEIGHT_SAMPLES)] for path in files]
        return [self._pretrained, getattr(config, "_commit_hash", None) or self._revision]

    def _load(self) -> _Loaded:
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        try:
            processor = AutoProcessor.from_pretrained(self._pretrained, revision=self._revision)
            model, found = Qwen2_5_VLForConditionalGeneration.from_pretrained(
                self._pretrained,
                revision=self._revision,
                dtype=_DTYPES[self._dtype],
                attn_implementation=self._attn_implementation,
                device_map=self._device_map,
                output_loading_info=True,
            )
        except Exception as error:  # whatever transformers, safetensors or the hub find wrong with it
            raise UserError(f"{self._pretrained}: the checkpoint cannot be loaded ({_first_line(error)})") from error
        if missing := sorted(found["missing_keys"]):
            raise UserError(f"{self._pretrained}: lacks {len(missing)} of its weights (the first: {missing[0]})")
        try:
            return _Loaded((model.to(self._device) if self._device_map is None else model).eval(), processor)
        except (RuntimeError, AssertionError) as error:
            raise UserError(f"device: {self._device!r} cannot hold the model ({_first_line(error)})") from error


def _prompt(processor: Any, text: str) -> str:
    content = [{"type": "video"}, {"type": "text", "text": text}]
    message = [{"role": "user", "content": content}]
    return str(processor.apply_chat_template(message, tokenize=False, add_generation_prompt=True))


def _generation(settings: Any) -> dict[str, Any]:
    """What `generate` gets; as in lmms-eval's own backends, a temperature means sampling and none the likeliest."""
    chosen = {key: settings[key] for key in _GENERATION_KEYS if settings.get(key) is not None}
    if chosen.get("temperature"):
        return chosen | {"do_sample": True}
    return chosen | {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}


def _positive(name: str, value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise UserError(f"{name}: {value!r} is not a number above 0")
    return number


def _no_checkpoint(name: str, revision: str | None, error: Exception) -> str:
    if (config := Path(name, "config.json")).is_file():
        return f"{config}: not the configuration of a model that transformers knows ({_first_line(error)})"
    if Path(name).exists():
        return f"{name}: holds no checkpoint (no config.json); give the folder that save_pretrained wrote"
    if name.startswith(("/", ".", "~")):
        return f"{name}: no such folder; give the one that save_pretrained wrote, or a checkpoint's name on the hub"
    at = f" at revision {revision}" if revision else ""
    return (
        f"{name}: no such checkpoint{at} on this machine, and the hub does not give it;"
        " check the name, the network, or log in with `hf auth login` where it is gated"
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
