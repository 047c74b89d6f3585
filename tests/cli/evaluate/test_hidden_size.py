from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli.evaluate.dry_run import show_plans
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import make_plan
from tests.support.command import Request, shown

TEXT = {"num_hidden_layers": 28, "hidden_size": 3584}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("record=hidden", "of 3,584 numbers behind layers 7, 14, 21, 28: 86.0 kB for each window, 1.0 MB in all"),
        ("record=hidden,layers=9+3", "of 3,584 numbers behind layers 3, 9: 43.0 kB for each window, 516.1 kB in all"),
        ("threads=1", None),
    ],
)
def test_a_dry_run_says_how_large_hidden_states_are(
    given: str, line: str | None, request_for: Request, tmp_path: Path, console: Console
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"text_config": TEXT}))
    show_plans([make_plan(request_for(models="internvl", model_args=f"pretrained={tmp_path},{given}"))], console)
    assert [one for one in shown(console) if "hidden" in one] == (
        [f"internvl: hidden states {line}"] if line is not None else []
    )


def test_a_checkpoint_that_is_not_here_yet_and_layers_that_there_are_not(
    request_for: Request, tmp_path: Path, console: Console
) -> None:
    args = f"pretrained={tmp_path},record=hidden"
    show_plans([make_plan(request_for(models="internvl", model_args=args))], console)
    assert "internvl: hidden states are kept; their size is not known before the checkpoint is here" in shown(console)
    (tmp_path / "config.json").write_text(json.dumps(TEXT))
    with pytest.raises(UserError, match="layers: internvl has no layer 29; its layers are 1 to 28"):
        show_plans([make_plan(request_for(models="internvl", model_args=f"{args},layers=29"))], console)
