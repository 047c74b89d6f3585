from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.runs.run_file import RunFile
from lmms_eval_plugins.runs.shown_name import (
    CHANGES_NO_ANSWER,
    differing_args,
    differing_ways,
    differing_windows,
    note_on,
    windows_in_words,
    with_differences,
    without_organisation,
    without_ways,
)
from lmms_eval_plugins.video.windows import Dense, Uniform

CARD = {
    "checkpoint": "Qwen/Big",
    "revision": None,
    "args": {"dtype": "bfloat16", "do_crop": True, "max_pixels": 602112},
}
DENSE = Dense(fps=15, frames=8)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pretrained": "my/other"}, "pretrained=my/other"),
        ({"quantization": "4bit"}, "4bit"),
        ({"dtype": "float16"}, "float16"),
        ({"max_pixels": 50_000, "declared_fps": 2.0}, "max_pixels=50000, declared_fps=2.0"),
        ({"mode": "generate", "fast": True, "slow": False}, "mode=generate, fast, slow=False"),
        ({"revision": "v2"}, "revision=v2"),
        ({"base": "http://me:secret@host/v1"}, "base=(an address)"),
        ({"odd": "a]b[c"}, "odd=a_b_c"),
        ({"odd": "\x1b[2Ja\nb"}, "odd=\\x1b_2Ja b"),
    ],
)
def test_what_is_not_as_the_card_says_stands_in_the_name(given: dict[str, object], words: str) -> None:
    assert with_differences("big", differing_args(CARD, given)) == f"big [{words}]"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"pretrained": "Qwen/Big", "dtype": "bfloat16", "max_pixels": "602112"},
        {"batch_size": 32, "device": "cuda:1", "threads": 1, "base_url": "http://x"},
        {"hf_token": "(hidden)", "api_key": "sk-1", "client_secret": "x"},
        {"quantization": None},
    ],
)
def test_what_the_card_says_what_changes_no_answer_and_secrets_do_not(given: dict[str, object]) -> None:
    assert with_differences("big", differing_args(CARD, given)) == "big"


def test_a_sentence_says_both() -> None:
    one, other = differing_args(CARD, {"pretrained": "my/other", "quantization": "4bit"})
    assert note_on([one, other]) == (
        "set otherwise than card and task say: pretrained is my/other (card: Qwen/Big), quantization is 4bit"
        " (card: nothing)",
    )
    assert note_on([]) == ()


def test_long_values_are_shortened_and_still_differ() -> None:
    folders = [f"/a/very/long/path/to/some/place/{owner}/runs/checkpoint-500" for owner in ("ann", "bob")]
    names = [with_differences("m", differing_args({}, {"pretrained": folder})) for folder in folders]
    assert len(set(names)) == 2 and all("…runs/checkpoint-500 #" in name and len(name) < 50 for name in names)
    (whole,) = differing_args({}, {"pretrained": folders[0]})
    assert folders[0] in whole.sentence


@pytest.mark.parametrize(
    ("card", "given", "is_prim", "words"),
    [
        ({}, {"do_crop": True, "do_conditional_prompting": True}, False, "cropped, conditional"),
        ({}, {"do_crop": False}, False, ""),
        ({}, {"do_crop": False}, True, "not cropped"),
        (CARD, {"do_crop": True}, True, ""),
        (CARD, {"do_crop": False, "do_postprocess": True}, True, "not cropped, smoothed"),
        (CARD, {"box_px": 64}, True, ""),
    ],
)
def test_another_way_of_asking_stands_in_the_name(
    card: dict[str, object], given: dict[str, object], is_prim: bool, words: str
) -> None:
    assert ", ".join(one.words for one in differing_ways(card, given, is_prim)) == words


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (Dense(fps=10, frames=8), "8 frames at 10 fps"),
        (Dense(fps=7.5, frames=16, overlap=4), "16 frames at 7.5 fps overlapping by 4"),
        (Uniform(strategy="uniform", frames=32), "32 frames of the whole video"),
    ],
)
def test_other_windows_stand_in_the_name(own: Dense | Uniform, words: str) -> None:
    (difference,) = differing_windows(DENSE, own)
    assert difference.words == words
    assert difference.sentence == f"windows have {words} (task: 8 frames at 15 fps)"
    assert differing_windows(own, own) == ()


