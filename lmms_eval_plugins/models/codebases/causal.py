"""Greedy answers of a language model that code bases build on, from the embeddings that they make. Needs torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lmms_eval_plugins.models.codebases.wire import Generation
from lmms_eval_plugins.models.engine.choices import Choices, LogProbabilities, Tokens

DEFAULT_NEW_TOKENS = 1024
"""Where a task sets no limit."""

SamplingSettings = dict[str, Any]  # transformers' own arguments
"""Arguments of ``generate``."""

Network = Any  # a class of a code base on the transformers that it wants: no type to name
"""A causal language model."""

Tokenizer = Any  # the same
Cache = Any  # the same
"""Keys and values that a network keeps of tokens."""

Answered = tuple[str, "dict[str, float] | None", "str | None"]
"""A reply; the log-probability that it begins with an allowed answer, for each of them; and why it ended: by itself
(`ENDED`), at the limit of tokens (`CUT_OFF`), or None where the code base does not tell."""

ENDED, CUT_OFF = "stop", "length"
"""The same words as `lmms_eval_plugins.runs.answers` has, which cannot be imported here."""


@dataclass(frozen=True)
class PromptEmbeddings:
    """What a language model keeps of the tokens that it has read.

    Attributes:
        logits: of the next token, float32.
        cache: keys and values; never changed in place.
        length: tokens read.
    """

    logits: Tensor
    cache: Cache
    length: int


def is_greedy(generation: Generation) -> bool:
    """Return whether the likeliest token is wanted at every step; as in lmms-eval, a temperature means sampling."""
    return not generation.get("temperature") and (generation.get("num_beams") or 1) == 1


def sampling_settings(generation: Generation) -> SamplingSettings:
    """Return what transformers' ``generate`` gets."""
    chosen = {name: generation[name] for name in ("temperature", "top_p", "num_beams") if generation.get(name)}
    chosen["max_new_tokens"] = generation.get("max_new_tokens") or DEFAULT_NEW_TOKENS
    chosen["do_sample"] = bool(chosen.get("temperature"))
    return chosen


class Causal:
    """Reads a beginning once, and answers questions that go on from it.

    Args:
        network: a causal language model of transformers.
        tokenizer: its tokenizer.
        end: tokens that end a reply.
        penalty: on repetition, of tokens that the reply already has.
    """

    def __init__(self, network: Network, tokenizer: Tokenizer, end: Sequence[int], penalty: float = 1.0) -> None:
        self._network, self._tokenizer = network, tokenizer
        self._end, self._penalty = frozenset(end), penalty
        self._choices = lru_cache(maxsize=4096)(self._make_choices)

    def answers(
        self, embeddings: Tensor, tails: Sequence[Sequence[int]], choices: Sequence[Sequence[str]], limit: int
    ) -> list[Answered]:
        """Answer questions whose prompts differ only in their ends.

        Args:
            embeddings: of the whole prompt of the first question, (1, tokens, hidden size).
            tails: the tokens in which prompts differ, of each question.
            choices: the allowed answers of each question; none where it is open.
            limit: tokens that a reply may have.
        """
        seen = self._read(embeddings[:, : embeddings.shape[1] - len(tails[0])])
        return [self._answer(seen, tail, allowed, limit) for tail, allowed in zip(tails, choices, strict=True)]

    def _read(self, embeddings: Tensor) -> PromptEmbeddings:
        """Read a beginning; its logits are not computed: they would be many, and of no use."""
        read = self._network.get_decoder()(inputs_embeds=embeddings, use_cache=True, **_places(embeddings, 0))
        return PromptEmbeddings(None, _unchanging(read.past_key_values), embeddings.shape[1])

    def _answer(self, seen: PromptEmbeddings, tail: Sequence[int], choices: Sequence[str], limit: int) -> Answered:
        prompt = self._read_on(seen, tail)
        allowed = self._choices(tuple(choices)) if choices else None
        text, reason = self._reply(prompt, limit)
        return text, self._log_probabilities(prompt, allowed) if allowed else None, reason

    def _read_on(self, seen: PromptEmbeddings, tokens: Sequence[int]) -> PromptEmbeddings:
        table = self._network.get_input_embeddings()
        embeddings = table(torch.tensor([list(tokens)], device=table.weight.device))
        read = self._network(
            inputs_embeds=embeddings, past_key_values=seen.cache, use_cache=True, **_places(embeddings, seen.length)
        )
        return PromptEmbeddings(
            read.logits[0, -1].float(), _unchanging(read.past_key_values), seen.length + len(tokens)
        )

    def _reply(self, seen: PromptEmbeddings, limit: int) -> tuple[str, str]:
        reply: list[int] = []
        reason = CUT_OFF
        while len(reply) < limit:
            logits = seen.logits
            if self._penalty != 1.0 and reply:
                repeated = torch.tensor(sorted(set(reply)), device=logits.device)
                scores = logits[repeated]
                punished = torch.where(scores < 0, scores * self._penalty, scores / self._penalty)
                logits = logits.index_put((repeated,), punished)
            token = int(logits.argmax())
            if token in self._end:
                reason = ENDED
                break
            reply.append(token)
            if len(reply) < limit:
                seen = self._read_on(seen, [token])
        return str(self._tokenizer.decode(reply, skip_special_tokens=True)).strip(), reason

    def _log_probabilities(self, seen: PromptEmbeddings, allowed: Choices) -> dict[str, float]:
        def next_token(path: Tokens, tokens: Sequence[int]) -> LogProbabilities:
            here = self._read_on(seen, path) if path else seen
            return np.asarray(here.logits.log_softmax(-1)[list(tokens)].double().cpu())[None]

        return allowed.log_probabilities(next_token)[0]

    def _make_choices(self, answers: tuple[str, ...]) -> Choices:
        return Choices(
            answers,
            lambda text: self._tokenizer(text, add_special_tokens=False)["input_ids"],
            lambda token: not self._tokenizer.decode([token]).strip(),
        )


def _places(embeddings: Tensor, before: int) -> dict[str, Tensor]:
    length = before + embeddings.shape[1]
    return {
        "attention_mask": torch.ones((1, length), dtype=torch.long, device=embeddings.device),
        "position_ids": torch.arange(before, length, device=embeddings.device)[None],
    }


def _unchanging(cache: Cache) -> Cache:
    """Return keys and values as tuples, which another step does not change."""
    return cache.to_legacy_cache() if hasattr(cache, "to_legacy_cache") else cache


def local_folder(pretrained: str, revision: str | None) -> str:
    """Return the folder of a checkpoint, downloaded where it is not here; code bases themselves know no revisions."""
    if os.path.isdir(pretrained):  # noqa: PTH112 (one call, and no need for a Path)
        return pretrained
    from huggingface_hub import snapshot_download

    return str(snapshot_download(pretrained, revision=revision))
