from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants

from lmms_eval_plugins.machine import doctor
from lmms_eval_plugins.machine.environments import VLLM_ENVIRONMENTS
from lmms_eval_plugins.machine.hardware import Gpu, Machine
from lmms_eval_plugins.models.cards import ModelCard
from tests.support.command import Request


def card(name: str, **values: object) -> ModelCard:
    return ModelCard.model_validate({"name": name, "about": "x", "wrapper": "constant", **values})


def test_environments_that_are_not_made_come_with_their_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    main, *others = doctor.examine_environments([card("a"), card("b", environment="strokerehab_other")])
    assert main.kind == "ok" and "torch" in main.message
    found = {finding.what: finding for finding in others}
    assert found["strokerehab_other"].kind == "note"
    assert found["strokerehab_other"].message == "not made (for b): bash setup_envs.sh strokerehab_other"
    made = tmp_path / "strokerehab_other"
    (made / "bin").mkdir(parents=True)
    (made / "bin" / "python").touch()
    (made / "stamp").touch()
    found = {one.what: one for one in doctor.examine_environments([card("b", environment="strokerehab_other")])}
    assert (found["strokerehab_other"].kind, found["strokerehab_other"].message) == ("ok", "made (for b)")


def test_the_environments_of_vllm_say_for_which_models_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    cards = [card(f"m{size}", wrapper="rehab_internvl", checkpoint="x", parameters_b=size) for size in (7, 38)]
    found = {finding.what: finding.message for finding in doctor.examine_environments(cards)}
    name = VLLM_ENVIRONMENTS[0]
    assert found[name] == f"not made (for m38; for other models by engine=vllm): bash setup_envs.sh {name}"


def test_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.examine_gpus(Machine((), 8.0)).kind == "note"
    machine = Machine((Gpu("H100", 80.0),), 8.0)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert doctor.examine_gpus(machine).kind == "problem"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert doctor.examine_gpus(machine).kind == "ok"


def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_ENOUGH_GB", 0.0)
    assert doctor.examine_disk("runs", tmp_path / "not" / "yet").kind == "ok"
    monkeypatch.setattr(doctor, "_ENOUGH_GB", 1e9)
    assert "little" in doctor.examine_disk("runs", tmp_path).message
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert doctor.examine_disk("runs", tmp_path).kind == "problem"


def test_data(request_for: Request, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(request_for().data, tmp_path / "data"))
    assert doctor.examine_data(folder).kind == "ok"
    video = next(folder.rglob("*.mp4"))
    video.unlink()
    found = doctor.examine_data(folder)
    assert found.kind == "problem" and found.message.endswith(f"; files missing: 1, the first {video}")
    (folder / "manifest.csv").write_text("nonsense\n")
    assert doctor.examine_data(folder).kind == "problem"
    (folder / "manifest.csv").unlink()
    assert "strokerehab index" in doctor.examine_data(folder).message


def test_the_hub_and_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    model = card("model", checkpoint="org/model")
    _, checkpoints, hub = doctor.examine_hub([model])
    assert checkpoints.message == "in the cache: none" and "is not reachable" in hub.message
    snapshot = tmp_path / "hub" / "models--org--model" / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    _, checkpoints, hub = doctor.examine_hub([model])
    assert (checkpoints.kind, checkpoints.message) == ("ok", "in the cache: model") and "HF_HUB_OFFLINE" in hub.message
