from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.launch.cards import ALIASES, find_cards, load_card
from lmms_eval_plugins.places import shipped

OURS = shipped("models")
SHIPPED = sorted(OURS.glob("*.yaml"))


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, text: str = "about: a model\nwrapper: constant\n") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_cards_are_valid(path: Path) -> None:
    card = load_card(path)
    assert card.name == path.stem and card.about and "\n" not in card.about


def test_shipped_wrappers_are_registered() -> None:
    from lmms_eval.models import MODEL_REGISTRY_V2

    assert {load_card(path).wrapper for path in SHIPPED} <= set(MODEL_REGISTRY_V2.list_model_names())


@pytest.mark.parametrize("alias", ALIASES)
def test_aliases_follow_from_the_parameters(alias: str) -> None:
    low, high = ALIASES[alias]
    cards = [load_card(path) for path in SHIPPED]
    expected = {card.name for card in cards if card.parameters_b and low <= card.parameters_b < high}
    found = find_cards(alias, [OURS])
    assert {card.name for card in found} == expected
    sizes = [card.parameters_b or 0 for card in found]
    assert sizes == sorted(sizes)


def test_an_alias_counts_a_users_cards(mine: Path) -> None:
    write(mine, "huge", "about: x\nwrapper: constant\nparameters_b: 400\n")
    assert find_cards("big", [mine, OURS])[-1].name == "huge"


def test_an_alias_without_models_says_so(mine: Path) -> None:
    write(mine, "blind")
    with pytest.raises(UserError, match="--model small: no card has 0 to 15 billion parameters"):
        find_cards("small", [mine])


def test_names_keep_their_order_and_come_once() -> None:
    assert [card.name for card in find_cards("markov, omniscient,markov,", [OURS])] == ["markov", "omniscient"]


def test_a_users_folder_comes_first(mine: Path) -> None:
    write(mine, "omniscient", "about: mine\nwrapper: constant\n")
    assert find_cards("omniscient", [mine, OURS])[0].about == "mine"


@pytest.mark.parametrize(
    ("name", "says"), [("omnicient", "did you mean 'omniscient'"), ("smal", "did you mean 'small'")]
)
def test_the_nearest_name_is_given(name: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        find_cards(name, [OURS])


def test_no_name_at_all() -> None:
    with pytest.raises(UserError, match="--model names no model"):
        find_cards(" ,", [OURS])


def test_a_folder_that_is_not_there(mine: Path) -> None:
    with pytest.raises(UserError, match=r"--models: .*gone: no such folder"):
        find_cards("omniscient", [mine / "gone", OURS])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("about: x\nwraper: constant\n", "wraper: unknown key; did you mean 'wrapper'"),
        ("about: x\n", "wrapper: this key is missing"),
        ("about: x\nwrapper: constant\nparameters_b: -1\n", "parameters_b: .*greater than 0"),
        ("about: x\nwrapper: constant\nkind: modle\n", "kind: .*'model'"),
        ("about: x\nwrapper: constant\nname: other\n", "name: 'other' is not the file's name"),
        ("- about\n", "a model card is a list of `key: value`"),
        ("", "a model card is a list of `key: value`"),
        ("about: [\n", "not valid YAML"),
    ],
)
def test_what_is_wrong_with_a_card(mine: Path, text: str, says: str) -> None:
    path = write(mine, "card", text)
    with pytest.raises(UserError, match=f"^{path}: .*{says}") as error:
        find_cards("card", [mine])
    assert "\n" not in str(error.value)