VALUES = st.one_of(st.text(max_size=60), st.integers(), st.booleans(), st.floats(allow_nan=False))
SAMPLINGS = st.one_of(
    st.builds(Dense, fps=st.floats(0.01, 1000), frames=st.integers(1, 999)),
    st.builds(Uniform, strategy=st.just("uniform"), frames=st.integers(1, 999)),
)


@given(
    st.dictionaries(st.sampled_from(["pretrained", "dtype", "answer", "fast"]), VALUES),
    SAMPLINGS,
    st.dictionaries(st.sampled_from(["do_crop", "do_postprocess"]), st.booleans()),
)
def test_a_name_without_its_ways_is_that_of_the_other_differences(
    args: dict[str, object], sampling: Dense | Uniform, way: dict[str, object]
) -> None:
    plain = differing_args({}, args)
    ways = (*differing_ways({}, way, True), *differing_windows(DENSE, sampling))
    name = with_differences("org/model", (*plain, *ways))
    assert without_ways(name) == with_differences("org/model", plain)
    assert without_organisation(name) == with_differences("model", (*plain, *ways))
    assert without_ways("org/model") == "org/model" and "\n" not in name


def test_a_partial_merge_keeps_its_counts_behind_the_brackets() -> None:
    assert without_ways("m [8 frames at 10 fps] (3 of 4 videos)") == "m (3 of 4 videos)"
    assert without_ways("m [4bit, cropped] (3 of 4 videos)") == "m [4bit] (3 of 4 videos)"


def older(**given: object) -> RunFile:
    return RunFile(task="t", model="prim", card=CARD, wrapper_args=given, notes=("one",))


def test_an_older_file_shows_what_its_command_line_shows() -> None:
    old = older(pretrained="my/other")
    assert old.shown_model == "prim [pretrained=my/other]"
    note = "set otherwise than card and task say: pretrained is my/other (card: Qwen/Big)"
    assert old.all_notes == ("one", note)
    assert older(quantization="4bit", declared_fps=2).shown_model == "prim [4bit, declared_fps=2]"


def test_an_older_file_keeps_its_name_where_the_card_leaves_it_open() -> None:
    assert older().shown_model == "prim" == older(source="a.jsonl", mode="direct", seed=3).shown_model
    any_checkpoint = RunFile(
        task="t", model="any", card={"checkpoint": None, "args": {}}, wrapper_args={"pretrained": "x"}
    )
    assert any_checkpoint.shown_model == "any" and any_checkpoint.all_notes == ()


def test_words_of_windows_are_no_words_of_arguments() -> None:
    assert windows_in_words(DENSE) == "8 frames at 15 fps" and "batch_size" in CHANGES_NO_ANSWER


@pytest.mark.parametrize(
    ("card", "given", "name"),
    [
        ({}, {"perturb": "freeze"}, "m [freeze]"),
        ({}, {"perturb": "none"}, "m"),
        ({"perturb": "freeze"}, {"perturb": "freeze"}, "m"),
        ({"perturb": "freeze"}, {"perturb": "none"}, "m [as is]"),
        ({"perturb": "freeze"}, {"perturb": "hand_out", "do_crop": False}, "m [hand_out]"),
    ],
)
def test_a_perturbation_stands_in_the_name(card: dict[str, object], given: dict[str, object], name: str) -> None:
    assert with_differences("m", differing_ways({"args": card}, given, is_prim=False)) == name
    assert without_ways(name) == name, "no table has a column for it"
