from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.execution.harness import known_arguments
from lmms_eval_plugins.models.cards import ALIASES, CURRENT, SIZES, ModelCard, all_cards, find_cards, load_card
from lmms_eval_plugins.models.price import Price
from lmms_eval_plugins.tasks.arguments import split_inputs
from tests.support.damage import any_file_like, one_line_or

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


STUDY = {
    "qwen2_5_vl_7b": 7,
    "qwen2_5_vl_32b": 32,
    "qwen2_5_vl_72b": 72,
    "llava_ov_0p5b": 0.5,
    "llava_ov_7b": 7,
    "llava_ov_72b": 72,
    "llava_next_video_7b": 7,
    "llava_next_video_72b": 72,
    "internvl3p5_2b": 2,
    "internvl3p5_8b": 8,
    "internvl3p5_38b": 38,
    "internvl3p5_30b_a3b": 30,
    "internvl3p5_241b_a28b": 241,
    "internvl3_78b": 78,
    "longva_7b": 7,
    "longvila_8b": 8,
    "nvila_8b": 8,
    "nvila_15b": 15,
    "qwen2_5_vl_prim": 32,
    "bot": 0,
}
"""The study's models and their billions of parameters, as the project's issue names them."""


def test_all_are_the_models_of_the_study() -> None:
    found = find_cards("all", [OURS])
    assert {card.name: card.parameters_b for card in found} == STUDY
    sizes = [card.parameters_b or 0 for card in found]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("alias", SIZES)
def test_aliases_follow_from_the_parameters(alias: str) -> None:
    low, high = SIZES[alias]
    expected = {name for name, size in STUDY.items() if low <= size < high}
    assert {card.name for card in find_cards(alias, [OURS])} == expected


@pytest.mark.parametrize("name", ["qwen3_vl_4b", "qwen3_vl_8b", "qwen3_vl_32b"])
def test_models_beyond_the_study_come_by_name(name: str) -> None:
    (card,) = find_cards(name, [OURS])
    assert card.beyond_study and card.parameters_b


def test_every_model_of_a_checkpoint_says_where_it_is_from_and_what_it_needs() -> None:
    for card in all_cards([OURS]):
        if card.checkpoint and not card.demo_only:
            assert card.source and card.licence and card.memory_gb and card.parameters_b, card.name


def test_the_hours_are_those_of_the_studys_table() -> None:
    hours = {card.name: card.study.hours for card in all_cards([OURS]) if card.study.hours}
    assert hours["internvl3_78b"] == 17.75 and hours["llava_ov_0p5b"] == 1.03
    assert hours.keys() <= STUDY.keys()


def test_a_card_builds_on_another(mine: Path) -> None:
    write(mine, "own", "base: middle\nargs: {b: 3}\nstudy: {hours: 2}\n")
    write(mine, "middle", "base: root\nabout: middle\nargs: {b: 2}\n")
    write(mine, "root", "about: root\nwrapper: constant\nargs: {a: 1, b: 1}\nstudy: {checkpoint: c}\n")
    card = load_card(mine / "own.yaml")
    assert (card.about, card.args, card.study.checkpoint, card.study.hours) == ("middle", {"a": 1, "b": 3}, "c", 2)


def test_a_users_card_builds_on_ours(mine: Path) -> None:
    write(mine, "own", "base: qwen2_5_vl_7b\ncheckpoint: /models/own\n")
    (card,) = find_cards("own", [mine, OURS])
    assert card.wrapper_args["pretrained"] == "/models/own" and card.wrapper == "rehab_qwen2_5_vl"


def test_an_alias_counts_a_users_cards(mine: Path) -> None:
    write(mine, "huge", "about: x\nwrapper: constant\nparameters_b: 400\n")
    assert find_cards("big", [mine, OURS])[-1].name == "huge"


def test_an_alias_without_models_says_so(mine: Path) -> None:
    write(mine, "blind")
    with pytest.raises(UserError, match="--model small: no card has 0 to 15 billion parameters"):
        find_cards("small", [mine])
    with pytest.raises(UserError, match="--model current: no card says `current: true`"):
        find_cards("current", [mine])


def test_current_models_come_by_their_alias_alone_and_smallest_first() -> None:
    found = find_cards(CURRENT, [OURS])
    assert len(found) >= 15 and all(card.beyond_study and card.licence and card.source for card in found)
    assert not {card.name for card in found} & STUDY.keys()
    sizes = [card.parameters_b or 0 for card in found]
    assert sizes == sorted(sizes)
    assert all("current" not in card.recorded for card in found)


