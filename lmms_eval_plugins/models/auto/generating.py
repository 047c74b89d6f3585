"""Replies by transformers' own ``generate``: on whole prompts, or from what a window left in the network's cache.

Both ways are the same calls, so that everything that a checkpoint wants of generation holds for both. Nothing here
knows a class of networks; whether the short way is right for one is proved on its first windows.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import Cache, GenerationConfig, PreTrainedModel, StoppingCriteria
from transformers.generation.utils import MULTIMODAL_INPUTS_TO_DROP_OUTSIDE_PREFILL

from lmms_eval_plugins.models.answering import Generation
from lmms_eval_plugins.models.auto.path import GeneratedReply
from lmms_eval_plugins.models.auto.spelling import Inputs, Spelling
from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.choices import (
    Choices,
    LogProbabilities,
    Tokens,
    common_length,
    log_probabilities_by_place,
)
from lmms_eval_plugins.models.engine.transformers_model import end_tokens
from lmms_eval_plugins.questions.reading import answer_line_ended

_PIXELS = frozenset(MULTIMODAL_INPUTS_TO_DROP_OUTSIDE_PREFILL)
"""Inputs that transformers shows a network no more once they are in its cache."""

_POSITIONS = "rope_deltas"
"""Where networks with positions in time, height and width keep by how much those run behind the count of tokens."""

_ONE_WAY: Mapping[str, Any] = {"do_sample": False, "num_beams": 1, "num_return_sequences": 1}
"""How `generate` makes one step, whatever a checkpoint's own settings are."""

_MOST_LOGIT_BYTES = 1 << 28
"""What the logits of all steps may take; beyond it the first step's come from a call of their own."""


@dataclass(frozen=True, slots=True)
class AutoPrompt:
    """A question about a window.

    Attributes:
        window: its window's place among the windows.
        spelt: its tokens, and what goes with each.
        choices: the allowed answers, or None where the question is open.
    """

    window: int
    spelt: Mapping[str, Tensor]
    choices: Choices | None = None

    @property
    def tokens(self) -> list[int]:
        """Its tokens."""
        return list(self.spelt["input_ids"][0].tolist())


class Rows(Protocol):
    """Questions whose prompts are equally long, as `generate` takes them."""

    @property
    def prompts(self) -> Sequence[AutoPrompt]:
        """Return the questions."""

    def inputs(self, more: Tokens = ()) -> Inputs:
        """Return the inputs with tokens of a reply behind each prompt; a cache among them is never used again."""


@dataclass(frozen=True, slots=True)
class WholePrompt:
    """One question with its window: plain ``generate``.

    Attributes:
        model: the network.
        spelling: the checkpoint's.
        seen: what the network sees of the window.
        prompts: the question.
    """

    model: PreTrainedModel
    spelling: Spelling
    seen: Inputs
    prompts: tuple[AutoPrompt]

    def inputs(self, more: Tokens = ()) -> Inputs:
        """Return everything that the processor makes of window and question.

        Where the text has an encoder, the reply stands in the decoder, behind the token that it starts with.
        """
        (prompt,) = self.prompts
        if more and self.model.config.is_encoder_decoder:
            own = self.model.generation_config
            start = own.bos_token_id if own.decoder_start_token_id is None else own.decoder_start_token_id
            reply = {"decoder_input_ids": torch.tensor([[start, *more]])}
            return _on(self.model, {**self.seen, **prompt.spelt, **reply})
        return _on(self.model, {**self.seen, **self.spelling.longer(prompt.spelt, more)})


@dataclass(frozen=True, slots=True)
class CachedRows:
    """Questions that go on from what their windows left in the cache.

    Attributes:
        model: the network.
        spelling: the checkpoint's.
        cache: of the windows' shared beginning, a row for each.
        positions: part of the network → what it adds to positions, a row for each window.
        seen: what is known of all windows beside their pixels, a block for each.
        n_windows: how many there are.
        prompts: the questions.
    """

    model: PreTrainedModel
    spelling: Spelling
    cache: Cache
    positions: Mapping[torch.nn.Module, Tensor]
    seen: Inputs
    n_windows: int
    prompts: Sequence[AutoPrompt]

    def inputs(self, more: Tokens = ()) -> Inputs:
        """Return whole prompts and a copy of the cache; ``generate`` passes over what the cache has."""
        owners = torch.tensor([prompt.window for prompt in self.prompts])
        for module, deltas in self.positions.items():
            setattr(module, _POSITIONS, deltas[owners.to(deltas.device)])
        grown = [self.spelling.longer(prompt.spelt, more) for prompt in self.prompts]
        words = {name: torch.cat([one[name] for one in grown]) for name in grown[0]}
        beside = {name: _blocks(values, self.n_windows, owners) for name, values in self.seen.items()}
        return {**_on(self.model, {**beside, **words}), "past_key_values": _rows(self.cache, owners)}


