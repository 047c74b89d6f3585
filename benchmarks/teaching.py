"""A random network that replies as a real one does: YES or NO by what is seen, about as often, and then the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch

from benchmarks.loops import AskedWindow, first_tokens, ready_batches
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.taps import taps_of
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel

_AT_ONCE = 4
_LOGIT = 16.0
"""Of a token that is to come; low enough for bfloat16 to tell it from the one beside it."""

_MARGIN = 4.0
"""How far the logits of YES and NO lie apart, as a standard deviation over windows."""


@torch.no_grad()  # type: ignore[untyped-decorator]
def teach(model: TransformersModel, windows: Sequence[AskedWindow]) -> None:
    """Set the weights of the output, so that replies are one word that hangs on the window.

    The layers add little to the embedding of the last token, by which the output can know where a reply stands. Which
    word it is goes by the direction in which the hidden states of one question vary most between windows, free of all
    that tells the questions apart: each question has both answers.

    Args:
        model: a random network.
        windows: what it will be asked; all of them the same questions.
    """
    network, tokenizer = model.loaded.model, model.loaded.processor.tokenizer
    embedding, output = network.get_input_embeddings().weight, network.get_output_embeddings().weight
    yes, no, last, end = (tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in _WORDS)
    language_model = network.model.language_model
    taps = taps_of(language_model, [len(language_model.layers)])
    answered = first_tokens(model, ready_batches(model, windows, _AT_ONCE), taps)
    states = torch.stack([one.states[0] for one in answered if one.states is not None]).double()
    by_question = states.reshape(len(windows), -1, states.shape[-1])
    common = by_question.mean(dim=0)
    words = embedding[[yes, no]].to("cpu", torch.float64)
    fixed, _ = torch.linalg.qr(torch.cat([common, words]).T)
    varying = (by_question - common).flatten(0, 1)
    varying = varying - varying @ fixed @ fixed.T
    seen = torch.linalg.svd(varying, full_matrices=False).Vh[0]
    seen = (_MARGIN / 2 / (varying @ seen).std() * seen).to(output)
    usual = _LOGIT / embedding.shape[1]
    output.normal_(std=1e-3)
    output[yes], output[no] = usual * embedding[last] - seen, usual * embedding[last] + seen
    output[end] = usual * (embedding[yes] + embedding[no])


_WORDS = ("YES", "NO", "\n", "<|im_end|>")


def check_mixed(replies: Sequence[str], questions: int) -> None:
    """Raise unless every question has both answers, and each answer is a quarter of all: else equality proves little.

    Args:
        replies: window by window, each with its questions in order.
        questions: about each window.
    """
    counts = Counter(replies)
    alike = [place for place in range(questions) if len(set(replies[place::questions])) < 2]
    if set(counts) != {"YES", "NO"} or min(counts.values()) * 4 < len(replies) or alike:
        raise UserError(f"the random network's replies are not well mixed ({dict(counts)}); ask about more --windows")
