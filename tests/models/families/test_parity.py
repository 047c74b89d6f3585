"""Every family of transformers, on a small random checkpoint: the engine's answers are those of plain transformers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from accelerate import dispatch_model  # type: ignore[import-untyped]

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.engine.spliced import SplicedNetwork
from tests.support.families import FAMILIES, Family, Reference, network_of
from tests.support.requests import GREEDY, ask, recorded, rows_in

Rows = list[dict[str, Any]]

KINDS: dict[str, tuple[str, ...]] = {
    "one_of": ("reach", "reposition", "transport", "stabilize", "idle"),
    "score": ("0", "1", "2"),
    "count": tuple("0123456789"),
    "sequence_of": ("reach", "idle"),
    "text": (),
}
"""What a reply may begin with, by the kind of the question; questions of the task itself are of the kind ``yes_no``."""


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> Rows:
    """Windows of eight frames, of six, of five and of one; questions of every kind."""
    rows = rows_in(mini_dataset)
    kinds = [
        row | {"question_id": kind, "text": f"Which {kind} is it, then?", "choices": choices}
        for place, (kind, choices) in enumerate(KINDS.items())
        for row in rows[place : place + 7 : 6]
    ]
    shorter = [
        row | {"frames": row["frames"][:frames], "window": row["window"] + 50 * frames}
        for frames in (1, 5)
        for row in rows[:4]
    ]
    assert {len(row["frames"]) for row in rows} == {6, 8}
    return [*rows[:14], *kinds, *shorter]


@dataclass(frozen=True)
class Tried:
    """A checkpoint, and what plain transformers replies with it."""

    family: Family
    folder: Path
    texts: list[str]
    logprobs: list[Mapping[str, float] | None]


@pytest.fixture(scope="module", params=FAMILIES)
def tried(request: pytest.FixtureRequest, tiny: Callable[[str], Path], rows: Rows) -> Tried:
    family, folder = FAMILIES[request.param], tiny(request.param)
    reference = Reference.of(family, folder)
    return Tried(
        family,
        folder,
        [reference.answer(row, GREEDY["max_new_tokens"]) for row in rows],
        [reference.choice_logprobs(row) if row["choices"] else None for row in rows],
    )


@pytest.mark.parametrize("batch_size", [1, 2, 7, 32])
def test_answers_and_log_probabilities_are_those_of_plain_transformers(
    batch_size: int, tried: Tried, rows: Rows, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.jsonl"
    assert ask(tried.family.make(tried.folder, Session(answers=answers), batch_size=batch_size), rows) == tried.texts
    found = {(r.video_id, r.window, r.prompt_hash): r.choice_logprobs for r in recorded(answers)}
    for row, wanted in zip(rows, tried.logprobs, strict=True):
        logprobs = found[row["video_id"], row["window"], digest(row["text"])]
        assert logprobs == (wanted if wanted is None else pytest.approx(wanted, abs=1e-4))


def test_generate_about_each_question_replies_the_same(tried: Tried, rows: Rows) -> None:
    assert ask(tried.family.make(tried.folder, batch_size=7, mode="generate"), rows) == tried.texts


def test_answers_depend_on_the_video_and_on_the_question(tried: Tried, rows: Rows) -> None:
    motion, grasp = (
        [text for row, text in zip(rows, tried.texts, strict=True) if row["question_id"] == question]
        for question in ("motion", "grasp")
    )
    assert len(set(motion)) > 1 and len(set(grasp)) > 1
    assert motion != grasp


@pytest.fixture(scope="module")
def eager_to_end(tried: Tried, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same network, whose replies end at different lengths and that does not like to repeat itself."""
    folder = Path(shutil.copytree(tried.folder, tmp_path_factory.mktemp("eager") / "copy"))
    settings = json.loads((folder / "generation_config.json").read_text())
    settings["eos_token_id"] = [settings["eos_token_id"], *range(300, 1008, 9)]
    settings["repetition_penalty"] = 1.3
    (folder / "generation_config.json").write_text(json.dumps(settings))
    return folder


@pytest.fixture(scope="module")
def ended(tried: Tried, eager_to_end: Path, rows: Rows) -> list[str]:
    reference = Reference.of(tried.family, eager_to_end)
    return [reference.answer(row, GREEDY["max_new_tokens"]) for row in rows]


@pytest.mark.parametrize("batch_size", [2, 7, 32])
def test_replies_end_where_they_end_and_repeat_no_more_than_in_plain_transformers(
    batch_size: int, tried: Tried, eager_to_end: Path, rows: Rows, ended: list[str]
) -> None:
    assert ended != tried.texts and len({len(text) for text in ended}) > 3
    assert ask(tried.family.make(eager_to_end, batch_size=batch_size), rows) == ended


@pytest.mark.filterwarnings("ignore:The following device_map keys")
def test_a_device_map_changes_no_answer(tried: Tried, rows: Rows, tmp_path: Path) -> None:
    spread = tried.family.make(tried.folder, batch_size=7, device_map="auto", dtype="float32")
    network = network_of(spread).loaded.model
    # With one device accelerate puts no hooks into a model; a layer on the disk makes it do so.
    places = {name: "cpu" for name, part in network.named_modules() if not any(part.children())}
    places |= {name: "cpu" for name, _ in network.named_parameters()}
    places = {name: "disk" if ".language_model.layers.1." in name else place for name, place in places.items()}
    dispatch_model(network, places, main_device="cpu", offload_dir=tmp_path, force_hooks=True)
    assert {weights.device.type for weights in network.parameters()} == {"cpu", "meta"}
    assert ask(spread, rows[:6]) == tried.texts[:6]


@pytest.mark.parametrize("family", ["qwen2_5_vl", "internvl"])
def test_where_attention_takes_no_mask_of_each_token_each_question_has_its_own_copy(
    family: str, tiny: Callable[[str], Path], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = ask(FAMILIES[family].make(tiny(family), batch_size=7), rows)
    monkeypatch.setattr(SplicedNetwork, "packs", False)
    assert ask(FAMILIES[family].make(tiny(family), batch_size=7), rows) == packed
    assert ask(FAMILIES[family].make(tiny(family), batch_size=7, attn_implementation="eager"), rows) == packed
