"""How large a report is, how long it takes to write, and how soon it is open in Chromium, from synthetic answers.

python -m benchmarks.report_size                                            90 videos x 100 windows x 3 models, one file
python -m benchmarks.report_size --videos 5775 --models 16 --windows 20 --folder
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.scale import WINDOW_S, answer_lines, run_file
from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.reports.page.make import WrittenReport, make_report

OPENED = 5
"""So many times is a report opened; the median counts."""

_DRAWN = "#app main > *"
"""What is there once the page has drawn what it was given."""


def make_finished_run(base: Path, number: int, videos: int, windows: int, seed: int = 0) -> Path:
    """Write a run of a dose task: motion and grasp in every window, with probabilities; returns its folder."""
    folder = base / "strokerehab_primitives_3" / f"model_{number}" / "20260101_000000"
    folder.mkdir(parents=True)
    ids = [f"P{i // 60:03d}_activity{i % 15}_{i % 4}_{i}" for i in range(videos)]
    starts = [round(window * WINDOW_S, 3) for window in range(windows + 1)]
    values = run_file(number, ids, starts, Random(seed))
    asked = [question | {"truth": question["id"]} for question in values["questions"]]
    write_json(folder / "run.json", values | {"questions": asked, "status": "finished"})
    random = Random(seed + number)
    with (folder / "answers.jsonl").open("w", encoding="utf-8") as file:
        for video in ids:
            file.writelines(answer_lines(number, video, starts, random))
    return folder


def seconds_to_open(page: Path) -> float | None:
    """Return the median seconds from the address to a page that is drawn; None without Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return None
    from playwright.sync_api import sync_playwright

    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(OPENED):
            shown = browser.new_page()
            start = time.perf_counter()
            shown.goto(page.resolve().as_uri(), wait_until="commit")
            shown.locator(_DRAWN).first.wait_for(timeout=120_000)
            taken.append(time.perf_counter() - start)
            shown.close()
        browser.close()
    return median(taken)


def measure(videos: int, windows: int, models: int, folder: bool) -> list[str]:
    """Make runs and their report, and return what was measured, line by line."""
    with tempfile.TemporaryDirectory(prefix="report-size-") as base:
        runs = [make_finished_run(Path(base), number, videos, windows) for number in range(models)]
        out = Path(base) / ("report" if folder else "report.html")
        first = _timed(runs, out)
        written, seconds = _timed(runs, out)
        opened = seconds_to_open(written.page)
        files = [path.stat().st_size for path in (out.rglob("*.js") if folder else [out]) if path.is_file()]
        return [
            f"videos, windows of each, models          {videos:,}, {windows}, {models}",
            f"answers                                  {2 * videos * windows * models:,}",
            f"size                                     {written.n_bytes / 1e6:.2f} MB",
            f"largest file                             {max(files) / 1e6:.2f} MB",
            f"seconds to write, tables not cached      {first[1]:.1f}",
            f"seconds to write, tables cached          {seconds:.1f}",
            f"seconds to open, median of {OPENED}              {'no Chromium' if opened is None else f'{opened:.2f}'}",
        ]


def _timed(runs: list[Path], out: Path) -> tuple[WrittenReport, float]:
    start = time.perf_counter()
    written = make_report([str(run) for run in runs], out)
    return written, time.perf_counter() - start


def main() -> None:
    """Read the command line and print what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=90)
    parser.add_argument("--windows", type=int, default=100)
    parser.add_argument("--models", type=int, default=3)
    parser.add_argument("--folder", action="store_true", help="a folder instead of one file")
    given = parser.parse_args()
    print("\n".join(measure(given.videos, given.windows, given.models, given.folder)))


if __name__ == "__main__":
    main()
