"""A checkpoint of transformers, in a folder or on the hub: what it is, and how it is loaded."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoProcessor,
    BitsAndBytesConfig,
    GenerationConfig,
    PreTrainedConfig,
    PreTrainedModel,
    ProcessorMixin,
)
from transformers.utils.hub import cached_file, extract_commit_hash, has_file

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.choices import Choices
from lmms_eval_plugins.models.engine.memory import check_room, free_bytes, parameters_of
from lmms_eval_plugins.models.engine.refusals import ADAPTER, check_kernels, describe_failure, refuse_adapter
from lmms_eval_plugins.models.engine.windows import file_identity
from lmms_eval_plugins.models.remote_code import set_trust
from lmms_eval_plugins.models.settings import BitsAndBytes, TransformersSettings

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

_WEIGHTS = (".safetensors", ".bin")
_SETTINGS = (".json", ".jinja", ".txt", ".model")
_OWN_THREADS = torch.get_num_threads()
_SEED = 22
"""Of random weights."""

_WEIGHT_SAMPLES = 256
"""Pieces of a weight file that its identity is taken from: every large tensor gets some."""


ProcessorT = TypeVar("ProcessorT")


@dataclass(frozen=True, slots=True)
class LoadedCheckpoint:
    """Model and processor, kept where lmms-eval's clean-up between tasks does not find them; and the model's type."""

    model: PreTrainedModel
    processor: ProcessorMixin
    dtype: torch.dtype

    def text(self, tokens: Sequence[int]) -> str:
        """Return the text of some tokens, special ones left out."""
        decode = self.processor.tokenizer.decode
        return str(decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def choices(self, answers: Sequence[str]) -> Choices | None:
        """Return allowed answers as tokens; None where there are none."""
        tokenizer = self.processor.tokenizer
        return (
            Choices(
                answers,
                lambda text: tokenizer(text, add_special_tokens=False)["input_ids"],
                lambda token: not tokenizer.decode([token]).strip(),
            )
            if answers
            else None
        )


class Checkpoint:
    """Where a model's weights are, and on what it is to run.

    Args:
        settings: which checkpoint, where it runs, and how.

    Attributes:
        device: the device's name, or the device map's.
        dtype: the chosen type's name.
        attn_implementation: as given.
        quantization: as given.
        untrained: whether the weights are random ones.
        threads: processor threads of torch, as given or torch's own number.
        revision: as given; once `identity` has read it, the commit on the hub that it stands for.

    Raises:
        UserError: weights are to be quantized here and bitsandbytes is not installed.
    """

    def __init__(self, settings: TransformersSettings) -> None:
        pretrained, device_map, quantization = settings.pretrained, settings.device_map, settings.quantization
        if quantization is not None and settings.engine == "transformers" and find_spec("bitsandbytes") is None:
            raise UserError(
                f"quantization={quantization} needs the package bitsandbytes;"
                f" install it with `{sys.executable} -m pip install bitsandbytes`"
            )
        self._name = str(Path(pretrained).expanduser()) if pretrained.startswith("~") else pretrained
        self.revision = settings.revision
        self._device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._device_map = device_map
        self.device = device_map or self._device
        spread = device_map is not None and torch.cuda.is_available() and device_map != "cpu"
        self.on_gpu = spread if device_map else self._device.startswith("cuda")
        self.dtype = settings.dtype or ("bfloat16" if self.on_gpu else "float32")
        self.attn_implementation = settings.attn_implementation
        self.quantization = quantization
        self.untrained = settings.untrained
        self.threads = settings.threads or _OWN_THREADS

    @property
    def model_type(self) -> str:
        """Return the family's name in its configuration.

        Raises:
            UserError: there is no such checkpoint, or transformers does not know its family.
        """
        return str(self.config().model_type)

    @property
    def n_layers(self) -> int:
        """Return how many layers its language model has, or it itself where it has none."""
        return int(self.config().get_text_config().num_hidden_layers)

    def describe(self) -> dict[str, str | bool | None]:
        """Return what is loaded, for people; the revision is None where the checkpoint is a folder."""
        return {
            "pretrained": self._name,
            "revision": self.revision,
            "dtype": self.dtype,
            "quantization": self.quantization,
            **({"untrained": True} if self.untrained else {}),
        }

    def identity(self, *model_types: str) -> object:
        """Return what tells its weights and settings from others, as plain values.

        Raises:
            UserError: there is no such checkpoint, it is of none of these types, or it would run code.
        """
        set_trust(False)
        config = self.config()
        if config.model_type not in model_types:
            hint = _other_wrapper(config.model_type)
            raise UserError(f"{self._name}: is a {config.model_type} checkpoint, not {' or '.join(model_types)}{hint}")
        check_kernels(self._name, config)
        folder = Path(self._name)
        if folder.is_dir():
            if (folder / ADAPTER).exists():
                raise refuse_adapter(self._name)
            files = sorted(path for path in folder.iterdir() if path.suffix in (*_WEIGHTS, *_SETTINGS))
            if self.untrained:
                return [[path.name, file_identity(path)] for path in files if path.suffix in _SETTINGS]
            if not any(path.suffix in _WEIGHTS for path in files):
                raise UserError(f"{folder}: holds no weights (*.safetensors); is it copied completely?")
            return [[path.name, file_identity(path, _WEIGHT_SAMPLES)] for path in files]
        file = cached_file(self._name, "config.json", revision=self.revision)
        self.revision = extract_commit_hash(file, None) or self.revision
        if has_file(self._name, ADAPTER, revision=self.revision):
            raise refuse_adapter(self._name)
        return [self._name, self.revision]

    def config(self) -> PreTrainedConfig:
        """Read its configuration.

        Raises:
            UserError: there is no such checkpoint, or transformers does not know its family.
        """
        try:
            return AutoConfig.from_pretrained(self._name, revision=self.revision, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise UserError(_no_checkpoint(self._name, self.revision, error)) from error

    def generation_config(self) -> GenerationConfig:
        """Read its own settings of generation, transformers' usual ones where it has none."""
        try:
            return GenerationConfig.from_pretrained(self._name, revision=self.revision, trust_remote_code=False)
        except OSError:
            return GenerationConfig.from_model_config(self.config())

    def load(self, model_class: type[PreTrainedModel]) -> LoadedCheckpoint:
        """Load model and processor.

        Raises:
            UserError: it is damaged or incomplete, or the device cannot hold it.
        """
        processor = self.load_processor(AutoProcessor, ProcessorMixin)
        return LoadedCheckpoint(self.load_network(model_class), processor, DTYPES[self.dtype])

    def load_processor(
        self,
        loader: Any,  # any of transformers' classes that load one, some without types
        kind: type[ProcessorT],
    ) -> ProcessorT:
        """Load the processor alone.

        Args:
            loader: transformers' class that loads it.
            kind: what it has to be.

        Raises:
            UserError: it is damaged, or there is none.
        """
        set_trust(False)
        transformers.utils.logging.set_verbosity_error()
        none = UserError(f"{self._name}: has no processor (processor_config.json); is it copied completely?")
        if Path(self._name).is_dir() and not any(Path(self._name).glob("*processor_config.json")):
            raise none
        try:
            processor = loader.from_pretrained(self._name, revision=self.revision, trust_remote_code=False)
        except Exception as error:  # whatever transformers or the hub find wrong with it
            raise UserError(describe_failure(self._name, error)) from error
        if not isinstance(processor, kind):
            raise none
        return processor

    def load_network(self, model_class: type[PreTrainedModel]) -> PreTrainedModel:
        """Load the network alone.

        Raises:
            UserError: it is damaged or incomplete, or the device cannot hold it.
        """
        set_trust(False)
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # warns at every step
        dtype, config = DTYPES[self.dtype], self.config()
        quantization = None if self.quantization == "fp8" else self.quantization  # fp8 is loaded by vLLM alone
        free = free_bytes(self._device, self._device_map)
        # Weights that are stored quantized are smaller than their number tells.
        if free and getattr(config, "quantization_config", None) is None:
            check_room(self._name, parameters_of(model_class, config), dtype, quantization, free)
        # What is quantized must be put where it belongs while it is loaded.
        placed = {"": self._device} if quantization and self._device_map is None else self._device_map
        try:
            if self.untrained:
                model, missing = _random(model_class, config, dtype, self.attn_implementation), []
            else:
                model, found = model_class.from_pretrained(
                    self._name,
                    revision=self.revision,
                    trust_remote_code=False,
                    weights_only=True,
                    dtype=dtype,
                    attn_implementation=self.attn_implementation,
                    device_map=placed,
                    quantization_config=_quantizing(quantization, dtype),
                    output_loading_info=True,
                )
                missing = sorted(found["missing_keys"])
        except Exception as error:  # whatever transformers, safetensors or the hub find wrong with it
            raise UserError(describe_failure(self._name, error)) from error
        if missing:
            raise UserError(f"{self._name}: lacks {len(missing)} of its weights (the first: {missing[0]})")
        try:
            placed_model = model.to(self.device) if placed is None or self.untrained else model
            return placed_model.eval()
        except (RuntimeError, AssertionError) as error:
            raise UserError(f"device: {self._device!r} cannot hold the model ({_first_line(error)})") from error


