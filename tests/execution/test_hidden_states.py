"""Hidden states of a run, from the command to ``run.json``: of random weights, too, and who cannot give them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.models import usable
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.execution.slurm.jobs import array_jobs
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.execution.slurm.submit import prepare_runs
from lmms_eval_plugins.execution.work import work_on_shard
from lmms_eval_plugins.models.registered import UNTRAINED
from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, hidden_files, kept_places, read_hidden
from lmms_eval_plugins.runs.merge import merge_run
from lmms_eval_plugins.runs.run_file import RunFile, read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from tests.support.command import Request

SHORT = "device=cpu,min_pixels=3136,max_pixels=12544,batch_size=8"


def go(request: RunRequest, folder: Path, more: str) -> tuple[Path, RunFile]:
    request = replace(request, model_args=f"{request.model_args},{more}", log_path=folder)
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    assert not outcome.errors
    (run,) = outcome.runs
    return run.folder, read_run_file(run.folder)


@pytest.fixture
def command(request_for: Request, tiny_qwen: Path) -> RunRequest:
    return request_for(models="qwen2_5_vl", model_args=f"pretrained={tiny_qwen},{SHORT}")


def test_states_of_a_run_are_recorded_and_copied_by_the_next_run(command: RunRequest, tmp_path: Path) -> None:
    first, file = go(command, tmp_path, "record=hidden")
    assert "record" not in file.shown_model and file.hidden is not None
    assert (file.hidden.layers, file.hidden.width, file.hidden.windows) == ((1, 2), 64, 12)
    assert file.hidden.questions == ("grasp", "motion") and file.hidden.behind_frames
    assert file.hidden.bytes_per_window > 2 * 64 * 2 * 3
    plain, without = go(command, tmp_path, "threads=1")
    assert without.hidden is None and not hidden_files(plain) and without.n_asked == 0
    again, copied = go(command, tmp_path, "record=hidden,layers=2")
    assert copied.n_asked == 0 and copied.hidden is not None and copied.hidden.layers == (2,)
    for question in (BEHIND_FRAMES, "motion"):
        assert (read_hidden(again, 2, question).values == read_hidden(first, 2, question).values).all()


def test_shards_write_files_of_their_own_beside_one_another(command: RunRequest, tmp_path: Path) -> None:
    first, alone = go(command, tmp_path / "alone", "record=hidden")
    request = replace(command, model_args=f"{command.model_args},record=hidden", log_path=tmp_path / "shards")
    plan = make_plan(request)
    (job,) = array_jobs(plan, Site(), 2, request.log_path)
    folder = prepare_runs(plan, job, plan.tasks[0])
    assert work_on_shard(0, [folder]) and work_on_shard(1, [folder])
    merge_run(folder)
    merged = read_run_file(folder).hidden
    assert len(hidden_files(folder)) == 2 and kept_places(folder) == kept_places(first)
    assert merged and alone.hidden
    assert (merged.layers, merged.width, merged.windows) == (alone.hidden.layers, alone.hidden.width, 12)


def test_an_untrained_network_reads_no_weights_and_says_so(
    command: RunRequest, tiny_qwen: Path, tmp_path: Path
) -> None:
    trained, _ = go(command, tmp_path / "trained", "record=hidden")
    bare = tmp_path / "bare"
    bare.mkdir()
    for path in tiny_qwen.iterdir():
        if path.suffix != ".safetensors":
            (bare / path.name).write_bytes(path.read_bytes())
    command = replace(command, model_args=f"pretrained={bare},{SHORT}")
    folder, file = go(command, tmp_path / "first", "record=hidden,untrained=true")
    again, repeated = go(command, tmp_path / "second", "record=hidden,untrained=true")
    assert "untrained" in file.shown_model and UNTRAINED in file.notes
    assert file.weights and file.weights["untrained"] is True and file.fingerprint == repeated.fingerprint
    states = [read_hidden(one, 2, "motion").values for one in (trained, folder, again)]
    assert (states[1] == states[2]).all() and (states[0] != states[1]).any()


def test_layers_that_a_network_has_not_stop_its_run_before_weights_are_read(
    command: RunRequest, tmp_path: Path
) -> None:
    request = replace(command, model_args=f"{command.model_args},record=hidden,layers=1+7", log_path=tmp_path)
    (error,) = run_plans([make_plan(request)], Console(quiet=True)).errors
    assert error.endswith("has no layer 7; its layers are 1 to 2")


@pytest.mark.parametrize(
    ("models", "who", "way"),
    [
        ("bot", "bot", ""),
        ("nvila_8b", "rehab_vila", ""),
        ("server", "rehab_server", ""),
        ("rehab_tiny,bot", "bot", "; for one model alone write rehab_tiny:record=…"),
    ],
)
def test_who_cannot_give_hidden_states_says_who_can(models: str, who: str, way: str, request_for: Request) -> None:
    plan = make_plan(request_for(models=models, model_args="record=hidden"))
    families = (
        "rehab_qwen2_5_vl, rehab_qwen3_vl, rehab_llava_onevision, rehab_llava_next_video, rehab_internvl, rehab_encoder"
    )
    with pytest.raises(UserError) as raised:
        usable(plan)
    expected = f"record=hidden: {who} cannot give hidden states; transformers families do: {families}{way}"
    assert str(raised.value).partition(": ")[2] == expected