def test_cards_with_a_switch_for_thinking_have_it_off() -> None:
    switched = [card for card in find_cards(CURRENT, [OURS]) if "thinking" in card.args]
    assert switched and all(card.thinks and card.args["thinking"] is False for card in switched)


def test_names_keep_their_order_and_come_once() -> None:
    assert [card.name for card in find_cards("markov, omniscient,markov,", [OURS])] == ["markov", "omniscient"]


def test_a_users_folder_comes_first(mine: Path) -> None:
    write(mine, "omniscient", "about: mine\nwrapper: constant\n")
    assert find_cards("omniscient", [mine, OURS])[0].about == "mine"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_arguments_are_the_wrappers(path: Path) -> None:
    card = load_card(path)
    known = known_arguments(card.wrapper)
    assert known is None or not split_inputs(card.wrapper_args)[1].keys() - known


@pytest.mark.parametrize(
    ("name", "message"), [("omnicient", "did you mean 'omniscient'"), ("smal", "did you mean 'small'")]
)
def test_the_nearest_name_is_given(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_cards(name, [OURS])


def test_no_name_at_all() -> None:
    with pytest.raises(UserError, match="--model names no model"):
        find_cards(" ,", [OURS])


def test_a_folder_that_is_not_there(mine: Path) -> None:
    with pytest.raises(UserError, match=r"--models: .*gone: no such folder"):
        find_cards("omniscient", [mine / "gone", OURS])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("about: x\nwraper: constant\n", "wraper: unknown key; did you mean 'wrapper'"),
        ("about: x\n", "wrapper: this key is missing"),
        ("about: x\nwrapper: constant\nparameters_b: -1\n", "parameters_b: .*greater than or equal to 0"),
        ("about: x\nwrapper: constant\nstudy: {hour: 1}\n", "study.hour: unknown key; did you mean 'hours'"),
        ("base: crad\nabout: x\n", "base: there is no card 'crad'; did you mean 'card'"),
        ("base: card\nabout: x\n", "base: card → card goes round in a circle"),
        ("about: x\nwrapper: constant\nkind: modle\n", "kind: .*'model'"),
        ("about: x\nwrapper: constant\nname: other\n", "name: 'other' is not the file's name"),
        ("- about\n", "a model card is a list of `key: value`"),
        ("", "a model card is a list of `key: value`"),
        ("about: [\n", "not valid YAML"),
    ],
)
def test_what_is_wrong_with_a_card(mine: Path, text: str, message: str) -> None:
    path = write(mine, "card", text)
    with pytest.raises(UserError, match=rf"^{path}(, line \d+)?: .*{message}") as error:
        find_cards("card", [mine])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("..", "", r"name: '\.\.' is only dots"),
        ("nul", "", "name: 'nul' is the name of a device"),
        ("a\nb", "", "name: .* holds the invisible character U\\+000A"),
        ("mine", "environment: ../elsewhere\n", "environment: '../elsewhere' holds '/'"),
        ("mine", "environment: /elsewhere\n", "environment: '/elsewhere' holds '/'"),
    ],
)
def test_a_card_whose_names_would_lead_elsewhere(mine: Path, name: str, text: str, message: str) -> None:
    path = write(mine, name, "about: a model\nwrapper: constant\n" + text)
    with pytest.raises(UserError, match=message):
        load_card(path)


@settings(deadline=None)
@given(any_file_like(SHIPPED))
def test_any_file_is_a_card_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "card.yaml"
    path.write_bytes(data)
    card = one_line_or(lambda: load_card(path, {"base": OURS / "qwen2_5_vl_7b.yaml", "card": path}))
    if card is not None:
        assert isinstance(card, ModelCard) and card.model_dump_json() and card.name == "card"


@pytest.mark.parametrize("base", ["[a]", "{}", "1", "true", "[]", "nan", "''"])
def test_a_base_that_is_no_name(mine: Path, base: str) -> None:
    path = write(mine, "own", f"about: x\nbase: {base}\n")
    with pytest.raises(UserError, match=f"^{path}, line 2: base: there is no card ") as error:
        load_card(path)
    assert "\n" not in str(error.value)


