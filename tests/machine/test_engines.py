from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.record import describe_run, requests_hash
from lmms_eval_plugins.machine.engines import check_build, environment_of, runs_in_vllm, with_engine_chosen
from lmms_eval_plugins.machine.environments import ENVS_VARIABLE
from lmms_eval_plugins.machine.fits import check_ready, fits
from lmms_eval_plugins.machine.hardware import Gpu, Machine
from lmms_eval_plugins.models.cards import ModelCard, find_cards
from tests.support.command import Request

VLLM = "strokerehab_vllm"
TWO = Machine((Gpu("H100", 80.0), Gpu("H100", 80.0)), 100.0)


@pytest.fixture
def envs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of environments, none of them made."""
    monkeypatch.setenv(ENVS_VARIABLE, str(tmp_path / "envs"))
    return tmp_path / "envs"


def make(envs: Path, name: str) -> None:
    (envs / name / "bin").mkdir(parents=True)
    (envs / name / "bin" / "python").touch()
    (envs / name / "stamp").touch()


def card(**values: Any) -> ModelCard:
    return ModelCard(
        **{
            "name": "model",
            "about": "x",
            "wrapper": "rehab_internvl",
            "parameters_b": 38,
            "checkpoint": "org/x",
            **values,
        }
    )


@pytest.mark.parametrize(
    ("values", "given", "engine"),
    [
        ({}, {}, "vllm"),
        ({"parameters_b": 15}, {"batch_size": 4}, "vllm"),
        ({"parameters_b": 14.9}, {}, None),
        ({"parameters_b": None}, {}, None),
        ({"engine": "transformers"}, {}, "transformers"),
        ({"args": {"engine": "transformers"}}, {}, None),
        ({}, {"engine": "transformers"}, None),
        ({}, {"dtype": "float12"}, None),  # the error is of the card as it is
        ({"wrapper": "constant"}, {}, None),
        ({"wrapper": "rehab_vila"}, {}, None),
        ({"wrapper": "rehab_encoder", "kind": "features"}, {}, None),
        ({"args": {"do_crop": True}}, {}, "vllm"),
        ({"wrapper": "rehab_auto"}, {}, None),
        ({"args": {"device_map": "auto"}}, {}, "vllm"),
        ({}, {"record": "hidden"}, None),
        ({}, {"mode": "generate"}, None),
        ({}, {"quantization": "8bit"}, None),
        ({}, {"attn_implementation": "eager"}, None),
        ({}, {"device": "cpu"}, None),
    ],
)
def test_large_models_run_in_vllm_where_it_is(
    values: dict[str, Any], given: dict[str, Any], engine: str | None, envs: Path
) -> None:
    make(envs, f"{VLLM}_cpu")
    assert with_engine_chosen(card(**values), given) == card(**values)
    make(envs, VLLM)
    chosen = with_engine_chosen(card(**values), given)
    assert chosen.engine == engine
    assert bool(chosen.note_on_engine) == (engine == "vllm")


def test_medium_and_big_models_that_are_shipped(envs: Path) -> None:
    make(envs, VLLM)
    cards = find_cards("small,medium,big", [shipped("models")])
    own = {one.name for one in cards if not runs_in_vllm(with_engine_chosen(one, {}), {})}
    assert own == {one.name for one in find_cards("small", [shipped("models")])} | {
        *("nvila_15b", "llava_next_video_72b"),  # in code bases of their own
    }


def test_the_environment_and_the_memory_are_those_of_the_engine(envs: Path) -> None:
    own, asked = card(parameters_b=60), {"engine": "vllm"}
    assert environment_of(own, {}) == "strokerehab" and environment_of(own, asked) == VLLM
    assert not fits(own, {}, TWO) and fits(own, asked, TWO)
    with pytest.raises(UserError, match=f"{VLLM}"):
        check_ready(own, asked, TWO, [])
    make(envs, f"{VLLM}_cpu")
    assert environment_of(own, asked) == f"{VLLM}_cpu"
    check_ready(own, asked, TWO, [])
    with pytest.raises(UserError, match=f"strokerehab_vllm_cpu is vLLM's build for processors; for GPUs make {VLLM}: "):
        check_build(own, asked)
    check_build(own, {})
    with pytest.raises(UserError, match="needs 144 GB, and each of 2 processes has 80 GB"):
        check_ready(own, asked, TWO, [shipped("models")], processes=2)


def test_a_gpu_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match=r"device: cuda:2: this machine has 160 GB .* from cuda:0 to cuda:1"):
        check_ready(card(), {"device": "cuda:2"}, TWO, [])
    check_ready(card(parameters_b=1), {"device": "cuda:1"}, TWO, [])


def test_a_plan_says_what_the_machine_chose(envs: Path, request_for: Request, tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "larger.yaml").write_text("base: large\n")
    (folder / "large.yaml").write_text("about: x\nwrapper: rehab_internvl\nparameters_b: 38\ncheckpoint: org/x\n")
    request = request_for(models="large,larger", model_folders=(folder,), tasks="strokerehab_primitives_3")
    before = make_plan(request)
    make(envs, VLLM)
    plan = make_plan(request)
    files = [describe_run(one.cards[0], one.wrapper_args, one.tasks[0]) for one in (before, plan)]
    assert "engine" not in files[0].card and files[1].card["engine"] == "vllm"
    assert files[0].shown_model == files[1].shown_model == "large"
    assert requests_hash(files[0]) != requests_hash(files[1])
    (note,) = set(files[1].notes) - set(files[0].notes)
    assert note.startswith("answered in vLLM, whose environment is made here; engine=transformers takes ")
    assert f"large, larger: {note}" in plan.warnings and not any("vLLM" in line for line in before.warnings)


@pytest.mark.parametrize(("machine", "build"), [(TWO, VLLM), (Machine((), 50.0), f"{VLLM}_cpu")])
def test_the_build_of_vllm_that_runs_here_is_the_one_to_make(machine: Machine, build: str, envs: Path) -> None:
    with pytest.raises(UserError, match=rf"make it: bash setup_envs.sh {build} "):
        check_ready(card(parameters_b=None), {"engine": "vllm"}, machine, [shipped("models")])
