"""Each family of transformers evaluates a few videos from a small random checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Outcome, run_plans
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, read_answers
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from tests.support.command import Request

SHORT = "min_pixels=3136,max_pixels=12544"


def go(request: RunRequest) -> Outcome:
    return run_plans([make_plan(request)], Console(quiet=True))


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("qwen2_5_vl", SHORT),
        ("qwen3_vl", SHORT),
        ("llava_onevision", ""),
        ("llava_next_video", ""),
        ("internvl", ""),
    ],
)
def test_a_family_evaluates_videos(
    model: str, more: str, request_for: Request, tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    arguments = ",".join(filter(None, (f"pretrained={tiny(model)},device=cpu", more)))
    (run,) = go(request_for(models=model, model_args=arguments)).runs
    assert run.problems == () and run.n_asked == 24
    assert run.scores and run.scores.score.n == 3 and run.scores.score.metrics["missing_rate"][0] == 0
    records = list(read_answers(run.folder / ANSWERS_NAME))
    assert len({record.text for record in records}) > 1
    assert all(record.choice_logprobs and len(record.choice_logprobs) == 2 for record in records)
    assert read_run_file(run.folder).weights == {
        "pretrained": str(tiny(model)),
        "revision": None,
        "dtype": "float32",
        "quantization": None,
    }


@pytest.mark.parametrize("model", ["llava_onevision", "llava_next_video", "internvl"])
@pytest.mark.parametrize("argument", ["declared_fps=4", "min_pixels=3136"])
def test_an_argument_that_a_family_does_not_take_is_refused_before_anything_runs(
    model: str, argument: str, request_for: Request, tmp_path: Path
) -> None:
    name = argument.partition("=")[0]
    with pytest.raises(UserError, match=f"{model}: --model_args: rehab_{model} takes no '{name}'"):
        go(request_for(models=model, model_args=f"pretrained={tmp_path},{argument}"))
    assert not (tmp_path / "runs").exists()
