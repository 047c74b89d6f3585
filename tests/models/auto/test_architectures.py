"""Every architecture that has a tiny checkpoint: `auto` answers as plain transformers, and the table says how."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from tests.support.architectures import ARCHITECTURES
from tests.support.architectures.asked import LIMIT, Rows, asked, rows_of
from tests.support.architectures.others import CANNOT, NOT_TRIED, REMARKS
from tests.support.architectures.reference import PlainTransformers
from tests.support.architectures.table import PAGE, page, row_of
from tests.support.environments import ROOT


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> Rows:
    return rows_of(mini_dataset)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_answers_are_those_of_plain_generate_and_the_table_says_how(name: str, rows: Rows, tmp_path: Path) -> None:
    architecture = ARCHITECTURES[name]
    folder = architecture.make(tmp_path / name)
    answers, path = asked(folder, rows, tmp_path / "answers.jsonl")
    reference = PlainTransformers.load(folder, architecture.frames)
    assert [one.text for one in answers] == [reference.answer(row, LIMIT) for row in rows]
    wanted = [reference.choice_logprobs(row) if row["choices"] else None for row in rows]
    for answer, logprobs in zip(answers, wanted, strict=True):
        assert answer.choice_logprobs == (logprobs and pytest.approx(logprobs, abs=1e-4))
    one, other, _ = wanted[-3:]
    assert one and other != pytest.approx(one, abs=1e-3), "it answers without looking"
    assert path.frames == architecture.frames
    assert row_of(name, path.shares_prefix, path.frames) in PAGE.read_text().splitlines()


def test_every_architecture_of_transformers_is_in_the_table_once() -> None:
    tried = {architecture.listed_as for architecture in ARCHITECTURES.values()}
    assert len(tried) >= 30
    assert sorted([*tried, *CANNOT, *NOT_TRIED]) == sorted(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
    assert set(REMARKS) <= set(ARCHITECTURES)


def test_the_page_is_what_the_command_writes() -> None:
    text = PAGE.read_text()
    starts = {row_of(name, True, "").split("|")[1] for name in ARCHITECTURES}
    rows = [line for line in text.splitlines() if line.count("|") == 5 and line.split("|")[1] in starts]
    assert [line.split("|")[1] for line in rows] == [row_of(name, True, "").split("|")[1] for name in ARCHITECTURES]
    assert text == page(rows)


def test_readme_counts_as_the_page_does() -> None:
    listed = len(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
    tried = len({architecture.listed_as for architecture in ARCHITECTURES.values()})
    words = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"{listed} architectures of which {tried} are tested" in words
