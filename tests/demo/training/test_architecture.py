"""The tokenizer."""

from __future__ import annotations

from lmms_eval_plugins.demo.training.data.wording import (
    load_wording,
    vocabulary_texts,
)
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, PRIMITIVES
from tests.demo.training.conftest import Untrained


def test_short_answers_are_one_token_each(untrained: Untrained) -> None:
    tokenizer = untrained.processor.tokenizer
    for word in ("YES", "NO", "0", "1", "2", *PRIMITIVES, *(name for name in ACTIVITIES if " " not in name)):
        assert len(tokenizer(word)["input_ids"]) == 1, word
    for line in ("FINAL_SCORE: 1", "FINAL_ANSWER: face wash"):
        assert len(tokenizer(line)["input_ids"]) <= 6, line


def test_the_tokenizer_encodes_every_text(untrained: Untrained) -> None:
    tokenizer = untrained.processor.tokenizer
    for text in (*vocabulary_texts(load_wording()), "Etwas Neues: 12 °C, naïve\n\tčaj"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
