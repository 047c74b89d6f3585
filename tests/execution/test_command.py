"""Command lines are checked before anything is rendered, and taken apart into command lines of one setting."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.command import _choices, read_command
from lmms_eval_plugins.execution.models import task_object
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.record import describe_run, requests_hash
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.video.perturb import PERTURBATIONS
from tests.support.command import Request

AT = "server:base_url=http://h/v1,server:model=m"
SERVER_CARD = "wrapper: rehab_server\n"
Settings = list[tuple[str, str, str]]


def settings(request: object, seeds: int | None = None) -> Settings:
    """Return models, arguments and generation of each setting of a command."""
    command = read_command(request, seeds)  # type: ignore[arg-type]
    return [(one.models, one.model_args, one.gen_kwargs) for one in command.requests]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"models": "bot,markov", "model_args": "seed=2"}, [("bot,markov", "seed=2", "")]),
        (
            {"models": "bot,omniscient", "model_args": "max_frames_num=4|8"},
            [("bot,omniscient", "max_frames_num=4", ""), ("bot,omniscient", "max_frames_num=8", "")],
        ),
        (
            {"models": "bot,omniscient", "model_args": "bot:seed=1|2|1"},
            [("bot", "seed=1", ""), ("bot", "seed=2", ""), ("omniscient", "", "")],
        ),
        (
            {"models": "bot,markov", "model_args": "seed=1,markov:seed=5,max_frames_num=4"},
            [("bot", "seed=1,max_frames_num=4", ""), ("markov", "seed=5,max_frames_num=4", "")],
        ),
        (
            {"model_args": "max_frames_num=4|8", "gen_kwargs": "temperature=0|1"},
            [("omniscient", f"max_frames_num={n}", f"temperature={t}") for n in (4, 8) for t in (0, 1)],
        ),
        (
            {"models": "omniscient,server", "model_args": AT},
            [("omniscient", "", ""), ("server", "base_url=http://h/v1,model=m", "")],
        ),
        (
            {"models": "rehab_tiny", "model_args": "attn_implementation=paged|sdpa|eager"},
            [("rehab_tiny", f"attn_implementation={one}", "") for one in ("paged|sdpa", "eager")],
        ),
    ],
)
def test_the_settings_of_a_command(request_for: Request, changes: dict[str, object], expected: Settings) -> None:
    assert settings(request_for(**changes)) == expected


def test_seeds_are_for_models_that_draw_by_one(request_for: Request) -> None:
    request = request_for(models="bot,omniscient,server", model_args=AT)
    command = read_command(request, 2)
    assert [(one.models, one.model_args) for one in command.requests[:3]] == [
        ("bot", "seed=0"),
        ("bot", "seed=1"),
        ("omniscient", ""),
    ]
    assert len(command.requests) == 4 and "omniscient: without a seed to set" in command.notes[0]
    assert "server: at temperature 0 nothing is drawn" in command.notes[1]
    warm = read_command(replace(request, gen_kwargs="temperature=0.7"), 2)
    assert len(warm.requests) == 5 and warm.requests[-1].model_args.endswith("model=m,seed=1")


@pytest.mark.parametrize(
    ("changes", "seeds", "message"),
    [
        ({"models": "omnicient"}, None, "unknown model 'omnicient'; did you mean 'omniscient'"),
        ({"tasks": "strokerehab_nope"}, None, r"unknown task 'strokerehab_nope'; the nearest of \d+ known are: "),
        ({"tasks": ","}, None, "--task names no task"),
        ({"model_args": "omnisient:seed=1"}, None, "no model 'omnisient' is to run; did you mean 'omniscient'"),
        ({"model_args": "max_frames_num=x"}, None, "max_frames_num=x should be"),
        ({"model_args": "max_frames_num=4,max_frames_num=8"}, None, "max_frames_num is given twice, as 4 and as 8"),
        ({"model_args": "max_frames_num=4|"}, None, r"max_frames_num=4\|: there is no value on one side"),
        ({"models": "rehab_tiny", "model_args": "max_frame_num=4"}, None, "did you mean 'max_frames_num'"),
        ({"models": "rehab_tiny", "model_args": "batch_size=1|2"}, None, "batch_size changes no answer"),
        ({"models": "rehab_tiny", "model_args": "dtype=float99"}, None, "rehab_tiny: dtype: 'float99' is none of"),
        (
            {"models": "omniscient,server", "model_args": "base_url=http://h/v1"},
            None,
            "omniscient takes no 'base_url'; for one model alone write server:base_url=…",
        ),
        ({"gen_kwargs": "temprature=1"}, None, "--gen_kwargs: temprature: unknown key; did you mean 'temperature'"),
        ({"gen_kwargs": "temperature=-1"}, None, "--gen_kwargs: temperature: "),
        ({}, 3, "--seeds: no model draws by a seed: omniscient"),
        ({"models": "bot", "model_args": "seed=4"}, 3, "--seeds and --model_args seed=4: give one of them"),
    ],
)
def test_what_is_wrong_is_named_without_a_look_at_the_data(
    request_for: Request, changes: dict[str, object], seeds: int | None, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        read_command(request_for(**{"data": Path("/nowhere"), **changes}), seeds)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("base: qwen2_5_vl\ncheckpoint: /no/such\n", "mine.yaml, line 3: pretrained: /no/such: no such file"),
        (
            f"{SERVER_CARD}args: {{modle: m}}\n",
            "mine.yaml, line 3: rehab_server takes no 'modle'; did you mean 'model'",
        ),
        (
            f"{SERVER_CARD}args: {{base_url: 'http://h/v1', model: m, frames_as: photos}}\n",
            "mine.yaml, line 3: frames_as: unknown word 'photos'",
        ),
    ],
)
def test_a_mistake_of_a_card_is_named_by_its_file(
    request_for: Request, tmp_path: Path, card: str, message: str
) -> None:
    (tmp_path / "mine.yaml").write_text(f"about: x\n{card}")
    with pytest.raises(UserError, match=message) as error:
        read_command(request_for(models="mine", model_folders=(tmp_path,)))
    assert "--model_args" not in str(error.value)


def test_a_secret_is_neither_swept_nor_shown(request_for: Request) -> None:
    request = request_for(models="server", model_args=f"{AT},server:request=a|b")
    assert len(read_command(request_for(models="server", model_args=f"{AT},server:quality=80|90")).requests) == 2
    twice = replace(request, model_args="api_key=hunter2,api_key=hunter3")
    with pytest.raises(UserError, match="api_key is given twice, with different values") as error:
        read_command(twice)
    assert "hunter" not in str(error.value)
    assert _choices({"api_key": "a|b", "url": "http://x|y"}, "--x") == ["api_key=a|b,url=http://x|y"]


@given(
    entries=st.dictionaries(
        st.text("abc", min_size=1), st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True), max_size=3
    )
)
def test_swept_keys_make_their_product(entries: dict[str, list[int]]) -> None:
    choices = _choices({key: "|".join(map(str, values)) for key, values in entries.items()}, "--x")
    count = 1
    for values in entries.values():
        count *= len(values)
    assert len(choices) == len(set(choices)) == count


def test_generation_settings_are_part_of_a_run_and_of_its_name(request_for: Request) -> None:
    usual, warm = (make_plan(request_for(gen_kwargs=text)) for text in ("", "temperature=0.7,max_new_tokens=16"))
    plain, described = (describe_run(plan.cards[0], {}, plan.tasks[0]) for plan in (usual, warm))
    assert described.shown_model == "omniscient [temperature=0.7]" and plain.shown_model == "omniscient"
    assert described.generation == {**(plain.generation or {}), "temperature": 0.7}
    assert "temperature is 0.7 (task: 0)" in described.notes[-1]
    assert requests_hash(described) != requests_hash(plain)


def test_each_setting_has_a_run_of_its_own_and_is_resumed_with_its_command(request_for: Request) -> None:
    command = read_command(request_for(models="bot,omniscient", model_args="max_frames_num=4|8,bot:seed=0|1", limit=1))
    plans = [make_plan(one) for one in command.requests]
    runs = run_plans(plans, Console(quiet=True)).runs
    assert [run.model for run in runs] == [
        "bot [4 frames at 15 fps]",
        "bot [seed=1, 4 frames at 15 fps]",
        "bot",
        "bot [seed=1]",
        "omniscient [4 frames at 15 fps]",
        "omniscient",
    ]
    assert len({run.folder for run in runs}) == 6
    last = runs[-1].folder / "run.json"
    last.write_text(json.dumps({**json.loads(last.read_text()), "command_complete": False}))
    again = run_plans(plans, Console(quiet=True)).runs
    assert again[-1].folder == runs[-1].folder and again[0].folder != runs[0].folder
    assert read_run_file(runs[0].folder).command_complete


def test_a_group_brings_arguments_and_the_command_line_wins(request_for: Request) -> None:
    sees = request_for(tasks="strokerehab_sees", models="bot")
    asked = read_command(sees).requests
    assert [one.model_args for one in asked] == [f"perturb={how}" for how in ("none", *PERTURBATIONS)]
    assert {(one.tasks, one.selection) for one in asked} == {("strokerehab_sees", "sees")}
    (one,) = read_command(replace(sees, model_args="perturb=blank,seed=3", selection="all")).requests
    assert (one.model_args, one.selection) == ("perturb=blank,seed=3", "all")
    both = read_command(replace(sees, tasks="strokerehab_sees,strokerehab_counting", model_args="bot:seed=1"))
    assert [(one.tasks, one.model_args, one.selection) for one in both.requests][:2] == [
        ("strokerehab_counting", "seed=1", None),
        ("strokerehab_sees", "perturb=none,seed=1", "sees"),
    ]
    assert [task.task for task in both.tasks] == ["strokerehab_counting", "strokerehab_primitives_3"]


def test_a_perturbation_that_does_not_exist_is_refused_before_anything_is_rendered(request_for: Request) -> None:
    with pytest.raises(UserError, match="perturb=mirrored is unknown; did you mean 'mirror'"):
        read_command(request_for(model_args="perturb=none|mirrored"))


def test_frames_as_they_are_are_no_setting(request_for: Request) -> None:
    plain, none, blank = (make_plan(request_for(model_args=args)) for args in ("", "perturb=none", "perturb=blank"))
    described = [describe_run(plan.cards[0], plan.wrapper_args, plan.tasks[0]) for plan in (plain, none, blank)]
    assert described[0] == described[1] and "perturb" not in described[0].settings
    assert requests_hash(described[2]) != requests_hash(described[0])
    assert described[2].perturb == "blank" and described[2].shown_model == "omniscient [blank]"
    assert "perturb=blank: all frames are grey" in described[2].notes
    keys = [{row.get("perturb") for row in task_object(plan.tasks[0]).rows} for plan in (none, blank)]
    assert keys == [{None}, {"blank"}]
