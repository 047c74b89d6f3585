"""`strokerehab check`: what it prints, writes and exits with."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli.data.check import show_check
from lmms_eval_plugins.dataset.check.dataset import check_dataset
from lmms_eval_plugins.video.windows import Dense
from tests.conftest import make_dataset
from tests.support.command import Call, shown
from tests.support.odd_data import LABEL_FILES, VIDEOS, make_odd_data


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_odd_data(tmp_path_factory.mktemp("odd_cli") / "data")


def test_every_odd_video_is_a_line_and_something_wrong_is_status_three(call: Call, odd: Path) -> None:
    done = call("check", odd)
    assert done.status == 3 and done.err == ""
    lines = done.out.splitlines()
    remarks = lines[: lines.index("")]
    for name, oddity in {**VIDEOS, **LABEL_FILES}.items():
        if oddity.grade != "fine" and oddity.kind and not oddity.frames:
            about = [line for line in remarks if line[10:].startswith(f"{name}  ")]
            assert len(about) == 1 and about[0].startswith(oddity.grade), f"{name}: {about} in\n{done.out}"
    assert not [line for line in remarks if line[10:].startswith(("plain 60  ", "in order  ", "other rater  "))]
    assert lines[-1].endswith(" fine") and " wrong (a run refuses them), " in lines[-1]


def test_what_is_fine_is_one_line_for_each_kind(call: Call, odd: Path) -> None:
    fine = [line for line in call("check", odd).out.splitlines() if line.startswith("fine") and "[turned]" in line]
    assert len(fine) == 1 and "turned, [red]turned[b]" in fine[0]


def test_nothing_steers_the_terminal(call: Call, odd: Path, tmp_path: Path) -> None:
    out = call("check", odd).out
    assert "r_\\x1b[2Jx\\x07" in out
    assert not [character for character in out if ord(character) < 32 and character != "\n"]
    (tmp_path / "a\x1b[31m\u202eb.mp4").write_bytes(b"x")
    out = call("check", tmp_path).out
    assert "a\\x1b[31m\\u202eb.mp4" in out and "\x1b" not in out


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_a_terminal(odd: Path, width: int) -> None:
    console = Console(width=width, record=True, force_terminal=True)
    show_check(check_dataset(odd, Dense(fps=15, frames=8)), console)
    lines = shown(console)
    assert max(len(line) for line in lines if not line.startswith("labels_")) <= width
    assert any(
        line.startswith("wrong     missing ") and line.endswith("no such video file [missing-file]") for line in lines
    )


def test_a_dataset_in_order_is_status_zero_and_sums_alone(call: Call, tmp_path: Path) -> None:
    done = call("check", make_dataset(tmp_path))
    assert done.status == 0
    assert done.out.splitlines() == [
        "frames per second  videos   window",
        "30                      2  0.533 s",
        "60                      1  0.533 s",
        "",
        "3 videos, 0.00 hours, 3 with labels, 0 without",
        "0 wrong (a run refuses them), 0 doubtful (a run names them), 3 fine",
    ]


def test_windows_are_those_of_a_task(call: Call, tmp_path: Path) -> None:
    out = call("check", make_dataset(tmp_path), "--task", "strokerehab_identification_1").out
    assert "whole video" in out
    assert call("check", tmp_path, "--task", "nothing").status == 2


def test_the_page_is_written(call: Call, tmp_path: Path) -> None:
    done = call("check", make_dataset(tmp_path), "--html", tmp_path / "pages" / "page.html")
    assert done.status == 0 and done.out.splitlines()[-1] == f"page: {tmp_path / 'pages' / 'page.html'}"
    assert "3 videos" in (tmp_path / "pages" / "page.html").read_text()


def test_no_dataset_is_one_line(call: Call, tmp_path: Path) -> None:
    done = call("check", tmp_path / "gone")
    assert done.status == 2 and "no such dataset folder" in done.line
