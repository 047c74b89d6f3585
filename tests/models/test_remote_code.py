"""Code bases and lmms-eval's own models, which trust any checkpoint: ours decide, by the card."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution import harness
from lmms_eval_plugins.execution.models import model_for, usable
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.cards import find_cards, load_card
from lmms_eval_plugins.models.registered import RehabLlavaNext
from lmms_eval_plugins.models.remote_code import RemoteCodeRefused, set_trust
from tests.support.command import Request
from tests.support.hostile_checkpoints import CANARY, pickled_weights
from tests.support.stand_ins.environment import OURS, STAND_INS, make_checkpoint, make_environment

TRUSTING = """
def load_pretrained_model(model_path, *_, **__):
    import torch
    from stand_in_network import ByteTokenizer, ImageProcessor
    from transformers import AutoConfig
    from llava.model.network import Network

    wrong = []
    for load in (
        lambda: AutoConfig.from_pretrained(model_path),
        lambda: AutoConfig.from_pretrained(model_path, trust_remote_code=True),
        lambda: torch.load(model_path + "/pytorch_model.bin", weights_only=False),
    ):
        try:
            load()
        except Exception as error:
            wrong.append(type(error).__name__)
    if wrong:
        raise ValueError(" ".join(wrong))
    return ByteTokenizer(), Network(), ImageProcessor(), 2048
"""
"""A code base that leaves it to the user, then hands a checkpoint's code and its pickle to whoever runs them."""


def hostile(folder: Path) -> Path:
    """A checkpoint that only its own configuration class can load; returns the file that its code would write."""
    make_checkpoint(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "bait", "auto_map": {"AutoConfig": "bait.Bait"}}))
    canary = folder.parent / CANARY
    (folder / "bait.py").write_text(
        f"from pathlib import Path\nfrom transformers import PretrainedConfig\nPath({str(canary)!r}).touch()\n"
        "class Bait(PretrainedConfig):\n    model_type = 'bait'\n"
    )
    return canary


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusted code is copied to a place of its own, and the trust ends with the test."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")


def test_a_code_base_runs_what_a_checkpoint_brings_only_where_the_card_trusts_it(tmp_path: Path) -> None:
    package = tmp_path / "code"
    shutil.copytree(STAND_INS / "llava_next", package)
    (package / "llava/model/builder.py").write_text(TRUSTING)
    python = make_environment(tmp_path / "envs", "strokerehab_llava", [OURS, STAND_INS / "shared", package])
    canary = hostile(tmp_path / "it")
    pickled_weights(tmp_path / "it", unpickled := tmp_path / "unpickled")

    def made(trusted: bool = False) -> RehabLlavaNext:
        return RehabLlavaNext(Session(python=python, trusted=trusted), pretrained=str(tmp_path / "it"))

    with pytest.raises(UserError) as raised:
        made().answerer.get_ready()
    assert str(raised.value) == (
        f"{tmp_path / 'it'}: it wants to run code of its own"
        " (ValueError: ValueError RemoteCodeRefused UnpicklingError); a card for it that says"
        " `trust_remote_code: true` lets it, if you trust who published it"
    )
    assert not canary.exists() and not unpickled.exists()
    trusted = made(trusted=True)
    trusted.answerer.get_ready()
    assert canary.exists() and unpickled.exists()
    assert (trusted.weights or {})["trust_remote_code"] is True
    assert "trust_remote_code" not in (made().weights or {})
    assert made().fingerprint != trusted.fingerprint


class Trusting:
    """As many of lmms-eval's own models: it trusts whatever it is given."""

    def __init__(self, pretrained: str, how: str = "always", trust_remote_code: bool | None = True) -> None:
        from transformers.dynamic_module_utils import get_class_from_dynamic_module, resolve_trust_remote_code

        given = {"always": True, "as told": trust_remote_code, "asks": None}[how]
        if resolve_trust_remote_code(given, pretrained, False, True):
            get_class_from_dynamic_module("bait.Bait", pretrained)


class Silent(Trusting):
    """One that takes no such argument."""

    def __init__(self, pretrained: str, how: str = "always") -> None:
        super().__init__(pretrained, how)


