"""Every module that an extra brings is named with its extra where it is missing."""

from __future__ import annotations

import re
from importlib.metadata import packages_distributions, requires

import pytest

from lmms_eval_plugins.cli import exits
from lmms_eval_plugins.cli.exits import BAD_INPUT, BUG, Extra, check_extra, missing_extra, report_error
from lmms_eval_plugins.core.errors import UserError


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("extra", ["models", "slurm", "wandb"])
def test_what_pyproject_lists_is_known(extra: Extra) -> None:
    modules: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            modules.setdefault(normal(distribution), set()).add(module)
    listed = [line for line in requires("strokerehab-eval") or () if f'extra == "{extra}"' in line.replace("'", '"')]
    assert listed
    for line in listed:
        name = re.match(r"[\w.-]+", line)
        assert name
        remedies = [missing_extra(ModuleNotFoundError(name=module)) for module in modules[normal(name[0])]]
        assert any(remedy and f"[{extra}]" in remedy for remedy in remedies), name[0]


def test_one_line_and_the_status_of_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert report_error(ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn"), debug=False) == BAD_INPUT
    remedy = "pip install 'strokerehab-eval[models]'"
    assert capsys.readouterr().err == f"error: this needs torch, which the base install leaves out: {remedy}\n"
    assert report_error(ModuleNotFoundError("No module named 'nothing'", name="nothing"), debug=False) == BUG


def test_an_extra_is_looked_for_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    check_extra("models")
    monkeypatch.setattr(exits, "find_spec", lambda name: None if name == "submitit" else object())
    with pytest.raises(UserError, match=r"needs submitit, .*: pip install 'strokerehab-eval\[slurm\]'"):
        check_extra("slurm")
