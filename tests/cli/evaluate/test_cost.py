from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli.evaluate.cost import cost_of, show_costs
from lmms_eval_plugins.execution.plan import make_plan
from tests.support.command import Request, shown

SERVER = "about: x\nwrapper: rehab_server\nargs: {base_url: 'http://h/v1', model: m}\n"


def test_frames_and_tokens_are_those_of_the_prompts(request_for: Request, tmp_path: Path) -> None:
    (tmp_path / "priced.yaml").write_text(f"{SERVER}price: {{input: 10, output: 100, frame_tokens: 250}}\n")
    plan = make_plan(request_for(models="priced,rehab_tiny,qwen2_5_vl_7b", model_folders=(tmp_path,)))
    priced, tiny, qwen = (cost_of(card, plan) for card in plan.cards)
    windows = [window for video in plan.tasks[0].prepared.videos for window in video.windows]
    assert priced.frames == 2 * sum(len(window.frames) for window in windows) == qwen.frames
    assert priced.shown == 250 * priced.frames and priced.replies == 16 * 24 and priced.text > 24 * 10
    assert qwen.shown and qwen.shown < priced.shown and tiny.shown and tiny.text == priced.text
    assert 128 * qwen.frames // 2 <= qwen.shown <= 768 * qwen.frames // 2 + 768 * 24


def test_frames_counted_by_patches_have_the_size_in_which_they_are_sent(request_for: Request, tmp_path: Path) -> None:
    price = "price_per_million: {input: 10, output: 100, patch_side: 8, patch_tokens: 2}\n"
    (tmp_path / "whole.yaml").write_text(SERVER + price)
    (tmp_path / "small.yaml").write_text(f"base: whole\nargs: {{max_pixels: {28 * 28}}}\n")
    plan = make_plan(request_for(models="whole,small", model_folders=(tmp_path,)))
    whole, small = (cost_of(card, plan) for card in plan.cards)
    assert {video.picture for video in plan.tasks[0].prepared.videos} == {(64, 48)}
    assert whole.shown == whole.frames * 2 * 8 * 6
    assert small.shown == small.frames * 2 * 4 * 3, "reduced to 32 × 24"


@pytest.mark.parametrize(
    ("price", "cell"), [("", ""), ("price: {input: 1, output: 2, currency: EUR}\n", "over 0.00 EUR")]
)
def test_what_is_not_known_is_no_number(
    request_for: Request, tmp_path: Path, console: Console, price: str, cell: str
) -> None:
    (tmp_path / "mine.yaml").write_text(SERVER + price)
    plan = make_plan(request_for(models="mine,omniscient", model_folders=(tmp_path,)))
    show_costs([(card.name, card, plan) for card in plan.cards], console)
    heading, row, legend, *prices = shown(console)
    assert heading.startswith("model  frames  text tokens  of frames  of replies") and ("cost" in heading) == bool(
        price
    )
    assert row.split()[:2] == ["mine", "180"] and "k          ?" in row and row.endswith(cell)
    assert legend.startswith("tokens: estimated")
    assert prices == ["mine costs 1 EUR for a million tokens of prompts, 2 of replies"] * bool(price)