@pytest.mark.parametrize("how", ["always", "as told", "asks"])
@pytest.mark.parametrize("wrapper", [Trusting, Silent])
def test_lmms_evals_own_models_run_a_checkpoints_python_only_where_the_card_trusts_it(
    wrapper: type[Trusting], how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import dynamic_module_utils

    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    monkeypatch.setattr(harness, "_model_class", lambda name: wrapper)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n" * 99))
    canary = hostile(tmp_path / f"it_{how.replace(' ', '_')}_{wrapper.__name__}")
    args = {"pretrained": str(next(tmp_path.glob("it_*"))), "how": how}
    with pytest.raises(UserError) as raised:
        harness.make_lmms_model("some_wrapper", args)
    assert "\n" not in str(raised.value) and "trust_remote_code: true" in str(raised.value)
    assert not canary.exists() and sys.stdin.tell() == 0
    try:
        harness.make_lmms_model("some_wrapper", args, Session(trusted=True))
        assert canary.exists() and sys.stdin.tell() == 0
    finally:
        set_trust(False)


def test_pickles_of_others_hold_numbers_only_until_a_card_trusts_its_checkpoint(tmp_path: Path) -> None:
    set_trust(True)
    assert "TORCH_FORCE_WEIGHTS_ONLY_LOAD" not in os.environ
    set_trust(False)
    assert os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] == "1"


def test_kernels_of_the_hub_are_not_fetched() -> None:
    from transformers.integrations import hub_kernels

    set_trust(False)
    with pytest.raises(RemoteCodeRefused):
        hub_kernels.get_kernel("kernels-community/flash-attn2")


def card(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)
    return folder


CODE_BASE = "about: x\nwrapper: rehab_vila\nenvironment: strokerehab_vila\ncheckpoint: org/it\n"


def test_trust_is_a_field_of_the_card_and_is_named_before_the_run(request_for: Request, tmp_path: Path) -> None:
    mine = card(tmp_path / "cards", "it", f"{CODE_BASE}trust_remote_code: true\n")
    plan = make_plan(request_for(models="it", model_folders=(mine,)))
    assert plan.warnings == ["it runs the Python that comes with org/it (trust_remote_code on its card)"]
    usable(plan)
    assert plan.cards[0].recorded["trust_remote_code"] is True
    assert all("trust_remote_code" not in one.recorded for one in find_cards("all,constant", [Path("models")]))


def test_trust_is_not_inherited_nor_given_in_passing(request_for: Request, tmp_path: Path) -> None:
    mine = card(tmp_path / "cards", "it", f"{CODE_BASE}trust_remote_code: true\n")
    card(mine, "heir", "base: it\ncheckpoint: org/other\n")
    assert not load_card(mine / "heir.yaml").trust_remote_code
    card(mine, "hidden", f"{CODE_BASE}args: {{trust_remote_code: true}}\n")
    with pytest.raises(UserError, match=r"hidden\.yaml: args: trust_remote_code is a field of the card itself"):
        load_card(mine / "hidden.yaml")
    card(mine, "worded", f"{CODE_BASE}trust_remote_code: 'yes'\n")
    with pytest.raises(UserError, match=r"worded\.yaml, line 5: trust_remote_code"):
        load_card(mine / "worded.yaml")
    (mine / "hidden.yaml").unlink()
    (mine / "worded.yaml").unlink()
    plan = make_plan(request_for(models="it", model_folders=(mine,), model_args="trust_remote_code=True"))
    with pytest.raises(UserError, match="it: --model_args: whether a checkpoint may run its own Python is said by its"):
        usable(plan)


def test_trust_is_in_the_cards_checkpoint_and_no_other(
    request_for: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lives:
        lives_outside = True

    lent: list[bool] = []

    def make(wrapper: str, args: object, session: Session) -> Lives:
        lent.append(session.trusted)
        return Lives()

    monkeypatch.setattr("lmms_eval_plugins.execution.models.make_lmms_model", make)
    mine = card(tmp_path / "cards", "it", f"{CODE_BASE}trust_remote_code: true\n")
    for model_args in ("batch_size=2", "pretrained=org/other", "revision=main"):
        plan = make_plan(request_for(models="it", model_folders=(mine,), model_args=model_args))
        model_for(plan.cards[0], plan, plan.tasks[0], tmp_path, None)
    assert lent == [True, False, False]


def test_our_own_engine_has_no_use_for_trust(request_for: Request, tmp_path: Path) -> None:
    mine = card(tmp_path / "cards", "it", "about: x\nwrapper: rehab_internvl\ntrust_remote_code: true\n")
    plan = make_plan(request_for(models="it", model_folders=(mine,)))
    with pytest.raises(UserError, match="it: trust_remote_code: rehab_internvl never runs a checkpoint's own Python"):
        usable(plan)
