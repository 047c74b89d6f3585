"""The review as a person works in it: drawing, a killed server, two tabs, another save; what lies on disk then."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from lmms_eval_plugins.dataset.manifest import read_manifest
from tests.conftest import make_assessment, make_dataset
from tests.support.browser import AXE, CHROMIUM, Watch, serious_violations

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed: no browser here")


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RUNS = Path(__file__).parents[1] / "golden" / "fixtures" / "runs"


class Review:
    """A review in a process of its own, which can be killed and started again at the same port."""

    def __init__(self, data: Path, *more: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.data = data
        self.command = [sys.executable, "-m", "lmms_eval_plugins.cli", "review", str(data), "--rater", "MB"]
        self.command += ["--no-browser", "--port", str(port), *more]
        self.process: subprocess.Popen[str] | None = None
        self.address = ""
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+/\S+/", line):
                self.address = found[0]
                return
        raise AssertionError(said)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        assert self.process
        os.kill(self.process.pid, number)
        return self.process.wait(timeout=20)

    def labels(self, video: str) -> str:
        return (self.data / "labels" / "MB" / f"{video}.csv").read_text()


@pytest.fixture
def review(tmp_path: Path) -> Iterator[Review]:
    started = Review(make_dataset(tmp_path / "data"))
    yield started
    if started.process and started.process.poll() is None:
        started.end(signal.SIGKILL)


def begin(page: Page, review: Review, video: str = "P01") -> str:
    """Open a patient's video, of which nothing is drawn; return its name."""
    page.goto(review.address)
    name = page.get_by_role("rowheader", name=re.compile(video)).first.inner_text()
    page.get_by_role("rowheader", name=name).get_by_role("link").click()
    page.get_by_role("button", name="Start empty").click()
    page.get_by_role("button", name=re.compile("^Split")).wait_for()
    return name


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def saved(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text=re.compile("[Ss]aved"))).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="ot saved")).to_have_count(0)


def test_what_is_drawn_with_keys_is_a_label_file(page: Page, watch: Watch, review: Review) -> None:
    name = begin(page, review)
    press(page, "Home", "1", "Shift+ArrowRight", "2", "End", "d")
    saved(page)
    assert "reach" in review.labels(name) and "reposition" in review.labels(name)
    assert watch.errors == [] and watch.outside == []
    trial = next(trial for trial in read_manifest(review.data / "manifest.csv") if trial.video_id == name)
    assert trial.labels and "MB" not in str(trial.labels)  # the dataset's own labels are as they were
    assert review.end() in (0, 130)


def test_a_draft_is_corrected_with_the_mouse_and_scored(page: Page, review: Review, tmp_path: Path) -> None:
    review.end()
    (run,) = (RUNS / "strokerehab_primitives_3" / "noisy").iterdir()
    run = shutil.copytree(run, tmp_path / "run")
    review.command += ["--run", str(run)]
    review.start()
    page.goto(f"{review.address}#/video/P01_feeding1_1")
    page.get_by_role("button", name=re.compile("Start from rule")).click()
    segments = page.get_by_role("list", name=re.compile("^right hand")).get_by_role("listitem")
    expect(segments.first).to_be_visible()
    before = segments.count()
    box = segments.first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"], box["y"] + box["height"] / 2)  # its end
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    moved = segments.first.bounding_box()
    assert moved and moved["width"] < box["width"] * 0.8
    press(page, "Control+z")
    undone = segments.first.bounding_box()
    assert undone and abs(undone["width"] - box["width"]) < 2 and segments.count() == before
    press(page, "Control+y")
    page.get_by_role("checkbox", name="done").check()
    saved(page)
    record = json.loads((review.data / "labels" / "MB" / ".review" / "P01_feeding1_1.json").read_text())
    assert record["draft"] == "rule" and record["state"] == "done" and record["active_s"] > 0
    review.end()
    command = [sys.executable, "-m", "lmms_eval_plugins.cli"]
    summary = subprocess.run([*command, "review", str(review.data), "--summary"], capture_output=True, text=True)
    assert "MB" in summary.stdout and "a draft" in summary.stdout and summary.returncode == 0
    asked = [*command, "score", str(run), "--rater", "MB", "--data", str(review.data)]
    scored = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert "MB" in scored.stdout + scored.stderr


def test_a_killed_server_loses_nothing(page: Page, review: Review) -> None:
    name = begin(page, review)
    press(page, "Home", "1", "Shift+ArrowRight", "d")
    saved(page)
    before = review.labels(name)
    review.end(signal.SIGKILL)
    press(page, "3", "End", "d")
    expect(page.get_by_role("status").filter(has_text="Not saved")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="A copy is kept in this browser")).to_be_visible()
    assert review.labels(name) == before
    page.evaluate("onbeforeunload = null")
    page.close(run_before_unload=False)
    review.start()
    again = page.context.new_page()
    again.goto(f"{review.address}#/video/{name}")
    expect(again.get_by_role("alert").filter(has_text="never saved")).to_be_visible()
    again.get_by_role("button", name="Use them").click()
    saved(again)
    assert "reach" in review.labels(name) and "transport" in review.labels(name)


def test_two_tabs_on_one_video_are_told(chromium: Browser, page: Page, review: Review) -> None:
    name = begin(page, review)
    press(page, "Home", "1", "Shift+ArrowRight", "d")
    saved(page)
    other = page.context.new_page()
    other.goto(f"{review.address}#/video/{name}")
    for tab in (page, other):
        expect(tab.get_by_text("is open in another tab too")).to_be_visible()
    stranger = chromium.new_context().new_page()
    stranger.goto(f"{review.address}#/video/{name}")
    stranger.get_by_role("button", name=re.compile("^transport")).wait_for()
    press(stranger, "End", *["ArrowLeft"] * 10, "2", "End", "d")
    saved(stranger)
    theirs = review.labels(name)
    press(page, "3", "End", "d")
    conflict = page.get_by_role("alert").filter(has_text="another tab or program has saved this")
    expect(conflict).to_be_visible()
    assert review.labels(name) == theirs
    conflict.get_by_role("button", name="Keep mine").click()
    expect(conflict).to_be_hidden()
    saved(page)
    for _ in range(50):  # what was saved before may still be said to be saved
        if review.labels(name) != theirs:
            break
        page.wait_for_timeout(100)
    assert "transport" in review.labels(name) and "reposition" not in review.labels(name)


def test_a_clip_is_marked(page: Page, tmp_path: Path) -> None:
    review = Review(make_assessment(make_dataset(tmp_path / "data")))
    try:
        page.goto(f"{review.address}#/clip/P01_FM5_5_A_F")
        page.get_by_role("button", name=re.compile("start", re.IGNORECASE)).first.click()
        press(page, "2")
        saved(page)
        table = (review.data / "labels" / "MB" / "fma_marks.csv").read_text()
        assert "P01_FM5_5_A_F" in table and table.splitlines()[1].endswith("2")
    finally:
        review.end()


def test_nothing_stands_in_the_way_of_a_rater(page: Page, review: Review) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: `npm ci` in web/")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for view in ("#/", "#/video/P01_feeding1_1"):
            page.goto(f"{review.address}{view}")
            expect(page.get_by_role("heading", level=1)).to_be_attached()
            press(page, "1", "End", "d")
            assert serious_violations(page) == []
