"""`strokerehab run --model auto`, with checkpoints of five families that no wrapper of ours was made for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.architectures import ARCHITECTURES
from tests.support.command import Call

FAMILIES = {
    "gemma4": ("video", True),
    "idefics3": ("images", True),
    "molmo2": ("video", True),
    "paligemma": ("images", False),
    "qwen3_5": ("video", True),
}
"""How frames are shown, and whether a window goes through the network once."""


@pytest.mark.parametrize("name", FAMILIES)
def test_a_checkpoint_of_any_family_runs_from_end_to_end(
    name: str, call: Call, mini_dataset: Path, tmp_path: Path
) -> None:
    frames, shares_prefix = FAMILIES[name]
    checkpoint = ARCHITECTURES[name].make(tmp_path / name)
    where = ("--data", mini_dataset, "--log_path", tmp_path / "runs", "--limit", 1)
    done = call(
        *("run", "--model", "auto", "--task", "strokerehab_primitives_3", *where),
        *("--model_args", f"pretrained={checkpoint},device=cpu"),
    )
    assert done.status == 0 and "Traceback" not in done.err
    (folder,) = (tmp_path / "runs").glob("strokerehab_*/*/*")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run["status"] == "finished"
    weights = run["weights"]
    assert (weights["frames"], weights["shares_prefix"]) == (frames, shares_prefix), weights["because"]
    answers = [json.loads(line) for line in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(answers) == 8 and all(set(answer["choice_logprobs"]) == {"yes", "no"} for answer in answers)
    assert json.loads((folder / "scores.json").read_text(encoding="utf-8"))["n"] == 1
