from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli.evaluate import dry_run
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.machine.hardware import Machine
from lmms_eval_plugins.models.cards import STUDY_QUESTIONS, ModelCard, Study
from tests.support.command import Request, shown

CARD = "about: x\nwrapper: constant\nparameters_b: {size}\nstudy: {{hours: {hours}}}\n"


def test_what_is_shown_at_80_columns(
    request_for: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console
) -> None:
    (tmp_path / "large.yaml").write_text(CARD.format(size=100, hours=9064))
    (tmp_path / "elsewhere.yaml").write_text("about: x\nwrapper: constant\nenvironment: strokerehab_else\n")
    monkeypatch.setattr(dry_run, "this_machine", lambda: Machine((), 32.0))
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    request = request_for(models="large,omniscient,elsewhere", model_folders=(tmp_path,))
    dry_run.show_plan(make_plan(request), console)
    assert shown(console) == [
        "task                      videos  windows  questions",
        "strokerehab_primitives_3       3       12         24",
        "",
        "model       environment       GPUs  memory  questions  hours",
        "large       strokerehab          1  240 GB         24   12.0",
        "omniscient  strokerehab                            24",
        "elsewhere   strokerehab_else     1                 24",
        "hours: what the study's jobs would take, one question at a time, on GPUs that it does not name",
        "strokerehab_else is not made yet: bash setup_envs.sh strokerehab_else",
        "too large for 32 GB of main memory and no GPU: large",
        "3 models × 1 task = 72 questions; nothing was asked",
    ]


def test_hours_go_with_the_questions() -> None:
    card = ModelCard(name="x", about="x", wrapper="x", study=Study(hours=2.0))
    assert dry_run.study_hours(card, STUDY_QUESTIONS // 2) == 1.0
    assert dry_run.study_hours(card.model_copy(update={"study": Study()}), 10) is None
