"""What every family of transformers shares: from windows and questions to answers, by the short way or the long one."""

from __future__ import annotations

import resource
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import torch
import transformers
from torch import Tensor
from transformers import GenerationConfig

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.checkpoint import Checkpoint, LoadedCheckpoint
from lmms_eval_plugins.models.engine.choices import Choices, Tokens
from lmms_eval_plugins.models.engine.prefix import Greedy, Prefix, WindowPrompt, answer_prompts
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windowed import Shown, TooLarge, WindowedModel, WindowInputs
from lmms_eval_plugins.models.recording import digest
from lmms_eval_plugins.questions.reading import answer_line_ended
from lmms_eval_plugins.runs.answers import Reply

Mode = Literal["auto", "generate"]

_OWN_THREADS = torch.get_num_threads()
_GENERATION_KEYS = ("max_new_tokens", "temperature", "top_p", "num_beams")
_MIB = 1 << 20
_SHAPING = (
    "bad_words_ids",
    "begin_suppress_tokens",
    "diversity_penalty",
    "encoder_no_repeat_ngram_size",
    "encoder_repetition_penalty",
    "exponential_decay_length_penalty",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "guidance_scale",
    "min_length",
    "min_new_tokens",
    "no_repeat_ngram_size",
    "sequence_bias",
    "stop_strings",
    "suppress_tokens",
    "watermarking_config",
)
"""Settings of generation that our own greedy decoding does not know; where a checkpoint has one, `generate` answers."""


