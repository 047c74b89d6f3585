"""A checkpoint of transformers, in a folder or on the hub: what it is, and how it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoProcessor

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.wrappers.windowed import file_identity

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

_WEIGHTS = (".safetensors", ".bin")
_SETTINGS = (".json", ".jinja", ".txt", ".model")
_WEIGHT_SAMPLES = 256
"""Pieces of a weight file that its identity is taken from: every large tensor gets some."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Model and processor, kept where lmms-eval's clean-up between tasks does not find them."""

    model: Any
    processor: Any


class Checkpoint:
    """Where a model's weights are, and on what it is to run.

    Args:
        pretrained: folder of a checkpoint, or its name on the hub.
        revision: branch, tag or commit on the hub.
        device: ``cpu``, ``cuda``, ``cuda:1``, …; None takes a GPU where there is one.
        device_map: as transformers takes it, ``auto`` to spread a big model; replaces ``device``.
        dtype: ``float32``, ``bfloat16`` or ``float16``; None is bfloat16 on a GPU, float32 on a CPU.
        attn_implementation: as transformers takes it.

    Attributes:
        device: the device's name, or the device map's.
        dtype: the chosen type's name.
        attn_implementation: as given.

    Raises:
        UserError: no checkpoint is named, or there is no such type.
    """

    def __init__(
        self,
        pretrained: str | None,
        revision: str | None,
        device: str | None,
        device_map: str | None,
        dtype: str | None,
        attn_implementation: str | None,
    ) -> None:
        if not pretrained:
            raise UserError("which checkpoint? give it with --model_args pretrained=FOLDER-OR-HUB-NAME")
        if dtype is not None and dtype not in DTYPES:
            raise UserError(f"dtype: {dtype!r} is none of {', '.join(DTYPES)}")
        self._name = str(Path(pretrained).expanduser()) if str(pretrained).startswith("~") else str(pretrained)
        self._revision = str(revision) if revision is not None else None
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._device_map = device_map
        self.device = device_map or self._device
        self.on_gpu = self._device.startswith("cuda") or device_map is not None
        self.dtype = dtype or ("bfloat16" if self.on_gpu else "float32")
        self.attn_implementation = attn_implementation

    def identity(self, model_type: str) -> object:
        """What tells its weights and settings from others, as plain values.

        Raises:
            UserError: there is no such checkpoint, or it is not of this type.
        """
        try:
            config = AutoConfig.from_pretrained(self._name, revision=self._revision)
        except (OSError, ValueError) as error:
            raise UserError(_no_checkpoint(self._name, self._revision, error)) from error
        if config.model_type != model_type:
            raise UserError(f"{self._name}: is a {config.model_type} checkpoint, not {model_type}")
        folder = Path(self._name)
        if folder.is_dir():
            files = sorted(path for path in folder.iterdir() if path.suffix in (*_WEIGHTS, *_SETTINGS))
            if not any(path.suffix in _WEIGHTS for path in files):
                raise UserError(f"{folder}: holds no weights (*.safetensors); is it copied completely?")
            return [[path.name, file_identity(path, _WEIGHT_SAMPLES)] for path in files]
        return [self._name, getattr(config, "_commit_hash", None) or self._revision]

    def load(self, model_class: Any) -> Loaded:
        """Load it.

        Raises:
            UserError: it is damaged or incomplete, or the device cannot hold it.
        """
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        try:
            processor = AutoProcessor.from_pretrained(self._name, revision=self._revision)
            model, found = model_class.from_pretrained(
                self._name,
                revision=self._revision,
                dtype=DTYPES[self.dtype],
                attn_implementation=self.attn_implementation,
                device_map=self._device_map,
                output_loading_info=True,
            )
        except Exception as error:  # whatever transformers, safetensors or the hub find wrong with it
            raise UserError(f"{self._name}: the checkpoint cannot be loaded ({_first_line(error)})") from error
        if missing := sorted(found["missing_keys"]):
            raise UserError(f"{self._name}: lacks {len(missing)} of its weights (the first: {missing[0]})")
        try:
            return Loaded((model.to(self._device) if self._device_map is None else model).eval(), processor)
        except (RuntimeError, AssertionError) as error:
            raise UserError(f"device: {self._device!r} cannot hold the model ({_first_line(error)})") from error


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
