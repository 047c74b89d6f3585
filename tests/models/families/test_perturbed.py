"""Every family of transformers: the frames which reach a network are exactly the perturbed ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.models.answering import Session
from tests.support.families import FAMILIES
from tests.support.perturbed import Row, perturbed_and_plain
from tests.support.requests import GREEDY, ask, recorded, rows_in

ONE_WORD = GREEDY | {"max_new_tokens": 1}


@pytest.fixture(scope="module")
def pairs(mini_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Row, Row]]:
    rows = rows_in(mini_dataset)
    return [*perturbed_and_plain(rows[2], rows[-6], tmp_path_factory.mktemp("videos"))]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_sees_the_perturbed_frames(
    family: str, tiny: Callable[[str], Path], pairs: list[tuple[Row, Row]], tmp_path: Path
) -> None:
    answers = tmp_path / "answers.jsonl"
    model = FAMILIES[family].make(tiny(family), Session(answers=answers))
    perturbed, plain = (ask(model, of_kind, ONE_WORD) for of_kind in zip(*pairs, strict=True))
    assert perturbed == plain
    found = sorted(str(record.choice_logprobs) for record in recorded(answers))
    assert found[::2] == found[1::2] and len({*found}) == len(pairs), "no two perturbations are answered alike"
