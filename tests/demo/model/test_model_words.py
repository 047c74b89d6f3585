"""Questions and answers, the vocabulary, and the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.demo.model.config import load_config
from lmms_eval_plugins.demo.model.words import (
    KINDS,
    Topic,
    answer,
    draw_topics,
    load_wording,
    vocabulary_texts,
)
from lmms_eval_plugins.demo.subjects import generator
from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.places import shipped
from lmms_eval_plugins.questions.sets import load_questions
from lmms_eval_plugins.vocabulary import PRIMITIVES
from tests.demo.model.conftest import Untrained


def test_the_tasks_own_words_are_asked() -> None:
    task = load_questions(shipped("tasks") / "strokerehab" / "questions" / "primitives_3.yaml")
    wording = load_wording()
    for question in task.questions:
        assert question.text in wording.of_tasks[question.truth]  # type: ignore[index]
        assert wording.asked(question.truth, "left") in {  # type: ignore[arg-type]
            question.render(hand="left") for question in task.questions
        }


def test_every_kind_has_paraphrases_that_name_the_hand() -> None:
    wording = load_wording()
    for kind in KINDS:
        assert len(wording.paraphrases[kind]) >= 4
        assert all("{hand}" in text for text in wording.paraphrases[kind])


def test_answers() -> None:
    said = {primitive: [answer(kind, primitive) for kind in KINDS] for primitive in PRIMITIVES}
    assert said == {
        "reach": ["YES", "NO", "reach"],
        "reposition": ["YES", "NO", "reposition"],
        "transport": ["YES", "YES", "transport"],
        "stabilize": ["NO", "YES", "stabilize"],
        "idle": ["NO", "NO", "idle"],
    }


def test_answers_are_one_token_each(untrained: Untrained) -> None:
    tokenizer = untrained.processor.tokenizer
    for word in ("YES", "NO", *PRIMITIVES):
        assert len(tokenizer(word)["input_ids"]) == 1


def test_the_tokenizer_writes_everything(untrained: Untrained) -> None:
    tokenizer = untrained.processor.tokenizer
    for text in (*vocabulary_texts(load_wording()), "Etwas Neues: 12 °C, naïve\n\tčaj"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_the_busy_hand_is_always_asked_about() -> None:
    rng = generator(3)
    for busy in (0, 1):
        topics = draw_topics(busy, 4, 0.5, rng)
        assert topics[:2] == [Topic("motion", busy), Topic("grasp", busy)]
        assert len(topics) == 4
    many = draw_topics(0, 400, 0.5, rng)
    assert 0.4 < sum(topic.hand for topic in many) / len(many) < 0.6
    assert {topic.kind for topic in many} == set(KINDS)


def test_the_configuration_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(Path(str(shipped_config())).read_text().replace("steps:", "stepz:"), encoding="utf-8")
    with pytest.raises(UserError, match=r"mine.yaml: recipe.ste.*"):
        load_config(path)
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(UserError, match="not valid YAML"):
        load_config(path)
    with pytest.raises(UserError, match="cannot be read"):
        load_config(tmp_path / "none.yaml")


def shipped_config() -> Path:
    from lmms_eval_plugins.demo.model.config import DEFAULT_CONFIG

    return DEFAULT_CONFIG
