"""Every family of transformers, on a small random checkpoint: hidden states are those of one plain forward pass."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Failure, Session
from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, kept_places
from tests.support.families import FAMILIES, Family, Reference
from tests.support.requests import ask, recorded, requests_for, rows_in

Rows = list[dict[str, Any]]
States = dict[tuple[str, int, str, int], np.ndarray[Any, Any]]
"""By video, window, question (`BEHIND_FRAMES` for the window's own) and layer."""


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> Rows:
    """Windows of eight, six, five frames and of one; both hands, prompts of several lengths, open and closed ones."""
    rows = rows_in(mini_dataset)
    assert {row["hand"] for row in rows} == {"left", "right"}
    longer = [row | {"question_id": "why", "text": f"{row['text']} And why?", "choices": ()} for row in rows[:4:3]]
    shorter = [
        row | {"frames": row["frames"][:frames], "window": row["window"] + 50 * frames}
        for frames in (1, 5)
        for row in rows[:2]
    ]
    return [*rows[::-1][:4], *rows[:4], *longer, *shorter]


@dataclass(frozen=True)
class Tried:
    """A checkpoint, and the hidden states of one plain forward pass for each question."""

    family: Family
    folder: Path
    states: States


@pytest.fixture(scope="module", params=[name for name in FAMILIES if name != "internvl_experts"])
def tried(request: pytest.FixtureRequest, tiny: Callable[[str], Path], rows: Rows) -> Tried:
    family, folder = FAMILIES[request.param], tiny(request.param)
    reference, states = Reference.of(family, folder), {}
    config = reference.model.config
    placeholder = config.image_token_id if request.param == "internvl" else config.video_token_id
    for row in rows:
        inputs = reference.inputs(row)
        with torch.inference_mode():
            made = reference.model(**inputs, output_hidden_states=True).hidden_states
        last_visual = int((inputs["input_ids"][0] == placeholder).nonzero().max())
        for question, token in ((row["question_id"], -1), (BEHIND_FRAMES, last_visual)):
            for layer in (1, 2):
                states[row["video_id"], row["window"], question, layer] = made[layer][0, token].numpy()
    return Tried(family, folder, states)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 32])
def test_hidden_states_are_those_of_one_plain_forward_pass(batch_size: int, tried: Tried, rows: Rows) -> None:
    model = tried.family.make(tried.folder, batch_size=batch_size, record="hidden", layers="1+2")
    model.answerer.begin(rows)
    found: States = {}
    made = [model._request(*request.args) for request in requests_for(model, rows)]
    for batch in model.answerer.answer([request for request in made if request]):
        assert not isinstance(batch, Failure)
        for one in batch:
            row = one.request.row
            for state in one.states:
                question = BEHIND_FRAMES if state.behind_frames else row["question_id"]
                place = row["video_id"], row["window"], question, state.layer
                assert place not in found
                found[place] = state.values
    assert found.keys() == tried.states.keys()
    for place, values in found.items():
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, tried.states[place], atol=1e-4, rtol=1e-4)


def test_recording_changes_no_answer_and_no_key(tiny_qwen: Path, rows: Rows, tmp_path: Path) -> None:
    plain, recording = tmp_path / "plain" / "answers.jsonl", tmp_path / "recording" / "answers.jsonl"
    family = FAMILIES["qwen2_5_vl"]
    first = family.make(tiny_qwen, Session(answers=plain), batch_size=7)
    second = family.make(tiny_qwen, Session(answers=recording), batch_size=7, record="hidden")
    assert first.fingerprint == second.fingerprint
    assert ask(first, rows) == ask(second, rows)
    known = [[(one.key, one.text, one.choice_logprobs) for one in recorded(path)] for path in (plain, recording)]
    assert known[0] == known[1]
    assert not kept_places(plain.parent) and kept_places(recording.parent)


def test_a_checkpoint_whose_replies_only_generate_can_make_is_refused(
    tiny_qwen: Path, rows: Rows, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_qwen, tmp_path / "copy"))
    settings = json.loads((folder / "generation_config.json").read_text()) | {"no_repeat_ngram_size": 2}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    model = FAMILIES["qwen2_5_vl"].make(folder, Session(answers=tmp_path / "answers.jsonl"), record="hidden")
    with pytest.raises(UserError, match=r"record=hidden: .*copy: its generation_config.json wants a way of decoding"):
        ask(model, rows)
