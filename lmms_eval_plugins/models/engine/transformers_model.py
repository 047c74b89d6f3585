"""A vision-language model of transformers: from windows and prompts to replies, by the short way or the long one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache

import torch
import transformers
from transformers import GenerationConfig

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Generation, HiddenPlaces, LayerState, RequestReply
from lmms_eval_plugins.models.engine.batches import raising_too_large
from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.choices import Choices, Tokens
from lmms_eval_plugins.models.engine.family import Family, Shape
from lmms_eval_plugins.models.engine.prefix import Answered, Greedy, WindowPrompt, answer_prompts
from lmms_eval_plugins.models.engine.processor.kernels import quicken
from lmms_eval_plugins.models.engine.refusals import refusing_fetched_code
from lmms_eval_plugins.models.engine.spliced import SplicedNetwork, prompt_tokens
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.taps import NO_TAPS, taps_of
from lmms_eval_plugins.models.engine.torch_model import TorchModel
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs
from lmms_eval_plugins.models.hidden import chosen_layers
from lmms_eval_plugins.models.settings import TransformersSettings
from lmms_eval_plugins.questions.reading import answer_line_ended
from lmms_eval_plugins.runs.answers import CUT_OFF, ENDED, Reply
from lmms_eval_plugins.video.decode import Frames

_GENERATION_KEYS = ("max_new_tokens", "temperature", "top_p", "num_beams")
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


def generation_settings(settings: Generation) -> Generation:
    """Return what ``generate`` gets; as in lmms-eval's backends, a temperature means sampling, none the likeliest."""
    chosen = {key: settings[key] for key in _GENERATION_KEYS if settings.get(key) is not None}
    if chosen.get("temperature"):
        return chosen | {"do_sample": True}
    return chosen | {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}


def shaping(own: GenerationConfig) -> list[str]:
    """Return the settings of a checkpoint's own generation that only ``generate`` knows, by name."""
    usual = GenerationConfig()
    return [name for name in _SHAPING if getattr(own, name, None) != getattr(usual, name, None)]


def greedy_of(settings: Generation, loaded: LoadedCheckpoint) -> Greedy | None:
    """Return how to decode greedily; None where only ``generate`` can do what is wanted."""
    own = loaded.model.generation_config
    limit = settings.get("max_new_tokens") or own.max_new_tokens
    if settings["do_sample"] or (settings.get("num_beams") or 1) > 1 or shaping(own) or limit is None:
        return None
    return Greedy(
        max_new_tokens=int(limit),
        end=end_tokens(own.eos_token_id),
        repetition_penalty=own.repetition_penalty or 1.0,
        ended=answer_line_ended,
        text=loaded.text,
    )


def end_tokens(configured: int | Sequence[int] | None) -> frozenset[int]:
    """Return the tokens that end a reply, as a configuration states one, several or none."""
    return frozenset([configured] if isinstance(configured, int) else configured or ())