class Generator:
    """A network that replies by ``generate``.

    Args:
        loaded: network and processor.
        spelling: how the processor is called.
        settings: of generation, as ``generate`` takes them.
        looks: whether a reply ends with its answer line.
    """

    def __init__(self, loaded: LoadedCheckpoint, spelling: Spelling, settings: Generation, looks: bool) -> None:
        self._loaded, self._model, self._spelling = loaded, loaded.model, spelling
        self._settings, self._looks = settings, looks
        own: GenerationConfig = loaded.model.generation_config
        self._end, self._limit = end_tokens(own.eos_token_id), settings.get("max_new_tokens") or own.max_new_tokens

    def plain(self, seen: Inputs, prompt: AutoPrompt) -> GeneratedReply:
        """Answer a question about a window with nothing shared."""
        return self._replies(WholePrompt(self._model, self._spelling, seen, (prompt,)))[0]

    def plain_lead(self, seen: Inputs, prompt: AutoPrompt, so_far: Tokens, one: int, other: int) -> float:
        """Return by how much one next token's logit is above another's, with nothing shared."""
        logits = self._first_logits(WholePrompt(self._model, self._spelling, seen, (prompt,)), so_far)
        return float(logits[0, one] - logits[0, other])

    def shared(self, windows: Sequence[Inputs], prompts: Sequence[AutoPrompt], at_once: int) -> list[GeneratedReply]:
        """Answer questions about windows of one shape, each of which goes through the network once."""
        length = common_length([prompt.tokens for prompt in prompts])
        seen = {name: _joined([window[name] for window in windows]) for name in windows[0]}
        begun = self._spelling.beginning(prompts[0].spelt, length)
        words = {name: torch.cat([values] * len(windows)) for name, values in begun.items()}
        filled = self._model.generate(
            **_on(self._model, {**seen, **words}), max_new_tokens=1, **_ONE_WAY, return_dict_in_generate=True
        )
        positions = {
            module: deltas.expand(len(windows), *deltas.shape[1:])
            for module in self._model.modules()
            if (deltas := getattr(module, _POSITIONS, None)) is not None
        }
        beside = {name: values for name, values in seen.items() if name not in _PIXELS}
        found: dict[int, GeneratedReply] = {}
        for places in _equally_long(prompts, at_once):
            rows = CachedRows(
                self._model,
                self._spelling,
                filled.past_key_values,
                positions,
                beside,
                len(windows),
                [prompts[place] for place in places],
            )
            found |= zip(places, self._replies(rows), strict=True)
        return [found[place] for place in range(len(prompts))]

    def _replies(self, rows: Rows) -> list[GeneratedReply]:
        closed = any(prompt.choices for prompt in rows.prompts) and not self._settings.get("do_sample")
        stop = _AnswerLine(self._loaded, self._looks)
        n_logits = len(rows.prompts) * (self._limit or 0) * self._model.config.get_text_config().vocab_size
        in_passing = closed and 0 < 4 * n_logits <= _MOST_LOGIT_BYTES
        made = self._model.generate(
            **rows.inputs(),
            **self._settings,
            stopping_criteria=[stop],
            return_dict_in_generate=True,
            output_logits=in_passing,
        )
        chosen: list[Mapping[str, float] | None] = [None] * len(rows.prompts)
        if closed:
            first = made.logits[0].float() if in_passing else self._first_logits(rows)
            chosen = self._choose(rows, torch.log_softmax(first, dim=-1))
        written = made.sequences[:, made.sequences.shape[1] - stop.steps :].tolist()
        return [
            self._reply(tokens[: stop.ended.get(row)], row in stop.ended, chosen[row])
            for row, tokens in enumerate(written)
        ]

    def _reply(self, tokens: Sequence[int], ended: bool, chosen: Mapping[str, float] | None) -> GeneratedReply:
        said = tuple(takewhile(lambda token: token not in self._end, tokens))
        is_cut = not ended and len(said) == len(tokens) and (self._limit is None or len(said) >= self._limit)
        return GeneratedReply(said, is_cut, chosen)

    def _first_logits(self, rows: Rows, more: Tokens = ()) -> Tensor:
        """Return the logits behind the prompts and some tokens of a reply: (rows, vocabulary), float32."""
        made = self._model.generate(
            **rows.inputs(more), max_new_tokens=1, **_ONE_WAY, return_dict_in_generate=True, output_logits=True
        )
        logits: Tensor = made.logits[0].float()
        return logits

    def _choose(self, rows: Rows, likely: Tensor) -> list[Mapping[str, float] | None]:
        """Return the log-probabilities of allowed answers, question by question."""

        def next_token_at(places: Sequence[int], path: Tokens, wanted: Sequence[int]) -> LogProbabilities:
            after = torch.log_softmax(self._first_logits(rows, path), dim=-1) if path else likely
            values: LogProbabilities = after[places][:, list(wanted)].double().cpu().numpy()
            return values

        return log_probabilities_by_place([prompt.choices for prompt in rows.prompts], next_token_at)


