"""What `strokerehab run` says before it runs: names first, and nothing is rendered to be told what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.cli.data import demo
from lmms_eval_plugins.core import places
from tests.support.command import Call


@pytest.fixture(autouse=True)
def without_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No demo dataset is there, and none may be rendered."""

    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("rendered")

    monkeypatch.delenv(places.DATA_VARIABLE, raising=False)
    monkeypatch.setattr(places, "working_root", lambda: tmp_path)
    monkeypatch.setattr(demo, "rendered_demo", refuse)


@pytest.mark.parametrize(
    "options",
    [
        ("--model", "omnicient"),
        ("--task", "strokerehab_nope"),
        ("--model_args", "nosuch=1"),
        ("--model-args", "max_frames_num=4", "--model_args", "max_frames_num=8"),
        ("--gen-kwargs", "temperature=hot"),
        ("--tasks", "/nowhere"),
        ("--slurm", "--time", "2:00"),
    ],
)
def test_what_is_wrong_is_named_before_anything_is_rendered(call: Call, options: tuple[str, ...]) -> None:
    for mode in ((), ("--dry-run",)):
        done = call("run", "--model", "omniscient", *options, *mode)
        assert done.status == 2 and done.line.startswith("error: ") and not done.out


def test_a_dry_run_renders_nothing_and_shows_what_is_known(call: Call, tmp_path: Path) -> None:
    done = call("run", "--dry-run", "--model", "bot", "--task", "strokerehab_primitives_3", "--model_args", "seed=1|2")
    assert done.status == 0 and not done.err
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[:2] == ["task                      questions", "strokerehab_primitives_3          2"]
    assert [line.split()[-1] for line in lines if line.startswith("bot ")] == ["seed=1", "seed=2"]
    assert lines[-1].startswith("the demo dataset is not rendered yet") and str(tmp_path / "data" / "demo") in lines[-1]


def test_a_run_renders_it(call: Call) -> None:
    done = call("run", "--model", "bot", "--task", "strokerehab_primitives_3")
    assert done.status == 1 and "rendered" in done.err


def test_a_dry_run_lists_each_setting(call: Call, mini_dataset: Path) -> None:
    line = ("run", "--dry-run", "--data", mini_dataset, "--task", "strokerehab_primitives_3", "--model", "bot,markov")
    done = call(*line, "--model_args", "max_frames_num=4|8", "--model_args", "bot:seed=1")
    assert done.status == 0
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert [line.partition("  ")[0] for line in lines if line.startswith(("bot", "markov", "strokerehab_p"))] == [
        "strokerehab_primitives_3 [max_frames_num=4]",
        "strokerehab_primitives_3 [max_frames_num=8]",
        "bot [max_frames_num=4]",
        "bot [max_frames_num=8]",
        "markov [max_frames_num=4]",
        "markov [max_frames_num=8]",
    ]
    assert lines[-1] == "4 model settings × 1 task = 144 questions; nothing was asked"
