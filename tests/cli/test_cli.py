"""The command as a person uses it: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.manifest import read_manifest
from lmms_eval_plugins.execution.harness import evaluate
from tests.conftest import make_dataset
from tests.support.command import Call, Done

TASK = "strokerehab_primitives_3"
SHORT = "sampling_fps=1,max_frames_num=1"
PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "vlms4rehab"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A dataset of three videos that a test may spoil."""
    return make_dataset(tmp_path / "data")


@pytest.fixture
def run(call: Call, tmp_path: Path) -> Call:
    """`strokerehab run` of one task, where no other is named, into a folder of its own."""
    return lambda *arguments: call("run", "--log_path", tmp_path / "runs", "--task", TASK, *arguments)


def refused(done: Done, *message: object) -> None:
    """One line on stderr, nothing on stdout, status 2."""
    assert done.line.startswith("error: ")
    for words in message:
        assert str(words) in done.line
    assert "Traceback" not in done.err and done.out == "" and done.status == 2


# ---- what cannot work: nothing is done


def test_a_missing_data_folder(run: Call, tmp_path: Path) -> None:
    refused(run("--data", tmp_path / "gone"), tmp_path / "gone", "no such dataset folder", "--data")


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--model", "omnisient", "did you mean 'omniscient'"),
        ("--task", "strokerehab_primitive_3", f"did you mean '{TASK}'"),
        ("--selection", "dose_adll", "did you mean 'dose_adl'"),
        ("--model_args", "sampling_fps", "'sampling_fps' is not key=value"),
        ("--model_args", "max_frames_num=x", "max_frames_num=x should be a valid integer"),
        ("--models", "/nowhere", "--models: /nowhere: no such folder"),
        ("--tasks", "/nowhere", "--tasks: /nowhere: no such folder"),
    ],
)
def test_unknown_names_and_values(run: Call, dataset: Path, option: str, name: str, message: str) -> None:
    refused(run("--data", dataset, option, name), message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--modle", "x"], "--model"),
        (["run", "--limit", "0"], "--limit"),
        (["run", "--limit", "many"], "--limit"),
        (["scoer", "x"], "score"),
        (["table"], "'NAME'"),
        (["score", "--reading", "mine", "x"], "--reading"),
        (["demo"], "strokerehab demo --help"),
        (["demo", "rendr"], "render"),
        (["index"], "'FOLDER'"),
    ],
)
def test_a_command_line_that_does_not_fit(call: Call, arguments: list[str], message: str) -> None:
    refused(call(*arguments), message, "see `strokerehab")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (f"{TASK}.yaml", "sampling:", "samplng:", "samplng: unknown key; did you mean 'sampling'"),
        (f"{TASK}.yaml", "horizon_s", "horizon", "horizon: unknown key; did you mean 'horizon_s'"),
        (
            "questions/primitives_3.yaml",
            "answer: yes_no",
            "anwser: yes_no",
            "anwser: unknown key; did you mean 'answer'",
        ),
        ("questions/primitives_3.yaml", "{hand}", "{hnd}", "{hnd}"),
        ("questions/primitives_3.yaml", "id: primitives_3", "id: [", "not valid YAML"),
        ("selections.yaml", "selections:", "selection:", "did you mean 'selections'"),
    ],
)
def test_a_misspelt_task_folder(
    run: Call, dataset: Path, tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    tasks = Path(shutil.copytree(shipped("tasks") / "strokerehab", tmp_path / "tasks"))
    path = tasks / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    refused(run("--data", dataset, "--tasks", tasks), path, message)


def test_a_misspelt_model_card(run: Call, dataset: Path, tmp_path: Path) -> None:
    models = Path(shutil.copytree(shipped("models"), tmp_path / "models"))
    card = models / "omniscient.yaml"
    card.write_text(card.read_text(encoding="utf-8").replace("wrapper:", "wraper:"), encoding="utf-8")
    refused(run("--data", dataset, "--models", models), card, "wraper: unknown key; did you mean 'wrapper'")


@pytest.mark.parametrize(
    ("model", "args", "message"),
    [
        ("qwen2_5_vl", "pretrained=/nowhere/at/all", "/nowhere/at/all"),
        ("qwen2_5_vl", "", "pretrained="),
        ("markov", "seed=many", "seed"),
        ("replay", "source=/nowhere/at/all", "/nowhere/at/all"),
    ],
)
def test_a_model_that_cannot_be_made(run: Call, dataset: Path, model: str, args: str, message: str) -> None:
    done = run("--data", dataset, "--model", model, "--model_args", args)
    assert done.line.startswith(f"error: {model}: ") and message in done.line
    assert done.status == 2 and done.out == ""


def test_an_argument_that_one_model_does_not_take(run: Call, dataset: Path, tmp_path: Path) -> None:
    done = run("--data", dataset, "--model", "markov,omniscient", "--model_args", "seed=1")
    refused(done, "omniscient: --model_args: omniscient takes no 'seed'")
    assert not (tmp_path / "runs").exists()


def test_where_runs_cannot_be_written(run: Call, dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file", encoding="utf-8")
    done = run("--data", dataset)
    assert done.status == 2 and "choose another folder with --log_path" in done.err and "Traceback" not in done.err


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("fps", "fast", "line 3, fps: "), ("n_frames", "", "line 3, n_frames: is empty"), ("fps", "0", "line 3, fps: ")],
)
def test_a_wrong_cell_in_the_manifest(run: Call, dataset: Path, column: str, value: str, message: str) -> None:
    manifest = dataset / "manifest.csv"
    lines = [line.split(",") for line in manifest.read_text(encoding="utf-8").splitlines()]
    lines[2][lines[0].index(column)] = value
    manifest.write_text("\n".join(map(",".join, lines)), encoding="utf-8")
    refused(run("--data", dataset), f"{manifest}, {message}")