class _AnswerLine(StoppingCriteria):  # type: ignore[misc]
    """Counts the steps, and ends a reply whose answer line is complete.

    Attributes:
        steps: how many there were.
        ended: rows whose answer line ended them → tokens of the reply.
    """

    def __init__(self, loaded: LoadedCheckpoint, looks: bool) -> None:
        self._loaded, self._looks = loaded, looks
        self.steps = 0
        self.ended: dict[int, int] = {}

    def __call__(self, input_ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        self.steps += 1
        if self._looks:
            for row, tokens in enumerate(input_ids[:, -self.steps :].tolist()):
                text = self._loaded.text
                if row not in self.ended and "\n" in text(tokens[-1:]) and answer_line_ended(text(tokens)):
                    self.ended[row] = self.steps
        done = [row in self.ended for row in range(len(input_ids))]
        return torch.tensor(done, device=input_ids.device)


def _equally_long(prompts: Sequence[AutoPrompt], at_once: int) -> Iterator[list[int]]:
    """Yield the places of questions that can go together without any padding."""
    by_length: dict[int, list[int]] = {}
    for place, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt.tokens), []).append(place)
    for places in by_length.values():
        yield from (places[start : start + at_once] for start in range(0, len(places), at_once))


def _joined(values: Sequence[Any]) -> Any:
    """Put what was made of several windows one behind the other."""
    if isinstance(values[0], Tensor):
        return torch.cat(list(values))
    return [part for one in values for part in one]


def _blocks(values: Any, n_windows: int, owners: Tensor) -> Any:
    """Return the blocks of some windows, in their order."""
    if not isinstance(values, Tensor):
        size = len(values) // n_windows
        return [part for owner in owners.tolist() for part in values[owner * size : (owner + 1) * size]]
    return values.unflatten(0, (n_windows, -1))[owners].flatten(0, 1)


def _on(model: PreTrainedModel, inputs: Inputs) -> dict[str, Any]:
    """Put inputs where the network is."""
    return {name: _moved(values, model.device) for name, values in inputs.items()}


def _moved(values: Any, device: torch.device) -> Any:
    if isinstance(values, Tensor):
        return values.to(device)
    return [_moved(one, device) for one in values] if isinstance(values, list) else values


def _rows(cache: Any, rows: Tensor) -> Any:
    """Make a cache of some rows of another, whatever its layers keep; the other stays as it is."""
    taken = copy.copy(cache)
    for name, value in vars(cache).items():
        if isinstance(value, Cache):
            setattr(taken, name, _rows(value, rows))
        elif isinstance(value, dict):
            setattr(taken, name, dict(value))
    if "layers" in vars(cache):
        taken.layers = [_row_layer(layer, rows) for layer in cache.layers]
    return taken


def _row_layer(layer: Any, rows: Tensor) -> Any:
    taken = copy.copy(layer)
    for name, value in vars(layer).items():
        if isinstance(value, dict):  # states of linear attention
            setattr(taken, name, dict(value))
    taken.reorder_cache(rows)
    return taken
