"""Checkpoints of any family against a stand-in for vLLM: a window as one video or as images, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.auto.auto_in_vllm import AutoInVllm
from lmms_eval_plugins.models.registered import RehabAuto
from tests.support.architectures import ARCHITECTURES
from tests.support.families import engine_of
from tests.support.requests import ask, recorded, rows_in
from tests.support.stand_ins.environment import make_environment

Make = Callable[..., RehabAuto]
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("envs"), "strokerehab_vllm_cpu")


@pytest.fixture(scope="module")
def make(python: Path) -> Make:
    def made(folder: Path, answers: Path | None = None, **arguments: object) -> RehabAuto:
        return RehabAuto(Session(answers=answers, vllm=python), pretrained=str(folder), engine="vllm", **arguments)

    return made


@pytest.fixture(scope="module")
def of_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose processor takes images alone."""
    return ARCHITECTURES["llava"].make(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> Rows:
    return rows_in(mini_dataset)[:6]


def network_of(model: RehabAuto) -> AutoInVllm:
    network = engine_of(model).model
    assert isinstance(network, AutoInVllm)
    return network


def test_frames_as_images_and_a_process_with_room_for_as_many(
    make: Make, of_images: Path, rows: Rows, tmp_path: Path
) -> None:
    model = make(of_images, tmp_path / "answers.jsonl")
    single = [row | {"frames": row["frames"][:1]} for row in rows[:2]]
    assert len(set(ask(model, single))) > 1 and network_of(model)._images == 1
    texts = ask(model, rows)
    assert network_of(model)._images == 8, "more than the first process had room for"
    assert len(set(texts)) > len(texts) / 2
    assert all(record.choice_logprobs for record in recorded(tmp_path / "answers.jsonl"))
    assert engine_of(model).weights["frames"] == "images"
    prompts = [network_of(model)._spelt("Which hand?", n_frames) for n_frames in (1, 3)]
    assert [prompt.count("<image>") for prompt in prompts] == [1, 3] and "Which hand?" in prompts[0]


def test_frames_as_one_video(make: Make, tiny: Callable[[str], Path], rows: Rows) -> None:
    model = make(tiny("qwen3_vl"))
    single = [row | {"frames": row["frames"][:1], "window": 50} for row in rows[:1]]
    assert len(set(ask(model, [*rows, *single]))) > 3
    assert network_of(model)._images == 0
    assert engine_of(model).weights["frames"] == "video" and not engine_of(model).notes
    shown = network_of(model).prepare(np.zeros((1, 48, 64, 3), np.uint8), 5.0).inputs
    assert len(shown.frames) == 2, "as many as make a patch"


def test_how_a_window_is_shown_tells_answers_apart(make: Make, tiny: Callable[[str], Path]) -> None:
    made = [make(tiny("qwen3_vl"), **given).answerer.fingerprint for given in ({}, {"frames": "images"})]
    assert made[0] != made[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("no template", "has no chat template"),
        ("small context", r"a window of 8 frames of 64x48 .* tokens, more than its context of 40 holds"),
        ("one image", r"takes one image only, and windows have 8 frames"),
        ("not there", r"in vLLM .ValueError: Model architectures .* not supported.*; take engine=transformers"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_decoding(
    change: str, said: str, make: Make, of_images: Path, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(of_images, tmp_path / "changed"))
    if change == "no template":
        (folder / "chat_template.jinja").unlink()
    if change == "small context":
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config["text_config"]["max_position_embeddings"] = 40
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    if change == "not there":
        monkeypatch.setenv("STAND_IN_LOAD", "root cause")
    model = make(folder)
    if change == "one image":
        monkeypatch.setattr(network_of(model)._spelling, "one_frame", True)
    with pytest.raises(UserError, match=said) as told:
        ask(model, rows)
    assert "\n" not in str(told.value)
    assert not model.speed()["phase_seconds"]


def test_a_language_model_is_refused_by_its_configuration(make: Make, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}), encoding="utf-8")
    with pytest.raises(UserError, match="a language model that sees nothing"):
        make(tmp_path)
