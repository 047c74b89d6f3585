"""`strokerehab measure` on the command line: what goes where, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import Call
from tests.support.measured_runs import few_videos, write_dose_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dose_run(tmp_path_factory.mktemp("run"), few_videos(4, 1, n_windows=20))


def test_json_is_all_that_stands_on_stdout(call: Call, run: Path) -> None:
    done = call("measure", "--run", run, "--json")
    assert done.status == 0
    assert [video["video_id"] for video in json.loads(done.out)["videos"]] == ["P0_0", "P1_0", "P2_0", "P3_0"]
    assert "zero-shot" in done.err


def test_a_table_is_printed_and_what_measures_is_saved(call: Call, run: Path, tmp_path: Path) -> None:
    done = call("measure", "--run", run, "--level", "90", "--by", "patient", "--save", tmp_path / "saved.json")
    assert done.status == 0 and "number [90 % interval]" in done.out
    assert "measures by the labels of 4 patients" in done.err
    again = call("measure", "--run", run, "--decoder", tmp_path / "saved.json")
    assert again.status == 2 and "who would be measured by their own labels" in again.line


def test_what_is_left_out_is_a_problem_and_the_rest_is_there(call: Call, run: Path, tmp_path: Path) -> None:
    done = call("measure", "--run", run, "--run", tmp_path / "absent", "--format", "csv")
    assert done.status == 3 and "P3_0" in done.out
    assert f"problem: {tmp_path / 'absent'}: no such file or folder" in done.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ([], "nothing to measure: give a run or a log (--run PATH), or a video and --model NAME"),
        (["video.mp4"], "video.mp4: name a model to look at it (--model NAME)"),
        (["--model", "tiny"], "--model tiny: name the video or the dataset's folder"),
        (["--run", "x", "--level", "95"], "'95' is not one of '50', '80', '90'"),
        (["--run", "x", "--by", "date"], "--by date: a sum is of one patient"),
        (["--run", "x", "--json", "--format", "csv"], "--json: prints JSON; leave --format and --out away"),
        (["--run", "x", "--together", "--decoder", "f.json"], "--together: goes with --decoder lopo"),
        (["--run", "x", "--save", "f.json", "--decoder", "g.json"], "--save: writes what one run's labels teach"),
        (["--run", "x"], "x: no such file or folder"),
        (["--run", "x", "--decoder", "absent.json"], "absent.json: cannot be read"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("measure", *line)
    assert done.status == 2 and done.out == "" and message in done.line
