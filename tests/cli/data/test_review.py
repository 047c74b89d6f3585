"""``strokerehab review`` on the command line, and what the other verbs make of the labels."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.labels.convert import known_in
from lmms_eval_plugins.dataset.labels.label_file import read_labels
from lmms_eval_plugins.dataset.manifest import read_manifest
from lmms_eval_plugins.reports.review.data import DrawnSegment, SaveVideo
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder
from lmms_eval_plugins.reports.review.server import bound_socket
from lmms_eval_plugins.reports.review.storage import LabelStorage
from tests.support.command import Call

RUNS = Path(__file__).parents[2] / "golden" / "fixtures" / "runs"


@pytest.fixture
def data(mini_dataset: Path, tmp_path: Path) -> Path:
    return shutil.copytree(mini_dataset, tmp_path / "data")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (found,) = (RUNS / "strokerehab_primitives_3" / "noisy").iterdir()
    return shutil.copytree(found, tmp_path / "run")


def draw(data: Path, rater: str, video: str, *segments: tuple[int, int, str]) -> Path:
    """Save labels of the hand that a video is about, as the page does; returns the label file."""
    known = known_in(data / "manifest.csv")
    trial = known.by_id[video]
    drawn = [DrawnSegment(start_ms=start, end_ms=end, label=label) for start, end, label in segments]
    given = {"revision": "", "tab": "a", "draft": "rule", "active_s": 60, "done": True}
    with ExitStack() as stack:
        folder = RaterFolder(data, rater)
        folder.open(stack)
        storage = LabelStorage(folder, known)
        storage.save(trial, SaveVideo.model_validate({**given, "tracks": {trial.hand: drawn}}))
        return storage.path_of(trial)


@pytest.fixture
def process(data: Path) -> Iterator[subprocess.Popen[str]]:
    code = "from lmms_eval_plugins.cli import main; main()"
    command = [sys.executable, "-c", code, "review", str(data), "--rater", "anna", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def test_it_says_where_it_is_and_ends_with_ctrl_c(process: subprocess.Popen[str], data: Path) -> None:
    assert process.stdout and process.stderr
    first, second = process.stdout.readline(), process.stdout.readline()
    assert first == f"labels are saved in {data / 'labels' / 'anna'}\n"
    found = re.fullmatch(r"review: (http://127\.0\.0\.1:\d+/[\w-]{32}/)\n", second)
    assert found
    with urllib.request.urlopen(found[1]) as page:
        assert page.status == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert process.stderr.read() == "stopped\n"


def test_mistakes_are_one_line(call: Call, data: Path, run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (data / "labels").write_text("no folder")
    for arguments, message in (
        ((tmp_path / "empty",), "no such manifest; make one with `strokerehab index FOLDER`"),
        ((tmp_path / "gone",), "no such dataset folder"),
        ((data, "--rater", "../bob"), "--rater '../bob': holds '/'"),
        ((data, "--rater", "anna"), "make it writable, or copy the dataset to where you may write"),
        ((data, "--run", tmp_path / "empty"), "run.json: cannot be read"),
        ((data, "--port", "70000"), "a whole number from 0 to 65,535"),
        ((data, "--summary"), "nobody has labelled a video in a review"),
    ):
        done = call("review", "--no-browser", *arguments)
        assert (done.status, done.out) == (2, "") and message in done.line, arguments


def test_a_port_in_use(call: Call, data: Path) -> None:
    with bound_socket(0) as listener:
        port = listener.getsockname()[1]
        done = call("review", "--no-browser", data, "--port", port)
    assert done.status == 2 and done.line.startswith(f"error: port {port} is in use; ")


GUIDE = (Path(__file__).parents[3] / "docs" / "review.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```bash\n(.*?)```", GUIDE, flags=re.DOTALL) for line in block.splitlines()]


def test_the_commands_of_the_guide(call: Call, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of docs/review.md, in order; the server ends at once."""
    data.rename(tmp_path / "videos")
    shutil.copytree(RUNS / "strokerehab_primitives_3", tmp_path / "runs" / "strokerehab_primitives_3")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lmms_eval_plugins.reports.review.server.serve_review", lambda app, listener: None)
    monkeypatch.setattr("webbrowser.open", lambda address: None)
    draw(Path("videos"), "anna", "P01_feeding1_1", (0, 500, "reach"), (500, 2000, "idle"))
    assert len(COMMANDS) == 5
    for command in COMMANDS:
        _, *arguments = shlex.split(command.replace("MODEL/STAMP", "noisy/20250101_000000"))
        port = ("--port", "0") if arguments[0] == "review" else ()
        done = call(*arguments, *port)
        assert done.status == 0, done.err


def test_labels_beside_the_videos_stay_the_truth_where_their_folder_comes_first(call: Call, data: Path) -> None:
    drawn = draw(data, "anna", "P01_feeding1_1", (0, 2000, "idle"))
    done = call("index", data, "--labels", data, "--labels", drawn.parent, "--out", data / "both.csv")
    assert (done.status, done.err) == (0, "")
    first = read_manifest(data / "both.csv")[0]
    assert (first.labels, first.other_labels) == (data / "P01" / "P01_feeding1_1.csv", (drawn,))


def test_the_summary(call: Call, data: Path) -> None:
    draw(data, "anna", "P01_feeding1_1", (0, 500, "reach"), (500, 1200, "transport"), (1200, 2000, "idle"))
    done = call("review", data, "--summary")
    assert (done.status, done.err) == (0, "")
    assert re.search(r"anna +a draft +1 +0 +0\.0 +1\.0 +30\.0", done.out)
    assert re.search(r"the dataset +anna +1 +75\.0 +0\.\d\d", done.out)


def test_index_reads_what_was_drawn_where_it_is_asked_to(call: Call, data: Path) -> None:
    drawn = draw(data, "anna", "P01_feeding1_1", (0, 500, "idle"), (600, 2000, "reach"))
    (drawn.parent / "fma_marks.csv").write_text("clip,start_s,end_s,item,score\n")
    before = (data / "manifest.csv").read_text()
    done = call("index", data)
    assert done.status == 0 and "labels drawn in a review are read where they are asked for" in done.err
    assert (data / "manifest.csv").read_text() == before

    alone = call("index", data, "--labels", data / "labels", "--out", data / "one.csv")
    assert alone.status == 0 and "has a folder per rater; anna is the truth" in alone.err
    labels = {trial.video_id: trial.labels for trial in read_manifest(data / "one.csv")}
    assert labels["P01_feeding1_1"] == drawn and labels["P03_drinking1_1"] == data / "P03" / "P03_drinking1_1.csv"
    timeline = read_labels(drawn).timeline
    assert [(one.start_s, one.end_s, one.label) for one in timeline.segments] == [(0, 0.5, "idle"), (0.6, 2, "reach")]

    other = draw(data, "bob", "P01_feeding1_1", (0, 2000, "idle"))
    both = call("index", data, "--labels", data / "labels", "--out", data / "two.csv")
    assert both.status == 0 and "anna is the truth, bob for agreement" in both.err
    (first,) = [trial for trial in read_manifest(data / "two.csv") if trial.video_id == "P01_feeding1_1"]
    assert (first.labels, first.other_labels) == (drawn, (other,))
