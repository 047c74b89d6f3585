"""A model whose code base lives in an environment of its own, from card to scores; the code base is a stand-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.models import model_for
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from tests.support.command import Request
from tests.support.stand_ins.environment import make_checkpoint, make_environment

CARD = """
about: STAND-IN for a checkpoint of the LLaVA-NeXT code base
wrapper: rehab_llava_next
environment: strokerehab_llava
args: {{pretrained: {checkpoint}, mm_newline_position: grid, batch_size: 4}}
"""


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path / "envs"))
    folder = tmp_path / "cards"
    folder.mkdir()
    checkpoint = make_checkpoint(tmp_path / "checkpoint")
    (folder / "outside.yaml").write_text(CARD.format(checkpoint=checkpoint))
    return folder


def test_a_run(request_for: Request, cards: Path, tmp_path: Path) -> None:
    make_environment(tmp_path / "envs", "strokerehab_llava")
    request = request_for(models="outside", model_folders=(cards,), limit=1)
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    (run,) = outcome.runs
    assert not outcome.errors and run.scores and run.n_asked == 8
    described = json.loads((run.folder / "run.json").read_text())
    assert described["device"] == "auto" and described["status"] == "finished"
    assert all("choice_logprobs" in line for line in (run.folder / "answers.jsonl").read_text().splitlines())
    again = run_plans([make_plan(request)], Console(quiet=True))
    assert again.runs[0].n_asked == 0, "found by its fingerprint, without starting a process"


def test_a_model_of_the_main_environment_in_another_is_an_error(request_for: Request, cards: Path) -> None:
    (cards / "wrong.yaml").write_text("about: x\nwrapper: omniscient\nenvironment: strokerehab_llava\n")
    plan = make_plan(request_for(models="wrong", model_folders=(cards,)))
    (card,) = plan.cards
    with pytest.raises(UserError, match=r"environment: omniscient runs in strokerehab, not in strokerehab_llava"):
        model_for(card, plan, plan.tasks[0], cards, None)
