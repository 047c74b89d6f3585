"""vLLM itself against our own engine, where vLLM's environment for processors is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.demo.shipped_weights import NAME, weights_folder
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.registered import RehabAuto
from lmms_eval_plugins.models.vllm.refusals import CPU_ENVIRONMENT
from tests.support import tiny_checkpoints
from tests.support.architectures import ARCHITECTURES
from tests.support.architectures.asked import Rows, rows_of
from tests.support.environments import ENVIRONMENTS
from tests.support.families import FAMILIES
from tests.support.requests import ask, recorded, rows_in
from tests.support.tiny_checkpoints import BUILDERS
from tests.support.vllm_checkpoints import fit_for_vllm, make_for_vllm

PYTHON = ENVIRONMENTS / CPU_ENVIRONMENT / "bin/python" if ENVIRONMENTS else None
DEMO = {"min_pixels": 3136, "max_pixels": 16800}
AS_IN_TRANSFORMERS = ("glm4v", "idefics3", "llava_next", "mistral3", "qwen2_vl")
"""Architectures whose tiny checkpoints answer the same in vLLM as in transformers: docs/vllm.md has the others."""

pytestmark = pytest.mark.skipif(PYTHON is None or not PYTHON.exists(), reason=f"{CPU_ENVIRONMENT} is not made")


@pytest.mark.parametrize("family", [NAME, "qwen2_5_vl", "qwen3_vl", "llava_onevision", "llava_next_video", "internvl"])
def test_the_same_replies_and_probabilities(
    family: str, mini_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed questions of one and of more tokens, open ones, windows of eight frames, six, and one."""
    if family == "llava_next_video":  # of which vLLM divides the side of a picture by the square of its patches'
        monkeypatch.setattr(tiny_checkpoints, "SIDE", 224)
    rows = rows_in(mini_dataset)[:16]
    for number, row in enumerate(rows):
        row |= {"choices": (("yes", "no"), ("reach", "reposition", "idle"), ())[number % 3]}
    for row in rows[14:]:
        row |= {"frames": row["frames"][:1]}
    make: Callable[..., Any] = FAMILIES["qwen2_5_vl" if family == NAME else family].make
    folder = Path(weights_folder()) if family == NAME else fit_for_vllm(BUILDERS[family](tmp_path / "checkpoint"))
    size = DEMO if family == NAME else {}
    ours = make(folder, Session(answers=tmp_path / "ours.jsonl"), batch_size=4, **size)
    theirs = make(folder, Session(answers=tmp_path / "theirs.jsonl", vllm=PYTHON), engine="vllm", threads=1, **size)
    compare(ours, theirs, rows, tmp_path)
    told = theirs.answerer.speed(1.0)
    assert told["prompt_tokens_cached"] > 0.25 * told["prompt_tokens"], "a window's later questions share its beginning"


@pytest.mark.parametrize("architecture", AS_IN_TRANSFORMERS)
def test_any_checkpoint_that_vllm_serves(architecture: str, mini_dataset: Path, tmp_path: Path) -> None:
    """A window as one video or as images, as the checkpoint's processor takes it: of one, three and eight frames."""
    folder = make_for_vllm(architecture, tmp_path / "checkpoint")
    ours = RehabAuto(Session(answers=tmp_path / "ours.jsonl"), pretrained=str(folder), batch_size=4)
    session = Session(answers=tmp_path / "theirs.jsonl", vllm=PYTHON)
    theirs = RehabAuto(session, pretrained=str(folder), engine="vllm", threads=1)
    compare(ours, theirs, rows_of(mini_dataset), tmp_path)
    weights = theirs.answerer.weights
    assert weights is not None and weights["frames"] == ARCHITECTURES[architecture].frames


def compare(ours: Recorder, theirs: Recorder, rows: Rows, folder: Path) -> None:
    """Ask both about the same windows: equal texts, reasons to end, and log-probabilities."""
    assert ask(theirs, rows) == ask(ours, rows)
    one, other = (
        {(record.video_id, record.window, record.question_id): record for record in recorded(folder / f"{name}.jsonl")}
        for name in ("ours", "theirs")
    )
    assert {place: record.finish_reason for place, record in one.items()} == {
        place: record.finish_reason for place, record in other.items()
    }
    for place, record in one.items():
        assert record.choice_logprobs == pytest.approx(other[place].choice_logprobs, abs=1e-3)