def test_no_video_that_can_be_used(run: Call, dataset: Path) -> None:
    for labels in dataset.glob("P0*/*.csv"):
        labels.unlink()
    refused(run("--data", dataset), "no video can be used", "no such label file")


def test_index_of_a_folder_without_videos(call: Call, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none here", encoding="utf-8")
    refused(call("index", tmp_path), tmp_path, "no video in this folder")
    refused(call("index", tmp_path / "gone"), tmp_path / "gone", "no such folder")


def test_import_of_something_else(call: Call, tmp_path: Path) -> None:
    refused(call("import", tmp_path, "--out", tmp_path / "out"), tmp_path)


def test_the_demo_does_not_replace_other_files(call: Call, dataset: Path) -> None:
    refused(call("demo", "render", dataset), dataset, "choose another folder")


# ---- score


@pytest.mark.parametrize(
    ("content", "message"), [("", ""), ("nonsense\n", "line 1"), ('{"a": 1}\n', "line 1"), ("[1]\n", "line 1")]
)
@pytest.mark.parametrize("as_json", [False, True])
def test_score_of_nonsense(call: Call, tmp_path: Path, content: str, message: str, as_json: bool) -> None:
    log = tmp_path / "x_samples_y.jsonl"
    log.write_text(content, encoding="utf-8")
    done = call("score", log, *(["--json"] if as_json else []))
    assert done.line.startswith(f"error: {log}") and message in done.line and done.status == 2
    assert json.loads(done.out) == {} if as_json else done.out == ""


def test_score_of_what_is_not_there(call: Call, tmp_path: Path) -> None:
    done = call("score", tmp_path / "gone", tmp_path)
    assert len(done.err.splitlines()) == 2 and done.err.count("error: ") == 2 and done.status == 2


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published logs (../shared/vlms4rehab) are not here")
def test_score_of_a_log_with_two_runs(call: Call) -> None:
    (log,) = PUBLISHED.rglob("20250923_000219_samples_*")
    done = call("score", log)
    assert "2 runs" in done.line and "--split-runs" in done.line and done.status == 2
    split = call("score", log, "--split-runs", "--json")
    assert [round(row["edit_score"], 2) for row in json.loads(split.out).values()] == [37.21, 16.15]


def test_score_of_a_good_and_a_bad_one(run: Call, call: Call, dataset: Path, tmp_path: Path) -> None:
    assert run("--data", dataset, "--model", "omniscient").status == 0
    (folder,) = (tmp_path / "runs").glob("strokerehab_*/*/*")
    done = call("score", folder, tmp_path / "gone", "--json")
    assert list(json.loads(done.out)) == [str(folder)] and str(tmp_path / "gone") in done.line
    assert done.status == 3
    table = call("score", folder)
    assert "edit score" in table.out and table.err == "" and table.status == 0


# ---- what goes wrong with some videos only: the others are scored


def test_bad_videos_stop_no_run(run: Call, dataset: Path, tmp_path: Path, tiny_qwen: Path) -> None:
    first, second, third = sorted(dataset.glob("P0*/*.mp4"))
    first.write_bytes(b"")
    second.write_bytes(second.read_bytes()[: second.stat().st_size // 2])
    command = ("--data", dataset, "--model", "qwen2_5_vl", "--model_args", f"pretrained={tiny_qwen},{SHORT}")
    done = run(*command)
    assert done.status == 3 and "Traceback" not in done.err
    assert "2 problems with videos:" in done.out
    assert f"{first}: the file is empty (0 bytes); copy it again" in done.out and f"  {second}: " in done.out
    (folder,) = (tmp_path / "runs").glob("strokerehab_*/*/*")
    state = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert [problem["video_id"] for problem in state["problems"]] == [first.stem, second.stem]
    assert state["status"] == "incomplete"
    scored = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    answered = [json.loads(line) for line in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {answer["video_id"] for answer in answered} >= {third.stem}
    assert first.stem not in {answer["video_id"] for answer in answered} and scored["n"] >= 1
    again = run(*command)
    assert f"going on with {folder}" in again.err and again.status == 3
    assert (folder / "answers.jsonl").read_text(encoding="utf-8").count("\n") == len(answered)


def test_a_video_that_is_not_there(run: Call, dataset: Path, tiny_qwen: Path) -> None:
    (gone, *_) = sorted(dataset.glob("P0*/*.mp4"))
    gone.unlink()
    done = run("--data", dataset, "--model", "qwen2_5_vl", "--model_args", f"pretrained={tiny_qwen},{SHORT}")
    assert done.status == 3 and f"  {gone}: " in done.out


def spoil_labels(labels: Path, fault: str) -> None:
    if fault == "gone":
        labels.unlink()
    elif fault == "no side":
        labels.write_text("Time_s,MarkerNames\n0.0,reach\n1.0,\n", encoding="utf-8")
        manifest = labels.parent.parent / "manifest.csv"
        manifest.write_text(manifest.read_text(encoding="utf-8").replace(",right,", ",,"), encoding="utf-8")
    elif fault == "no column":
        labels.write_text("Time,Marker\n0.0,r_reach\n", encoding="utf-8")
    elif fault == "backwards":
        labels.write_text("Time_s,MarkerNames\n1.0,r_reach\n0.5,r_idle\n2.0,\n", encoding="utf-8")
    else:
        labels.write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("gone", "no such label file"),
        ("no side", "no marker names a side"),
        ("no column", "'Time_s' is missing"),
        ("backwards", "Time_s"),
        ("binary", "UTF-8"),
    ],
)
def test_bad_label_files(run: Call, dataset: Path, fault: str, message: str) -> None:
    (labels, *_) = sorted(dataset.glob("P0*/*.csv"))
    spoil_labels(labels, fault)
    done = run("--data", dataset, "--model", "constant", "--dry-run")
    assert done.line.startswith(f"problem: {labels}") and message in done.line
    assert " 2 " in done.out and done.status == 3


def test_a_bad_label_file_is_left_out_of_a_run(run: Call, dataset: Path) -> None:
    (labels, *_) = sorted(dataset.glob("P0*/*.csv"))
    spoil_labels(labels, "gone")
    done = run("--data", dataset, "--model", "omniscient")
    assert done.status == 3 and "1 problem with a video:" in done.out and f"  {labels}: " in done.out
    assert re.search(r"\n  omniscient +2  ", done.out)


def test_a_video_without_labels_among_labelled_ones(run: Call, dataset: Path) -> None:
    manifest = dataset / "manifest.csv"
    lines = manifest.read_text(encoding="utf-8").splitlines()
    manifest.write_text("\n".join([lines[0], lines[1].rpartition(",")[0] + ",", *lines[2:]]), encoding="utf-8")
    done = run("--data", dataset, "--model", "constant")
    assert done.status == 3 and "asked, not scored" in done.out
    assert re.search(r"\n  constant +2  ", done.out)


def test_index_leaves_bad_videos_out(call: Call, dataset: Path) -> None:
    (bad, *_) = sorted(dataset.glob("P0*/*.mp4"))
    bad.write_bytes(b"not a video")
    (dataset / "manifest.csv").unlink()
    done = call("index", dataset)
    assert done.status == 3 and done.line.startswith(f"problem: {bad}")
    assert done.out.splitlines() == [
        f"{dataset / 'manifest.csv'}: 2 videos, 2 with labels",
        "patients: 2; activities: RTT left side 1, drinking 1; cohorts: not known 2",
    ]


def test_index_takes_the_labels_of_several_raters_and_warns_of_what_is_doubtful(call: Call, dataset: Path) -> None:
    for rater in ("anna", "bert"):
        for labels in sorted(dataset.glob("P0*/*.csv")):
            target = dataset.parent / rater / labels.relative_to(dataset)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(labels.read_text(encoding="utf-8"), encoding="utf-8")
    bert = sorted((dataset.parent / "bert").glob("P0*/*.csv"))
    bert[0].write_text("Time_s,MarkerNames\n0,r_reach\n1,r_idle\n", encoding="utf-8")
    bert[1].unlink()
    done = call("index", dataset, "--labels", dataset.parent / "anna", "--labels", dataset.parent / "bert")
    assert done.status == 0
    assert done.out.startswith(f"{dataset / 'manifest.csv'}: 3 videos, 3 with labels, 2 of several raters\n")
    assert done.out.endswith("P01_feeding1_1, P03_drinking1_1: other_labels: those given\n")
    assert " ".join(done.err.split()).endswith(
        "no row closes 'idle', which starts at 1 s: it ends with the video at 2 s"
    )
    first, second, _ = read_manifest(dataset / "manifest.csv")
    assert first.labels is not None and first.labels.is_relative_to(dataset.parent / "anna")
    assert first.other_labels == (bert[0],) and second.other_labels == ()


# ---- what it prints, and how it ends


def test_debug_shows_the_traceback(call: Call, tmp_path: Path) -> None:
    for arguments in (("--debug", "index", tmp_path), ("index", tmp_path, "--debug")):
        done = call(*arguments)
        assert done.err.startswith("Traceback") and "UserError" in done.err and done.status == 2
        assert done.err.splitlines()[-1].startswith("error: ")


def test_a_bug_says_so_in_one_line(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("two\nlines")

    monkeypatch.setattr("lmms_eval_plugins.dataset.index.index_folder", broken)
    done = call("index", tmp_path)
    assert done.line.startswith("error: KeyError: ") and "--debug" in done.line and done.status == 1


def test_a_full_disk_is_no_bug(call: Call, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "manifest.csv")

    monkeypatch.setattr("lmms_eval_plugins.dataset.manifest.write_manifest", full)
    refused(call("index", dataset), "manifest.csv: No space left on device")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("run", "--help"), ("score", "--help"), ("validate", "--help")])
def test_help(call: Call, arguments: tuple[str, ...]) -> None:
    done = call(*arguments)
    assert done.out.startswith("Usage: strokerehab") and done.err == "" and done.status == 0
    if arguments in ((), ("--help",)):
        assert "Exit status" in done.out and "--debug" in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())


