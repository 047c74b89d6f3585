from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest
from lmms_eval_plugins.execution.patient_box import ask_boxes, read_box
from lmms_eval_plugins.runs.answers import read_answers
from lmms_eval_plugins.video.windows import Box

GOOD = '{"box": [100, 0, 500, 1000]}'


@pytest.mark.parametrize("text", [GOOD, f" {GOOD}\n", f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```"])
def test_a_box_as_asked_for_is_read(text: str) -> None:
    assert read_box(text, 640, 480) == Box(64, 0, 320, 480)


@pytest.mark.parametrize(
    "text",
    [
        f"The patient is here: {GOOD}",
        "[100, 0, 500, 1000]",
        '{"bbox_2d": [100, 0, 500, 1000]}',
        '{"box": [100, 0, 500, 1000], "label": "patient"}',
        '{"box": [100, 0, 500]}',
        '{"box": ["100", 0, 500, 1000]}',
        '{"box": [true, 0, 500, 1000]}',
        '{"box": [500, 0, 100, 1000]}',
        '{"box": [0, 0, 500, 1001]}',
        '{"box": [-1, 0, 500, 1000]}',
        '{"box": [NaN, 0, 500, 1000]}',
        '{"box": [0, 0, 0.1, 1000]}',
        '{"box": null}',
        "yes",
        "",
    ],
)
def test_anything_else_is_no_box(text: str) -> None:
    assert read_box(text, 640, 480) is None


def test_a_model_is_asked_once_about_each_video_that_has_no_box(mini_dataset: Path, tmp_path: Path) -> None:
    first, *others = read_manifest(mini_dataset / MANIFEST_NAME)
    trials = [first.model_copy(update={"patient_box": "1 2 3 4"}), *others]
    kept = tmp_path / "boxes.jsonl"
    boxes, remarks = ask_boxes(trials, "constant", {"answer": GOOD}, kept)
    assert boxes == {trial.video_id: Box(6, 0, 32, 48) for trial in others} and remarks == []
    asked = list(read_answers(kept))
    assert [record.video_id for record in asked] == [trial.video_id for trial in others]
    assert ask_boxes(trials, "constant", {"answer": GOOD}, kept)[0] == boxes
    assert len(list(read_answers(kept))) == len(asked)


def test_a_reply_without_a_box_is_told(mini_dataset: Path, tmp_path: Path) -> None:
    trials = read_manifest(mini_dataset / MANIFEST_NAME)[:1]
    boxes, (remark,) = ask_boxes(trials, "constant", {"answer": "in the middle"}, tmp_path / "boxes.jsonl")
    assert boxes == {} and remark.endswith("constant gives no box but 'in the middle': the largest person is taken")


def test_a_network_is_shown_the_first_picture(mini_dataset: Path, tiny_qwen: Path, tmp_path: Path) -> None:
    trials = read_manifest(mini_dataset / MANIFEST_NAME)[:1]
    arguments = {"pretrained": str(tiny_qwen), "min_pixels": 3136, "max_pixels": 12544}
    _, (remark,) = ask_boxes(trials, "qwen2_5_vl", arguments, tmp_path / "boxes.jsonl")
    assert "qwen2_5_vl gives no box but" in remark, "its weights are random"


def test_one_model_is_enough(mini_dataset: Path, tmp_path: Path) -> None:
    trials = read_manifest(mini_dataset / MANIFEST_NAME)
    with pytest.raises(UserError, match="one model is enough"):
        ask_boxes(trials, "constant,omniscient", {}, tmp_path / "boxes.jsonl")
