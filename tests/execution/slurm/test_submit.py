"""What is submitted, by a stand-in for ``sbatch``; how it runs on a real Slurm is in `test_cluster.py`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli.evaluate.dry_run import show_jobs
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.secrets import ARGS_VARIABLE, stored_secrets
from lmms_eval_plugins.execution import work
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.slurm.jobs import array_jobs, rate_of, shards_for
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.execution.slurm.submit import Submitted, prepare_runs, submit_plan
from lmms_eval_plugins.execution.work import work_on_shard
from lmms_eval_plugins.machine import engines
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.runs.run_file import Speed, read_run_file, write_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.shards import read_jobs, read_shards, read_state, write_state
from tests.support.command import Call, Request

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden"
SITE = Site(partition="gpu", account="lab", qos="long", gres="gpu:a100", setup=("module load cuda",), at_once=2)
HIDDEN = ("hunter2", "hunter3", "hunter4")

Send = Callable[..., list[Submitted]]


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "big_one.yaml").write_text("about: x\nwrapper: bot\ngpus: 4\nparameters_b: 60\nstudy: {hours: 10}\n")
    (folder / "guard.yaml").write_text("about: x\nwrapper: constant\nkind: blind\n")
    return folder


@pytest.fixture
def send(request_for: Request, cards: Path, fake_slurm: Path) -> Send:
    """Submits a plan to the stand-in."""

    def submit(site: Site = SITE, shards: int | None = 2, **changes: object) -> list[Submitted]:
        request: RunRequest = request_for(**{"models": "big_one", "model_folders": (cards,), **changes})
        plan = make_plan(request)
        jobs = array_jobs(plan, site, shards, request.log_path)
        submitted, errors = submit_plan(plan, jobs, site, Console(quiet=True))
        assert not errors or changes.get("errors"), errors
        return submitted

    return submit


def script(fake_slurm: Path, number: int, logs: Path) -> str:
    text = (fake_slurm / f"job-{number}.sh").read_text()
    return text.replace(str(logs), "LOGS").replace(sys.executable, "PYTHON")


@pytest.mark.parametrize(("number", "name"), [(1, "array.sh"), (2, "merge.sh")])
def test_batch_scripts_are_as_agreed(number: int, name: str, send: Send, fake_slurm: Path) -> None:
    (one,) = send()
    assert script(fake_slurm, number, one.logs) == (GOLDEN / name).read_text()
    checked = subprocess.run(["bash", "-n", str(fake_slurm / f"job-{number}.sh")], capture_output=True, check=False)
    assert checked.returncode == 0


NODES = SITE.model_copy(update={"node_gpus": 8})


def test_a_task_on_a_whole_node_is_as_agreed(send: Send, fake_slurm: Path) -> None:
    (one,) = send(NODES, shards=3)
    assert script(fake_slurm, 1, one.logs) == (GOLDEN / "node.sh").read_text()
    assert one.tasks == {0: "1_0", 1: "1_0", 2: "1_1"} and one.merge == "2"
    assert read_jobs(one.folders[0]) == dict(one.tasks)
    work_on_shard(0, list(one.folders))
    (again,) = send(NODES, shards=3)
    assert again.folders == one.folders and again.tasks == {1: "3", 2: "3"}  # one task is no array


def test_a_node_that_is_taken_whole_is_used_whole(request_for: Request, cards: Path) -> None:
    (cards / "one.yaml").write_text("about: x\nwrapper: bot\nparameters_b: 7\n")
    request = request_for(models="big_one,one,guard", model_folders=(cards,))
    plan = make_plan(request)
    jobs = array_jobs(plan, NODES, None, request.log_path)
    assert [(job.shards, job.copies, job.tasks) for job in jobs] == [(2, 2, 1), (3, 3, 1), (1, 1, 1)]  # three videos
    out = Console(width=120)
    with out.capture() as output:
        show_jobs([(plan, jobs)], NODES, out)
    lines = [re.split(r"  +", line.strip()) for line in output.get().splitlines()]
    assert ["big_one", "1 × 2", "1", "gpu:a100:8", "320 GB"] in [line[:5] for line in lines]
    assert ["one", "1 × 3", "1", "gpu:a100:3", "98 GB"] in [line[:5] for line in lines]
    assert "8 CPUs for each copy of a model, at most" in output.get()
    with pytest.raises(UserError, match=r"^big_one: takes 4 GPUs, and a node has 2 \(node_gpus\)$"):
        array_jobs(plan, SITE.model_copy(update={"node_gpus": 2}), None, request.log_path)


@pytest.mark.parametrize("made", [True, False])
def test_a_submitted_run_keeps_its_engine(
    made: bool, request_for: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "large.yaml").write_text(
        "about: x\nwrapper: rehab_internvl\nparameters_b: 38\ncheckpoint: x\n"
    )
    request = request_for(models="large", model_folders=(tmp_path / "cards",))
    monkeypatch.setattr(engines, "is_installed", lambda _: made)
    plan = make_plan(request)
    (job,) = array_jobs(plan, SITE, 1, request.log_path)
    folder = prepare_runs(plan, job, plan.tasks[0])
    monkeypatch.setattr(engines, "is_installed", lambda _: not made)

    def stop(card: ModelCard, *_: object) -> None:
        raise UserError(f"would run in {card.engine}")

    monkeypatch.setattr(work, "model_for", stop)
    with pytest.raises(UserError, match=f"would run in {'vllm' if made else None}"):
        work_on_shard(0, [folder])


def test_one_array_per_model_with_a_run_folder_for_each_task(send: Send, fake_slurm: Path) -> None:
    tasks = "strokerehab_primitives_3,strokerehab_identification_2"
    big, guard = send(models="big_one,guard", tasks=tasks)
    assert len(list(fake_slurm.glob("job-*.sh"))) == 4
    assert [folder.parents[1].name for folder in big.folders] == tasks.split(",")
    assert big.tasks == {0: "1_0", 1: "1_1"} and big.merge == "2"
    assert guard.tasks == {0: "3"} and guard.merge == "4"  # a baseline is not divided
    for folder in big.folders:
        assert read_jobs(folder) == {0: "1_0", 1: "1_1"} and read_run_file(folder).status == "submitted"
        assert [len(shard.videos) for shard in read_shards(folder).shards] == [2, 1]


def test_only_shards_that_are_not_done_are_submitted_again(send: Send) -> None:
    (first,) = send()
    (folder,) = first.folders
    work_on_shard(0, [folder])
    (again,) = send()
    assert again.folders == first.folders and again.tasks == {1: "3"}
    work_on_shard(1, [folder])
    (last,) = send()
    assert last.folders == first.folders and last.tasks == {} and last.merge == ""


def test_a_run_that_jobs_work_on_is_left_alone(send: Send, fake_slurm: Path, request_for: Request, cards: Path) -> None:
    (first,) = send()
    (fake_slurm / "squeue").write_text("#!/bin/sh\necho '1_0 RUNNING'\n")
    request = request_for(models="big_one", model_folders=(cards,))
    plan = make_plan(request)
    jobs = array_jobs(plan, SITE, 2, request.log_path)
    submitted, errors = submit_plan(plan, jobs, SITE, Console(quiet=True))
    assert not submitted and len(errors) == 1
    assert "job 1 still works on it (1 task)" in errors[0] and str(first.folders[0]) in errors[0]


def test_the_error_is_that_of_sbatch(send: Send, fake_slurm: Path, request_for: Request, cards: Path) -> None:
    (fake_slurm / "refuse").touch()
    request = request_for(models="big_one", model_folders=(cards,))
    plan = make_plan(request)
    jobs = array_jobs(plan, SITE, 2, request.log_path)
    submitted, errors = submit_plan(plan, jobs, SITE, Console(quiet=True))
    assert not submitted
    assert errors == ["big_one: sbatch refused the job: invalid partition specified: gone"]


def test_an_accepted_array_whose_merging_job_is_refused_is_named_with_what_to_do(
    fake_slurm: Path, request_for: Request, cards: Path
) -> None:
    (fake_slurm / "refuse-2").touch()
    request = request_for(models="big_one,guard", model_folders=(cards,))
    plan = make_plan(request)
    jobs = array_jobs(plan, SITE, 2, request.log_path)
    submitted, errors = submit_plan(plan, jobs, SITE, Console(quiet=True))
    big, guard = submitted
    assert (big.merge, guard.merge) == ("", "4")
    (folder,) = big.folders
    assert read_jobs(folder) == {0: "1_0", 1: "1_1"}
    assert errors == [
        "big_one: job 1, 2 tasks, is accepted and will run, but the job that merges is not: sbatch refused the job:"
        f" invalid partition specified: gone; once it has ended: `strokerehab merge {folder}`; or take it back:"
        " `scancel 1`"
    ]


def test_a_site_that_wants_memory_per_processor_gets_no_other(send: Send, fake_slurm: Path) -> None:
    (one,) = send(Site(extra={"mem_per_cpu": "4G", "gpus-per-node": "a100:1", "exclusive": ""}))
    array, merge = (script(fake_slurm, number, one.logs) for number in (1, 2))
    options = [line.partition("--")[2] for line in array.splitlines() if line.startswith("#SBATCH")]
    assert {"mem-per-cpu=4G", "gpus-per-node=a100:1", "exclusive", "cpus-per-task=8"} <= set(options)
    assert not [option for option in options if option.startswith(("mem=", "gres="))]
    assert "--mem-per-cpu=4G" in merge and "--mem=" not in merge and "gpus" not in merge


def test_no_secret_is_written_anywhere(
    send: Send, fake_slurm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", HIDDEN[0])
    monkeypatch.delenv(ARGS_VARIABLE, raising=False)
    secrets = tmp_path / "home" / ".config" / "strokerehab" / "secrets"
    secrets.parent.mkdir(parents=True)
    secrets.write_text(f"OPENAI_API_KEY={HIDDEN[1]}\n")
    secrets.chmod(0o600)
    assert stored_secrets() == {"OPENAI_API_KEY": HIDDEN[1]}
    (one,) = send(model_args=f"api_key={HIDDEN[2]}")
    assert os.environ.pop(ARGS_VARIABLE) == f"api_key={HIDDEN[2]}"  # sbatch hands the environment on
    written = [*fake_slurm.glob("job-*"), *one.logs.rglob("*"), *one.folders[0].rglob("*")]
    assert len(written) > 8
    for path in written:
        if path.is_file():
            assert not any(word.encode() in path.read_bytes() for word in HIDDEN), path


def test_secrets_that_others_can_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    assert stored_secrets(path) == {}
    path.write_text("# mine\nexport HF_TOKEN='hunter2'\n\nA=b=c\n")
    path.chmod(0o640)
    with pytest.raises(UserError, match=r"others can read it \(mode 640\); `chmod 600 "):
        stored_secrets(path)
    path.chmod(0o600)
    assert stored_secrets(path) == {"HF_TOKEN": "hunter2", "A": "b=c"}
    path.write_text("hunter2\n")
    with pytest.raises(UserError, match="line 1: not NAME=value") as error:
        stored_secrets(path)
    assert "hunter2" not in str(error.value)


def test_hours_come_from_what_was_measured_or_the_card(send: Send, request_for: Request, cards: Path) -> None:
    request = request_for(models="big_one,guard", model_folders=(cards,))
    big, guard = array_jobs(make_plan(request), SITE, None, request.log_path)
    assert big.rate and big.rate.source == "card" and big.rate.questions_per_s == pytest.approx(18128 / 36000)
    assert big.gpu_hours == pytest.approx(24 / 18128 * 10 * 4) and big.shards == 1 and big.memory_gb == 160
    assert guard.gpus == 0 and guard.gpu_hours is None and guard.shards == 1
    (one,) = send()
    run = read_run_file(one.folders[0])
    speed = Speed(questions=30, seconds=10.0)
    write_run_file(one.folders[0], run.model_copy(update={"speed": (speed, speed)}))
    rate = rate_of(big.card, {}, request.log_path)
    assert rate and (rate.questions_per_s, rate.source) == (3.0, "measured")
    in_vllm = rate_of(big.card, {"engine": "vllm"}, request.log_path)
    assert in_vllm == big.rate  # what was measured in another engine says nothing


@pytest.mark.parametrize(("hours", "shards"), [(None, 8), (0.1, 1), (6.0, 1), (6.1, 2), (60.0, 10)])
def test_shards_end_in_half_the_time_limit(hours: float | None, shards: int) -> None:
    assert shards_for(hours, 720) == shards


def test_the_job_table(request_for: Request, cards: Path) -> None:
    request = request_for(models="big_one,guard", model_folders=(cards,))
    plan = make_plan(request)
    out = Console(width=120)
    with out.capture() as output:
        show_jobs([(plan, array_jobs(plan, SITE, 3, request.log_path))], SITE, out)
    lines = [re.split(r"  +", line.strip()) for line in output.get().splitlines()]
    assert ["big_one", "3", "2", "gpu:a100:4", "160 GB", "24", "0.1", "20.6 kB", "0.50/s (card)"] in lines
    assert ["guard", "1", "1", "none", "16 GB", "24", "0", "20.6 kB", "not known"] in lines
    assert "each array task: partition gpu, account lab, 8 CPUs, at most 12:00:00, then requeued" in output.get()
    assert output.get().rstrip().endswith("0.1 GPU-hours; nothing was submitted")
    assert "2 arrays of 4 array tasks in all, 48 questions from 1 task of the harness, " in output.get()


def test_a_failed_shard_counts_anew_when_it_is_submitted_again(send: Send) -> None:
    (first,) = send()
    (folder,) = first.folders
    write_state(folder, 1, read_state(folder, 1), state="failed", failures=3, said="no GPU")
    (again,) = send()
    assert sorted(again.tasks) == [0, 1] and read_state(folder, 1).failures == 0


def test_the_login_node_loads_no_torch(mini_dataset: Path, fake_slurm: Path, tmp_path: Path) -> None:
    heavy = "{'torch', 'transformers', 'lmms_eval'} & sys.modules.keys()"
    code = f"import atexit, sys\natexit.register(lambda: print('loaded:', {heavy}))\n"
    code += "from lmms_eval_plugins.cli import main\nsys.argv[0] = 'strokerehab'\nmain()"
    line = ["run", "--model", "rehab_tiny,markov,small", "--task", "strokerehab_primitives_3", "--slurm"]
    line += ["--data", str(mini_dataset), "--log_path", str(tmp_path / "runs")]
    dry = subprocess.run([sys.executable, "-c", code, *line, "--dry-run"], capture_output=True, text=True, cwd=ROOT)
    assert dry.returncode == 0, dry.stderr
    assert "nothing was submitted" in dry.stdout and not (tmp_path / "runs").exists()
    assert "loaded: set()" in dry.stdout
    line[2] = "rehab_tiny"
    sent = subprocess.run(
        [sys.executable, "-c", code, *line, "--shards", "2"], capture_output=True, text=True, cwd=ROOT
    )
    assert sent.returncode == 0, sent.stderr
    assert "loaded: set()" in sent.stdout
    assert "job 1, 2 tasks, then job 2 merges" in sent.stderr and (fake_slurm / "job-2.sh").is_file()


def test_wrong_arguments_are_named_before_anything_is_submitted(
    call: Call, fake_slurm: Path, mini_dataset: Path, tmp_path: Path
) -> None:
    line = ["run", "--model", "rehab_tiny", "--task", "strokerehab_primitives_3", "--data", mini_dataset]
    line += ["--log_path", tmp_path / "runs"]
    for args in ("nosuch=1", "dtype=float99"):
        name = args.partition("=")[0]
        for mode in ("--slurm", "--dry-run"):
            done = call(*line, "--model_args", args, mode)
            assert done.status == 2 and "error: rehab_tiny: " in done.err and name in done.err
    assert not (tmp_path / "runs").exists() and not list(fake_slurm.glob("job-*"))


def test_each_setting_is_an_array_of_its_own(call: Call, fake_slurm: Path, mini_dataset: Path, tmp_path: Path) -> None:
    line = ["run", "--model", "bot,omniscient", "--task", "strokerehab_primitives_3", "--data", mini_dataset, "--slurm"]
    done = call(*line, "--model_args", "bot:seed=1|2", "--log_path", tmp_path / "runs")
    assert done.status == 0 and len(list(fake_slurm.glob("job-*.sh"))) == 6
    runs = [read_run_file(path.parent) for path in sorted((tmp_path / "runs").glob("*/bot/*/run.json"))]
    assert [run.wrapper_args for run in runs] == [{"seed": 1}, {"seed": 2}]
    requests = [read_shards(path.parent).request for path in sorted((tmp_path / "runs").glob("*/bot/*/run.json"))]
    assert [request.model_args for request in requests] == ["seed=1", "seed=2"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--shards", "4"], "--shards goes with --slurm"),
        (["--gres", "gpu:1"], "--gres goes with --slurm"),
        (["--slurm", "--gres", "gpu:1", "--node-gpus", "8"], "gres: gpu:1 has a number of its own, which node_gpus"),
        (["--slurm", "--num_processes", "2"], "with --slurm give --shards"),
        (["--slurm", "--shards", "many"], "--shards: 'many' is not a whole number from 1 to 100,000, nor auto"),
        (["--slurm", "--time", "soon"], "--time: not a time limit"),
    ],
)
def test_options_that_do_not_go_together(
    options: list[str],
    message: str,
    mini_dataset: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lmms_eval_plugins.cli import app as cli

    line = ["strokerehab", "run", "--model", "omniscient", "--task", "strokerehab_primitives_3"]
    monkeypatch.setattr(sys, "argv", [*line, "--data", str(mini_dataset), *options])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2 and message in capsys.readouterr().err