def _random(
    model_class: type[PreTrainedModel], config: PreTrainedConfig, dtype: torch.dtype, attention: str | None
) -> PreTrainedModel:
    """Make a model of a configuration whose weights are drawn as before its training: always the same."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        return model_class._from_config(config, dtype=dtype, attn_implementation=attention)


def _other_wrapper(model_type: str) -> str:
    # Only now: lmms-eval's registry itself imports this package.
    from lmms_eval.models import MODEL_REGISTRY_V2

    wrapper = f"rehab_{model_type}"
    known = wrapper in MODEL_REGISTRY_V2.list_model_names()
    return f"; its wrapper is {wrapper}, as in --model {model_type}" if known else ""


def _quantizing(quantization: BitsAndBytes | None, dtype: torch.dtype) -> BitsAndBytesConfig | None:
    if quantization == "4bit":
        return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
    return BitsAndBytesConfig(load_in_8bit=True) if quantization == "8bit" else None


def _no_checkpoint(name: str, revision: str | None, error: Exception) -> str:
    config, on_hub = Path(name, "config.json"), not name.startswith(("/", ".", "~"))
    if config.is_file() or (on_hub and not Path(name).exists() and isinstance(error, ValueError)):
        return (
            f"{config if config.is_file() else name}: not the configuration of a model that transformers knows"
            f" ({_first_line(error)}); many checkpoints have a conversion that it knows, named …-hf"
        )
    if Path(name).exists():
        return f"{name}: holds no checkpoint (no config.json); give the folder that save_pretrained wrote"
    if not on_hub:
        return f"{name}: no such folder; give the one that save_pretrained wrote, or a checkpoint's name on the hub"
    at = f" at revision {revision}" if revision else ""
    return (
        f"{name}: no such checkpoint{at} on this machine, and the hub does not give it;"
        " check the name, the network, or log in with `hf auth login` where it is gated"
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
