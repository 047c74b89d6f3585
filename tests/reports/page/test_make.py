from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import DEMO_RECORD
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest
from lmms_eval_plugins.reports.page.make import ReportOptions, make_report
from lmms_eval_plugins.video.write import VideoWriter
from tests.conftest import make_dataset
from tests.support.tiny_runs import write_tiny_runs

RUNS = Path(__file__).parents[2] / "golden" / "fixtures" / "runs"


def content(path: Path) -> Any:
    text = path.read_text()
    return json.loads(text[text.index(",") + 1 : -3])


def copied_runs(folder: Path, *names: str) -> Path:
    for name in names:
        shutil.copytree(RUNS / name, folder / name)
    return folder


def with_data(runs: Path, data: Path) -> None:
    for file in runs.rglob("run.json"):
        values = json.loads(file.read_text())
        file.write_text(json.dumps(values | {"settings": {"data": str(data)}}))


def test_a_report_of_every_family(tmp_path: Path) -> None:
    runs = write_tiny_runs(tmp_path / "runs")
    written = make_report([runs], tmp_path / "report", ReportOptions(title="Ours"))
    overview = content(tmp_path / "report" / "data" / "overview.js")
    assert (written.n_runs, written.n_videos) == (len(overview["runs"]), len(overview["videos"]))
    assert overview["title"] == "Ours" and not overview["deidentified"]
    for place, video in enumerate(overview["videos"]):
        data = content(tmp_path / "report" / video["file"])
        assert data["video"] == place and data["asked"]
    assert str(written).startswith(f"report: {tmp_path / 'report' / 'index.html'} ({written.n_runs} runs, ")


def test_the_same_runs_make_the_same_report(tmp_path: Path) -> None:
    runs = write_tiny_runs(tmp_path / "runs")
    for name in ("one.html", "again.html"):
        make_report([runs], tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "again.html").read_bytes()


def test_codes_are_replaced_everywhere(tmp_path: Path) -> None:
    runs = copied_runs(tmp_path / "P01" / "runs", "strokerehab_primitives_3/noisy", "strokerehab_ia2_3_30")
    for file in runs.rglob("run.json"):
        values = json.loads(file.read_text())
        notes = [*values["notes"], "P01_feeding1_1 and p02: odd"]
        problems = [{"video_id": "P03_x", "reason": "/data/P03/P03_x.mp4: gone"}]
        file.write_text(json.dumps(values | {"notes": notes, "problems": problems}))
    (tmp_path / "key").write_bytes(b"k" * 32)
    for out in (tmp_path / "report", tmp_path / "report.html"):
        make_report([runs, tmp_path / "P04"], out, ReportOptions(key=tmp_path / "key"))
    files = (path for path in (tmp_path / "report").rglob("*") if path.is_file())
    written = [path for path in files if path.suffix != ".css" and path.name != "app.js"]
    page = (tmp_path / "report.html").read_text().partition("<script>")[0]
    texts = [page, *(f"{path.relative_to(tmp_path)} {path.read_text()}" for path in written)]
    left = [text for text in texts for code in ("P01", "P02", "P03") if code.casefold() in text.casefold()]
    assert left == [] or pytest.fail(left[0][max(0, left[0].casefold().find("p0") - 99) :][:200])
    overview = content(tmp_path / "report" / "data" / "overview.js")
    assert overview["deidentified"] and all(video["media"] is None for video in overview["videos"])
    assert all(video["id"].startswith(video["patient"]) for video in overview["videos"])
    assert len({video["patient"] for video in overview["videos"]}) == 4


def test_only_painted_videos_are_linked_unasked(tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "data")
    first = read_manifest(data / MANIFEST_NAME)[0]
    runs = write_tiny_runs(tmp_path / "runs")
    with_data(runs, data)
    for file in (*runs.rglob("run.json"), *runs.rglob("answers.jsonl")):
        file.write_text(file.read_text().replace("DC01_feeding1_1", first.video_id))

    def media(options: ReportOptions) -> list[str]:
        make_report([runs], tmp_path / "report", options)
        found = content(tmp_path / "report" / "data" / "overview.js")["videos"]
        return [video["media"] for video in found if video["media"]]

    (tmp_path / "key").write_bytes(b"k" * 32)
    assert media(ReportOptions()) == []
    (data / DEMO_RECORD).write_text("{}")
    assert media(ReportOptions(key=tmp_path / "key")) == []
    if find_spec("cv2"):
        with VideoWriter(first.path, 30.0) as writer:
            writer.add(np.zeros((48, 64, 3), np.uint8))
        assert media(ReportOptions()) == [f"../data/{first.patient}/{first.video_id}.mp4"]
        assert not (tmp_path / "report" / "frames").exists()  # nothing was perturbed


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="gone: no such file or folder"):
        make_report([tmp_path / "gone"], tmp_path / "report")
    with pytest.raises(UserError, match="no run folder and no"):
        make_report([tmp_path], tmp_path / "report")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("out", "options", "message"),
    [
        ("r.html", ReportOptions(frames=True), "--with-frames: puts files beside the page; name a folder with -o"),
        ("r.html", ReportOptions(footage="proxies"), "--with-video proxies: puts files beside"),
        ("r", ReportOptions(footage="links", key=Path("key")), "with --deidentify choose proxies"),
        ("r", ReportOptions(blur=True), "--blur-faces: blurs in what --with-frames and"),
        ("r", ReportOptions(key=Path("nokey")), "--deidentify nokey: cannot be read"),
        ("r", ReportOptions(data=Path("nodata")), "nodata: no such dataset folder"),
    ],
)
def test_options_that_exclude_each_other(tmp_path: Path, out: str, options: ReportOptions, message: str) -> None:
    runs = write_tiny_runs(tmp_path / "runs")
    with pytest.raises(UserError, match=message):
        make_report([runs], tmp_path / out, options)
    assert not (tmp_path / out).exists()
