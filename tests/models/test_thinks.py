"""Which models think before they answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.models.cards import ModelCard, all_cards
from lmms_eval_plugins.models.thinks import why_thinks


def card(name: str = "mine", checkpoint: str | None = None, thinks: bool | None = None) -> ModelCard:
    return ModelCard(name=name, about="mine", wrapper="rehab_qwen3_vl", checkpoint=checkpoint, thinks=thinks)


@pytest.mark.parametrize(
    ("one", "given", "why"),
    [
        (card(thinks=True), {}, "its card says so"),
        (card("a_thinking_model", thinks=False), {}, None),
        (card("qwen3_vl_thinking"), {}, "it is named qwen3_vl_thinking"),
        (card(), {"pretrained": "org/Some-VL-8B-Thinking"}, "it is named Some-VL-8B-Thinking"),
        (card(), {"model": "Some-R1"}, "it is named Some-R1"),
        (card(checkpoint="no/such-VL-8B-Instruct"), {}, None),
        (card(checkpoint="not a name: //"), {}, None),
        (card("rethinking_r10"), {}, None),
        (card(thinks=True), {"thinking": "false"}, None),
        (card(thinks=False), {"thinking": True}, "thinking=true"),
        (card(thinks=True), {"thinking": None}, "its card says so"),
    ],
)
def test_by_card_and_by_name(one: ModelCard, given: dict[str, object], why: str | None) -> None:
    assert why_thinks(one, given) == why


def test_by_the_chat_template_of_a_checkpoint_in_a_folder(tmp_path: Path) -> None:
    template = tmp_path / "chat_template.jinja"
    template.write_text("<|im_start|>assistant\n", encoding="utf-8")
    assert why_thinks(card(checkpoint=str(tmp_path)), {}) is None
    template.write_text("<|im_start|>assistant\n<think>\n", encoding="utf-8")
    assert why_thinks(card(checkpoint=str(tmp_path)), {}) == "its chat template has marks of thoughts"


def test_shipped_models_that_think_say_so_in_their_line() -> None:
    thinking = [one for one in all_cards([shipped("models")]) if why_thinks(one, {})]
    assert {one.name for one in thinking} == {"glm4p6v_flash", "glm4p6v", "muse_glimmer_30b"}
    assert all(one.about.endswith(", which thinks") for one in thinking)
