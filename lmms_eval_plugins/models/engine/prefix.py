"""Many questions about few windows: each window goes through the network once, and its questions go on from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import RepetitionPenaltyLogitsProcessor

from lmms_eval_plugins.models.engine.choices import (
    Choices,
    LogProbabilities,
    Tokens,
    common_length,
    log_probabilities_by_place,
)
from lmms_eval_plugins.models.engine.network import Network, Prefix
from lmms_eval_plugins.models.engine.packed import PackedPrompts
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import WindowInputs


@dataclass(frozen=True, slots=True)
class WindowPrompt:
    """A question as tokens.

    Attributes:
        window: its window's place among the windows.
        tokens: the whole prompt; the video's placeholders are part of it.
        choices: the allowed answers, or None where the question is open.
    """

    window: int
    tokens: Tokens
    choices: Choices | None = None


@dataclass(frozen=True, slots=True)
class Greedy:
    """How greedy decoding goes.

    Attributes:
        max_new_tokens: the longest reply.
        end: tokens that end a reply.
        repetition_penalty: as in transformers; 1 is none.
        ended: whether a text is complete.
        text: tokens → text.
    """

    max_new_tokens: int
    end: frozenset[int]
    repetition_penalty: float
    ended: Callable[[str], bool]
    text: Callable[[Sequence[int]], str]


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply.

    Attributes:
        tokens: its tokens, without the one that ends it.
        choice_logprobs: the log-probability of each allowed answer.
        is_cut: whether the limit of tokens ended it.
        states: hidden states at the prompt's last token, (layers, width); None where none are taken.
        behind_frames: those of the window behind its last visual token.
    """

    tokens: Tokens
    choice_logprobs: Mapping[str, float] | None
    is_cut: bool = False
    states: Tensor | None = None
    behind_frames: Tensor | None = None


def answer_prompts(
    network: Network,
    windows: Sequence[WindowInputs],
    prompts: Sequence[WindowPrompt],
    greedy: Greedy,
    at_once: int,
    watch: Stopwatch,
) -> list[Answered]:
    """Answer questions about windows of one shape, as `generate` would one by one.

    Args:
        network: the family's network.
        windows: what it sees.
        prompts: the questions; their prompts must not part before the end of the video.
        greedy: how to decode.
        at_once: questions that go through the network together.
        watch: takes the times of the questions' ``prefill``, of ``choices`` and of ``generate``.
    """
    shared = common_length([question.tokens for question in prompts])
    prefix = network.prefill(windows, prompts[0].tokens[:shared])
    found: list[Answered] = []
    for start in range(0, len(prompts), at_once):
        found += _Replies(network, prefix, shared, prompts[start : start + at_once], greedy).answers(watch)
    return found


class _Replies:
    """Replies in the making: prompts that grow token by token, until they are done."""

    def __init__(
        self, network: Network, prefix: Prefix, shared: int, prompts: Sequence[WindowPrompt], greedy: Greedy
    ) -> None:
        self._network, self._prompts, self._greedy, self._seen = network, prompts, greedy, prefix.states
        device = prefix.next_position.device
        owners = torch.tensor([question.window for question in prompts], device=device)
        suffixes = [question.tokens[shared:] for question in prompts]
        width = max(map(len, suffixes))
        # What fills up is a token of the prompt, so that nothing but the prompt counts as written before.
        filler = prompts[0].tokens[0]
        filled = [[filler] * (width - len(suffix)) + list(suffix) for suffix in suffixes]
        self._suffixes = torch.tensor(filled, device=device)
        self._offsets = torch.arange(width) - torch.tensor([width - len(suffix) for suffix in suffixes])[:, None]
        self._offsets = self._offsets.to(device)
        self._positions = prefix.next_position[owners, None] + self._offsets.clamp(min=0)
        # Like transformers, replies go on behind the highest position of all, which may be one of the video's.
        self._end = torch.maximum(prefix.highest_position[owners], self._positions[:, -1])
        self._read = PackedPrompts.behind(network, prefix, shared, [question.window for question in prompts])
        history = [list(question.tokens[:shared]) for question in prompts]
        self._history = torch.cat([torch.tensor(history, device=device), self._suffixes], dim=1)

    def answers(self, watch: Stopwatch) -> list[Answered]:
        everyone = range(len(self._prompts))
        with watch.phase("prefill"):
            logits, states = self._read.go_on(everyone, self._suffixes, self._positions, self._offsets >= 0)
            likely = torch.log_softmax(logits, dim=-1)
        with watch.phase("choices"):
            chosen = self._choose(likely)
        with watch.phase("generate"):
            replies, cut = self._decode(logits)
        seen = self._seen
        return [
            Answered(
                tuple(tokens),
                probabilities,
                place in cut,
                states if states is None else states[place],
                seen if seen is None else seen[prompt.window],
            )
            for place, (tokens, probabilities, prompt) in enumerate(zip(replies, chosen, self._prompts, strict=True))
        ]

    def _decode(self, logits: Tensor) -> tuple[list[list[int]], set[int]]:
        """Return the tokens of the replies, and the places of those that would have gone on."""
        greedy = self._greedy
        penalty = (
            RepetitionPenaltyLogitsProcessor(greedy.repetition_penalty) if greedy.repetition_penalty != 1 else None
        )
        replies: list[list[int]] = [[] for _ in self._prompts]
        alive = list(range(len(self._prompts)))
        cut: set[int] = set()
        history, positions = self._history, self._end
        for step in range(greedy.max_new_tokens):
            tokens = (penalty(history, logits) if penalty else logits).argmax(dim=-1)
            going = []
            for place, (prompt, token) in enumerate(zip(alive, tokens.tolist(), strict=True)):
                if token in greedy.end:
                    continue
                replies[prompt].append(token)
                if not self._ended(replies[prompt]):
                    going.append(place)
            if not going or step + 1 == greedy.max_new_tokens:
                cut = {alive[place] for place in going}
                break
            if len(going) < len(alive):
                alive = [alive[place] for place in going]
                kept = torch.tensor(going, device=tokens.device)
                tokens, history, positions = (part[kept] for part in (tokens, history, positions))
            positions = positions + 1
            history = torch.cat([history, tokens[:, None]], dim=1)
            logits, _ = self._read.go_on(alive, tokens[:, None], positions[:, None])
        return replies, cut

    def _ended(self, reply: Sequence[int]) -> bool:
        return "\n" in self._greedy.text(reply[-1:]) and self._greedy.ended(self._greedy.text(reply))

    def _choose(self, likely: Tensor) -> list[Mapping[str, float] | None]:
        """Return the log-probabilities of allowed answers, question by question."""

        def next_token_at(places: Sequence[int], path: Tokens, wanted: Sequence[int]) -> LogProbabilities:
            after = self._after(path, places) if path else likely[torch.tensor(places, device=likely.device)]
            values: LogProbabilities = after[:, list(wanted)].cpu().numpy().astype(np.float64)
            return values

        return log_probabilities_by_place([question.choices for question in self._prompts], next_token_at)

    def _after(self, path: Tokens, places: Sequence[int]) -> Tensor:
        """Return log-probabilities of the next token, had the replies of some prompts begun with these tokens."""
        device = self._end.device
        tokens = torch.tensor([path], device=device).expand(len(places), -1)
        positions = self._end[list(places), None] + 1 + torch.arange(len(path), device=device)
        logits, _ = self._read.fork().go_on(places, tokens, positions)
        return torch.log_softmax(logits, dim=-1)