class TransformersModel(WindowedModel):
    """A vision-language model of transformers on the engine; a family says how its network is fed.

    Args:
        checkpoint: the weights.
        declared_fps: frames per second that the model is told; None tells it the true rate of the frames shown.
        threads: processor threads of torch; None leaves torch's own number. A tiny model is fastest with one.
        mode: ``auto`` shares what questions have in common and scores the allowed answers of closed ones; ``generate``
            asks transformers' ``generate`` about each question by itself.
        batch_size: see `WindowedModel`.
        answers: see `RecordingModel`.
        settings: other settings of the family that change answers.

    Raises:
        UserError: there is no such checkpoint, it is of another family, or an argument is not valid.
    """

    model_type: str
    model_class: Any

    def __init__(
        self,
        checkpoint: Checkpoint,
        declared_fps: float | None,
        threads: int | None,
        mode: Mode,
        batch_size: int | str,
        answers: str | Path | None,
        settings: object,
    ) -> None:
        super().__init__(batch_size, answers)
        if mode not in get_args(Mode):
            raise UserError(f"mode: {mode!r} is none of {', '.join(get_args(Mode))}")
        self._checkpoint, self._mode = checkpoint, mode
        self.device_name = checkpoint.device
        self._declared_fps = positive("declared_fps", declared_fps) if declared_fps is not None else None
        self._threads = int(positive("threads", threads)) if threads is not None else _OWN_THREADS
        self._loaded: LoadedCheckpoint | None = None
        all_settings = (checkpoint.dtype, checkpoint.attn_implementation, settings, self._declared_fps)
        unusual = [way for way in (mode if mode != "auto" else None, checkpoint.quantization) if way]
        self._fingerprint = digest(
            checkpoint.identity(self.model_type), all_settings, transformers.__version__, *unusual
        )
        self._tokens = lru_cache(maxsize=4096)(self.tokens)
        self._choices = lru_cache(maxsize=4096)(self._make_choices)

    @property
    def fingerprint(self) -> str:
        """Hash of checkpoint, revision, dtype, quantization, attention, settings, mode, and transformers' version."""
        return self._fingerprint

    @property
    def weights(self) -> dict[str, str | None]:
        """Which weights answer, as ``run.json`` says it: checkpoint, commit of the revision, dtype, quantization."""
        return self._checkpoint.describe()

    @property
    def loaded(self) -> LoadedCheckpoint:
        """The model and its processor, loaded when first needed."""
        if self._loaded is None:
            self._loaded = self._checkpoint.load(self.model_class)
        return self._loaded

    @abstractmethod
    def tokens(self, text: str, shape: Any) -> Tokens:
        """The prompt of a question about windows of a shape; all of them begin alike, beyond the end of the video."""

    @abstractmethod
    def prefill(self, windows: Sequence[WindowInputs], tokens: Sequence[int]) -> Prefix:
        """See `lmms_eval_plugins.models.engine.prefix.Network`."""

    @abstractmethod
    def logits(self, tokens: Tensor, mask: Tensor, positions: Tensor, cache: Any) -> Tensor:
        """See `lmms_eval_plugins.models.engine.prefix.Network`."""

    @abstractmethod
    def whole_inputs(self, batch: Sequence[tuple[WindowInputs, str]]) -> Mapping[str, Any]:
        """What ``generate`` takes for questions, each with its own window, padded on the left."""

    def get_ready(self) -> None:
        """Load the checkpoint, once, and take as many threads as asked for."""
        torch.set_num_threads(self._threads)
        if self.loaded.model.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def make_watch(self) -> Stopwatch:
        """A stopwatch on the device's clock."""
        return Stopwatch("cuda" if self._checkpoint.on_gpu else "cpu")

    def peak_memory(self) -> dict[str, float]:
        """Peak memory of this process, and of the GPUs."""
        peak = {"peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        if torch.cuda.is_available():
            devices = range(torch.cuda.device_count())
            peak["peak_gpu_memory_mib"] = sum(torch.cuda.max_memory_allocated(device) for device in devices) / _MIB
        return peak

    def answer_batch(self, batch: Sequence[Shown]) -> list[list[Reply]]:
        """Answer the questions of some windows; see `WindowedModel.answer_batch`."""
        settings = generation_settings(batch[0].asks[0].generation)
        greedy = self._greedy(settings) if self._mode == "auto" else None
        try:
            with torch.inference_mode():
                flat = self._shared(batch, greedy) if greedy else self._one_by_one(batch, settings)
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise TooLarge(str(error).splitlines()[0]) from error
        said = iter(flat)
        return [[next(said) for _ in shown.asks] for shown in batch]

    def _shared(self, batch: Sequence[Shown], greedy: Greedy) -> list[Reply]:
        asked = [
            WindowPrompt(window, self._tokens(ask.text, shown.prepared.shape), self._choices(tuple(ask.row["choices"])))
            for window, shown in enumerate(batch)
            for ask in shown.asks
        ]
        windows = [shown.prepared for shown in batch]
        answered = answer_prompts(self, windows, asked, greedy, self.batch_size, self.watch)
        return [Reply(greedy.text(one.tokens), one.choice_logprobs) for one in answered]

    def _one_by_one(self, batch: Sequence[Shown], settings: Mapping[str, Any]) -> list[Reply]:
        questions = [(shown.prepared, ask.text) for shown in batch for ask in shown.asks]
        said = []
        for start in range(0, len(questions), self.batch_size):
            inputs = self.whole_inputs(questions[start : start + self.batch_size])
            with self.watch.phase("generate"):
                tokens = self.loaded.model.generate(**inputs, **settings)
            said += [Reply(self.text(row)) for row in tokens[:, inputs["input_ids"].shape[1] :].tolist()]
        return said

    def text(self, tokens: Sequence[int]) -> str:
        """What some tokens say, special ones left out."""
        decode = self.loaded.processor.tokenizer.decode
        return str(decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _greedy(self, settings: Mapping[str, Any]) -> Greedy | None:
        """How to decode greedily; None where only ``generate`` can do what is asked for."""
        usual, own = GenerationConfig(), self.loaded.model.generation_config
        limit = settings.get("max_new_tokens") or own.max_new_tokens
        shaped = any(getattr(own, name, None) != getattr(usual, name, None) for name in _SHAPING)
        if settings["do_sample"] or (settings.get("num_beams") or 1) > 1 or shaped or limit is None:
            return None
        end = own.eos_token_id
        return Greedy(
            max_new_tokens=int(limit),
            end=frozenset([end] if isinstance(end, int) else end or ()),
            repetition_penalty=own.repetition_penalty or 1.0,
            ended=answer_line_ended,
            text=self.text,
        )

    def _make_choices(self, answers: tuple[str, ...]) -> Choices | None:
        tokenizer = self.loaded.processor.tokenizer
        return (
            Choices(
                answers,
                lambda text: tokenizer(text, add_special_tokens=False)["input_ids"],
                lambda token: not tokenizer.decode([token]).strip(),
            )
            if answers
            else None
        )

    def told_fps(self, fps: float) -> float:
        """The frame rate that the model is told."""
        return self._declared_fps or fps


def generation_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What ``generate`` gets; as in lmms-eval's own backends, a temperature means sampling and none the likeliest."""
    chosen = {key: settings[key] for key in _GENERATION_KEYS if settings.get(key) is not None}
    if chosen.get("temperature"):
        return chosen | {"do_sample": True}
    return chosen | {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}


def positive(name: str, value: object) -> float:
    """An argument that is a number above 0.

    Raises:
        UserError: it is not.
    """
    try:
        number = float(str(value))
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise UserError(f"{name}: {value!r} is not a number above 0")
    return number
