from __future__ import annotations

from pathlib import Path

import pytest
from lmms_eval_plugins.cli.show_models import show_models
from rich.console import Console

from lmms_eval_plugins.cli import show_plan as showing
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.machine.hardware import Machine
from lmms_eval_plugins.models.cards import STUDY_QUESTIONS, ModelCard, Study
from tests.support.command import Request

CARD = "about: x\nwrapper: constant\nparameters_b: {size}\nstudy: {{hours: {hours}}}\n"


def shown(console: Console) -> list[str]:
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.fixture
def console() -> Console:
    return Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: PTH123


def test_what_is_shown_at_80_columns(
    request_for: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console
) -> None:
    (tmp_path / "large.yaml").write_text(CARD.format(size=100, hours=9064))
    (tmp_path / "elsewhere.yaml").write_text("about: x\nwrapper: constant\nenvironment: strokerehab_else\n")
    monkeypatch.setattr(showing, "this_machine", lambda: Machine((), 32.0))
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    request = request_for(models="large,omniscient,elsewhere", model_folders=(tmp_path,))
    showing.show_plan(make_plan(request), console)
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
    assert showing.study_hours(card, STUDY_QUESTIONS // 2) == 1.0
    assert showing.study_hours(card.model_copy(update={"study": Study()}), 10) is None


def test_models_at_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console) -> None:
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    cards = [
        ModelCard(name="baseline", about="x", wrapper="x", kind="blind"),
        ModelCard(name="large", about="x", wrapper="x", parameters_b=100, gpus=4),
        ModelCard(name="beyond", about="x", wrapper="x", parameters_b=3, beyond_study=True),
        ModelCard(name="elsewhere", about="x", wrapper="x", parameters_b=2, environment="strokerehab_else"),
    ]
    show_models(cards, Machine((), 32.0), console)
    assert shown(console) == [
        "model       size  GPUs  memory  environment       here",
        "elsewhere    2 B     1    5 GB  strokerehab_else  no: environment not made",
        "beyond       3 B     1    7 GB  strokerehab       yes, but slow: no GPU",
        "large      100 B     4  240 GB  strokerehab       no: too large",
        "baseline                        strokerehab       yes",
        "",
        "this machine: 32 GB of main memory and no GPU",
        "strokerehab_else is not made yet: bash setup_envs.sh strokerehab_else",
        "small (below 15 billion parameters): 1",
        "medium (from 15 and below 60 billion parameters): 0",
        "big (from 60 billion parameters): 1",
        "all (of every size): 2",
        "in no alias, beyond the study: beyond",
    ]
