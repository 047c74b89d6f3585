"""The words of servers that refuse a request for its size."""

from __future__ import annotations

import pytest

from lmms_eval_plugins.models.server.advice import advice_about, cut_short, wants_trust
from lmms_eval_plugins.models.server.load import Load

LOAD = Load(8, 480, 640, "Is it?", {"max_new_tokens": 512})


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        ("Input length (3029) exceeds model's maximum context length (2048).", "--max-model-len"),
        ("max_tokens=5000 cannot be greater than max_model_len=2048.", "a reply of up to 512 tokens"),
        ("Requested token count exceeds the model's maximum context length of 4096 tokens.", "8 frames of 640 × 480"),
        ("context_length_exceeded", "--max-model-len"),
        ("The request exceeds the available context size", "--max-model-len"),
        ("At most 3 image(s) may be provided in one prompt.", "'{\"image\": 8}'"),
        ("At most 0 video(s) may be provided in one prompt.", "'{\"video\": 1}'"),
        ("item with length 900, which exceeds the pre-allocated encoder cache size 512", "--max-num-batched-tokens"),
        ("no such model", ""),
        ("temperature: must be at most 2", ""),
    ],
)
def test_what_to_raise(refusal: str, advice: str) -> None:
    found = advice_about(refusal, LOAD)
    assert advice in found and bool(found) == bool(advice)
    assert not wants_trust(refusal)


@pytest.mark.parametrize(
    ("prompt", "context", "cut"), [(100, 611, True), (100, 612, False), (0, 10, False), (100, 0, False)]
)
def test_replies_that_do_not_fit(prompt: int, context: int, cut: bool) -> None:
    assert ("replies may be cut; raise the server's context to 612" in cut_short(prompt, context, LOAD)) == cut