@pytest.mark.parametrize(("verb", "message"), [("run", "the same command resumes there"), ("score", "stopped")])
def test_ctrl_c(call: Call, monkeypatch: pytest.MonkeyPatch, verb: str, message: str) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    target = {"run": "execution.plan.make_plan", "score": "runs.score.score_paths"}[verb]
    monkeypatch.setattr(f"lmms_eval_plugins.{target}", interrupted)
    done = call(verb, "--data" if verb == "run" else "x", "x")
    assert message in done.line and done.line.startswith("stopped") and done.status == 130
    assert ("resumes" in done.line) is (verb == "run")


def test_a_dry_run_asks_nothing(run: Call, dataset: Path, tmp_path: Path) -> None:
    done = run("--data", dataset, "--model", "all", "--dry-run")
    assert "nothing was asked" in done.out and done.err == "" and done.status == 0
    assert not (tmp_path / "runs").exists()


def test_all_tasks_are_those_that_the_dataset_can_serve(call: Call, dataset: Path) -> None:
    done = call("run", "--data", dataset, "--model", "constant", "--dry-run")
    assert "1 model × 6 tasks" in done.out and done.status == 0
    assert done.err.count("warning: ") == len(done.err.splitlines()) == 8
    assert all("is left out: " in line and "has no fma_clips.csv" in line for line in done.err.splitlines())