def test_a_card_names_the_line_and_the_file_that_has_it(mine: Path) -> None:
    root = write(mine, "root", "about: root\nwrapper: constant\nparameters_b: .nan\n")
    with pytest.raises(UserError, match=f"^{root}, line 3: not valid YAML"):
        load_card(root)
    root = write(mine, "root", "about: root\nwrapper: constant\nparameters_b: 'nan'\n")
    own = write(mine, "own", "base: root\nargs: {a: 1}\n\ngpus: -1\n")
    with pytest.raises(UserError, match=rf"^{root}, line 3: parameters_b: .*finite number"):
        load_card(own)
    write(mine, "root", "about: root\nwrapper: constant\n")
    with pytest.raises(UserError, match=rf"^{own}, line 4: gpus: "):
        load_card(own)
    twice = write(mine, "twice", "about: x\nwrapper: constant\nargs:\n  a: 1\n  a: 2\n")
    with pytest.raises(UserError, match=rf"^{twice}, line 5: not valid YAML .'a' stands twice."):
        load_card(twice)


@pytest.mark.parametrize(
    ("text", "gpus"),
    [
        ("wrapper: rehab_server\n", 0),
        ("wrapper: rehab_server\ngpus: 2\n", 2),
        ("wrapper: rehab_qwen2_5_vl\n", 1),
        ("wrapper: constant\nkind: blind\n", 0),
        ("wrapper: rehab_qwen2_5_vl\ndemo_only: true\n", 0),
    ],
)
def test_a_servers_model_takes_no_gpu_of_this_machine(mine: Path, text: str, gpus: int) -> None:
    write(mine, "x", f"about: x\n{text}")
    assert load_card(mine / "x.yaml").gpus_here == gpus


@pytest.mark.parametrize("key", ["price_per_million", "price"])
def test_a_price_is_no_part_of_what_a_run_records(mine: Path, key: str) -> None:
    write(mine, "x", "about: x\nwrapper: constant\n")
    plain = load_card(mine / "x.yaml")
    write(mine, "x", f"about: x\nwrapper: constant\n{key}: {{input: 2, output: 8, currency: EUR}}\n")
    priced = load_card(mine / "x.yaml")
    assert priced.recorded == plain.recorded
    assert priced.price_per_million and priced.price_per_million.of(1e6, 5e5) == 6.0
    write(mine, "x", f"about: x\nwrapper: constant\n{key}: {{inputs: 2, output: 8}}\n")
    with pytest.raises(UserError, match=rf"x.yaml, line 3: {key}.inputs: unknown key; did you mean 'input'"):
        load_card(mine / "x.yaml")


@pytest.mark.parametrize(("under", "over"), [("price", "price_per_million"), ("price_per_million", "price")])
def test_a_card_changes_the_price_of_the_one_below_by_either_name(mine: Path, under: str, over: str) -> None:
    write(mine, "under", f"about: x\nwrapper: constant\n{under}: {{input: 2, output: 8}}\n")
    write(mine, "over", f"base: under\n{over}: {{input: 3}}\n")
    price = load_card(mine / "over.yaml").price_per_million
    assert price and (price.input, price.output) == (3, 8)


def test_frames_are_counted_whole_or_by_patches() -> None:
    assert Price(input=1, output=1, frame_tokens=258).of_patches(64, 64) is None
    assert Price(input=1, output=1, patch_side=32, patch_tokens=1.5).of_patches(65, 64) == 3 * 2 * 1.5
    with pytest.raises(UserError, match="frame_tokens and patch_side are two ways of counting; give one"):
        Price(input=1, output=1, frame_tokens=258, patch_side=32)


def test_a_key_is_found_in_the_card_that_has_it(mine: Path) -> None:
    write(mine, "under", "about: x\nwrapper: constant\nargs: {answer: no}\n")
    write(mine, "over", "base: under\nabout: y\n")
    card = load_card(mine / "over.yaml")
    assert card.place("args", "answer") == f"{mine / 'under.yaml'}, line 3"
    assert card.place("about") == f"{mine / 'over.yaml'}, line 2"


@pytest.mark.parametrize("text", ["kind: features\nwrapper: constant\n", "wrapper: rehab_encoder\n"])
def test_encoders_and_they_alone_give_features(text: str, mine: Path) -> None:
    with pytest.raises(UserError, match=r"mine.yaml: kind: '\w+' of the wrapper \w+: 'features' is for rehab_encoder"):
        load_card(write(mine, "mine", f"about: x\n{text}"))


def test_encoders_look_and_are_in_no_alias() -> None:
    encoders = {card.name for card in all_cards([OURS]) if card.kind == "features"}
    assert {"vjepa2_l", "videomae_b"} < encoders
    assert all(card.looks and card.gpus_here == 1 for card in all_cards([OURS]) if card.name in encoders)
    assert not encoders & {card.name for alias in ALIASES for card in find_cards(alias, [OURS])}
