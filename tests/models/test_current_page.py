"""The page of the models of today says what their cards say, and its commands run."""

from __future__ import annotations

import re
from pathlib import Path

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.models.cards import CURRENT, ModelCard, find_cards
from tests.conftest import make_dataset
from tests.support.documented import DOCS, commands_in, run_documented

PAGE = (DOCS / "current.md").read_text(encoding="utf-8")


def thinking(card: ModelCard) -> str:
    if not card.thinks:
        return "no"
    return "switched off" if card.args.get("thinking") is False else "yes"


def test_the_table_has_every_card_of_the_alias() -> None:
    rows = [tuple(row.split(" | ")) for row in re.findall(r"^\| (`.+) \|$", PAGE, flags=re.MULTILINE)]
    assert rows == [
        (f"`{card.name}`", card.checkpoint, card.licence, f"{card.parameters_b:g}", thinking(card))
        for card in find_cards(CURRENT, [shipped("models")])
    ]


def test_its_commands_run(tmp_path: Path) -> None:
    dry_run, models = commands_in(PAGE)
    data = make_dataset(tmp_path / "data")
    _, out = run_documented(f"{dry_run.replace('bash evaluate.sh', 'strokerehab run')} --data {data}")
    assert "19 models × 1 task" in out and "nothing was asked" in out
    _, out = run_documented(models)
    assert "current (open models of today): 19" in out