def test_the_dataset_may_come_from_the_environment(run: Call, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_DATA", str(dataset))
    assert " 3  " in run("--dry-run").out


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, dataset: Path) -> None:
    command = (
        f"'{sys.executable}' -m lmms_eval_plugins.cli run --dry-run --data '{dataset}' --task {TASK} --model constant"
        " | true; echo ${PIPESTATUS[0]}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == "" and done.stdout.strip() in ("0", "141")


@pytest.fixture
def ctrl_c_counts() -> Iterator[None]:
    """SIGINT interrupts, also where the tests were started in the background and so are deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_counts")
def test_ctrl_c_in_the_middle_of_a_run(
    run: Call, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("--data", dataset, "--model", "omniscient,markov")
    with monkeypatch.context() as patch:
        evaluated: list[object] = []

        def interrupted(*given: Any) -> Any:
            evaluated.append(given)
            if len(evaluated) > 1:
                os.kill(os.getpid(), signal.SIGINT)  # comes with the second model, as from a terminal
                time.sleep(10)
            return evaluate(*given)

        patch.setattr("lmms_eval_plugins.execution.run.evaluate", interrupted)
        done = run(*command)
    said = [line for line in done.err.splitlines() if not line.startswith(("omniscient", "markov"))]
    assert said == ["stopped; answers so far are kept, the same command resumes there"]
    assert done.status == 130 and done.out == ""
    again = run(*command)
    assert again.status == 0 and again.err.count("going on with") == 2, "the finished run is not repeated"
    assert len(list((tmp_path / "runs").glob("*/*/*/run.json"))) == 2