class TransformersModel(TorchModel):
    """A checkpoint of a family, as `lmms_eval_plugins.models.engine.batches.BatchModel`.

    Args:
        family: how the checkpoint's network is fed.
        settings: which checkpoint, where it runs, and how.

    Attributes:
        device: the device's name, or the device map's.
        fingerprint: hash of checkpoint, revision, dtype, quantization, attention, the family's settings, mode, the
            switch for thinking, and transformers' version.
        hidden: which hidden states are kept.

    Raises:
        UserError: there is no such checkpoint, it is of another family, or it has not the layers.
    """

    def __init__(self, family: Family, settings: TransformersSettings) -> None:
        self.family, self._mode, self._thinking = family, settings.mode, settings.thinking
        super().__init__(settings)
        checkpoint = self._checkpoint
        self._loaded: LoadedCheckpoint | None = None
        all_settings = (checkpoint.dtype, checkpoint.attn_implementation, *family.changing_answers)
        mode, untrained = self._mode if self._mode != "auto" else None, "untrained" if settings.untrained else None
        thinking = None if settings.thinking is None else f"thinking={settings.thinking}"
        unusual = [way for way in (mode, checkpoint.quantization, untrained, thinking) if way]
        self.fingerprint = digest(
            checkpoint.identity(family.model_type), all_settings, transformers.__version__, *unusual
        )
        wanted = settings.record and chosen_layers(settings.layers, checkpoint.n_layers, settings.pretrained)
        self.hidden = HiddenPlaces(wanted) if wanted else None
        self._tokens = lru_cache(maxsize=4096)(self.tokens)
        self._choices = lru_cache(maxsize=4096)(self._make_choices)

    @property
    def weights(self) -> dict[str, str | bool | None]:
        """Checkpoint, commit of the revision, dtype, quantization."""
        return self._checkpoint.describe()

    @property
    def loaded(self) -> LoadedCheckpoint:
        """The model and its processor, loaded when first needed."""
        if self._loaded is None:
            self._loaded = self._checkpoint.load(self.family.model_class)
            quicken(self._loaded.model)
        return self._loaded

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Make of frames what the family's network takes."""
        return self.family.prepare(self.loaded, frames, fps)

    def tokens(self, text: str, shape: Hashable) -> Tokens:
        """Spell a prompt about windows of a shape; all of them begin alike, beyond the end of the video."""
        assert isinstance(shape, Shape)
        return prompt_tokens(self.loaded, text, shape, self._thinking)

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        """Answer the requests of some windows; see `lmms_eval_plugins.models.engine.batches.BatchModel`."""
        settings = generation_settings(batch[0].requests[0].generation)
        greedy = greedy_of(settings, self.loaded) if self._mode == "auto" else None
        name = str(self._checkpoint.describe()["pretrained"])
        with raising_too_large(), refusing_fetched_code(name), torch.inference_mode():
            if greedy:
                return self._shared(batch, greedy, at_once, watch)
            if self.hidden:
                raise UserError(
                    f"record=hidden: {name}: its generation_config.json wants a way of decoding that only `generate`"
                    " knows, which is not looked into"
                )
            return self._one_by_one(batch, settings, at_once, watch)

    def _shared(self, batch: Sequence[Shown], greedy: Greedy, at_once: int, watch: Stopwatch) -> list[RequestReply]:
        prompts = [
            WindowPrompt(
                window,
                self._tokens(request.text, shown.prepared.shape),
                self._choices(tuple(request.row["choices"])),
            )
            for window, shown in enumerate(batch)
            for request in shown.requests
        ]
        windows = [shown.prepared for shown in batch]
        taps = taps_of(self.loaded.model.model.language_model, self.hidden.layers) if self.hidden else NO_TAPS
        network = SplicedNetwork(self.family, self.loaded, watch, taps)
        answered = answer_prompts(network, windows, prompts, greedy, at_once, watch)
        asked = [(request, request is shown.requests[0]) for shown in batch for request in shown.requests]
        return [
            RequestReply(
                request,
                Reply(greedy.text(one.tokens), one.choice_logprobs, CUT_OFF if one.is_cut else ENDED),
                self._states(one, is_first),
            )
            for (request, is_first), one in zip(asked, answered, strict=True)
        ]

    def _states(self, one: Answered, with_window: bool) -> tuple[LayerState, ...]:
        """Return the hidden states of a question, and of its window where no other question of it gives them."""
        if self.hidden is None or one.states is None or one.behind_frames is None:
            return ()
        places = [(one.states, False), *([(one.behind_frames, True)] if with_window else [])]
        return tuple(
            LayerState(layer, values.numpy(), behind_frames)
            for states, behind_frames in places
            for layer, values in zip(self.hidden.layers, states, strict=True)
        )

    def _one_by_one(
        self, batch: Sequence[Shown], settings: Generation, at_once: int, watch: Stopwatch
    ) -> list[RequestReply]:
        """Answer by ``generate``: the inputs of transformers' documented usage, padded on the left."""
        model, tokenizer = self.loaded.model, self.loaded.processor.tokenizer
        requests = [request for shown in batch for request in shown.requests]
        prompts = [(shown.prepared, request.text) for shown in batch for request in shown.requests]
        own = model.generation_config
        end, limit = end_tokens(own.eos_token_id), settings.get("max_new_tokens") or own.max_new_tokens
        replies: list[Reply] = []
        for start in range(0, len(prompts), at_once):
            part = prompts[start : start + at_once]
            spelt = [{"input_ids": list(self._tokens(text, window.shape))} for window, text in part]
            padded = tokenizer.pad(spelt, padding_side="left", return_tensors="pt")
            windows = [window.inputs for window, _ in part]
            inputs = {**padded, **self.family.generate_inputs(self.loaded, padded["input_ids"], windows)}
            inputs = {name: values.to(model.device) for name, values in inputs.items()}
            with watch.phase("generate"):
                tokens = model.generate(**inputs, **settings)
            for row in tokens[:, inputs["input_ids"].shape[1] :].tolist():
                is_cut = end.isdisjoint(row) and (limit is None or len(row) >= limit)
                replies.append(Reply(self.loaded.text(row), finish_reason=CUT_OFF if is_cut else ENDED))
        return [RequestReply(request, reply) for request, reply in zip(requests, replies, strict=True)]

    def _make_choices(self, answers: tuple[str, ...]) -> Choices | None:
        return self.loaded.choices(answers)
