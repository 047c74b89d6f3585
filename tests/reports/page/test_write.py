from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.page.write import BUNDLE, check_place, report_writer, size_of
from tests.support.page_sample import HOSTILE, sample_overview, sample_video


def write_sample(out: Path, n: int = 3) -> Path:
    with report_writer(out) as writer:
        for place in range(n):
            writer.write_video(sample_video(place))
        writer.write_overview(sample_overview())
    return out


def policy_of(page: str) -> dict[str, str]:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


def test_a_folder(tmp_path: Path) -> None:
    out = write_sample(tmp_path / "a" / "report")
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    videos = {f"data/videos/{place:05d}.js" for place in range(3)}
    assert files == {"index.html", "app.js", "app.css", "data/overview.js", *videos}
    assert [path.name for path in out.parent.iterdir()] == ["report"]
    assert size_of(out) == sum((out / name).stat().st_size for name in files)
    page = (out / "index.html").read_text()
    policy = policy_of(page)
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'"
    assert "unsafe" not in page and "http:" not in page and "https:" not in page
    assert '<html lang="en" data-mode="report">' in page and "<noscript>" in page
    script = (out / "data" / "videos" / "00001.js").read_text(encoding="ascii")
    path, content = json.loads(f"[{script.removeprefix('strokerehabData(').removesuffix(');' + chr(10))}]")
    assert path == "data/videos/00001.js" and content["video"] == 1 and HOSTILE in content["texts"]


def test_one_file_has_all_of_it_inside(tmp_path: Path) -> None:
    out = write_sample(tmp_path / "all.html")
    assert [path.name for path in tmp_path.iterdir()] == ["all.html"] and size_of(out) == out.stat().st_size
    page = out.read_text(encoding="utf-8")
    for element, policy in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        own = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert policy_of(page)[policy] == f"'sha256-{own}'"
    data = dict(re.findall(r'<script type="application/json" id="([^"]*)">(.*?)</script>', page))
    assert [*data] == ["data-video-0", "data-video-1", "data-video-2", "data-overview"]
    assert json.loads(data["data-overview"])["title"] == "Sample report"
    assert HOSTILE in json.loads(data["data-video-2"])["texts"] and "<img" not in page


def test_a_program_ends_not_its_own_element(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "app.js").write_text('x = "</SCRIPT><!--<script>"')
    (bundle / "app.css").write_text("p { color: red }")
    monkeypatch.setattr("lmms_eval_plugins.reports.page.write.BUNDLE", bundle)
    page = write_sample(tmp_path / "one.html", 0).read_text()
    assert r'<script>x = "<\/SCRIPT><\!--<script>"</script>' in page


def test_the_title_is_text(tmp_path: Path) -> None:
    from dataclasses import replace

    with report_writer(tmp_path / "r") as writer:
        writer.write_overview(replace(sample_overview(), title='</title><script src="x">$title'))
    page = (tmp_path / "r" / "index.html").read_text()
    assert "<title>&lt;/title&gt;&lt;script src=&quot;x&quot;&gt;$title</title>" in page


@pytest.mark.parametrize("name", ["report", "report.html"])
def test_an_older_report_is_replaced_when_the_new_one_is_complete(tmp_path: Path, name: str) -> None:
    out = write_sample(tmp_path / name)
    before = sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file())

    def broken() -> None:
        with report_writer(out) as writer:
            writer.write_video(sample_video(0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()) == before
    write_sample(out, 1)
    assert len([*tmp_path.iterdir()]) == 1
    assert not (out / "data" / "videos" / "00001.js").exists()


def test_what_is_somebody_elses_stays(tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "report")
    (folder / "notes.txt").write_text("mine")
    (folder / "data" / "more.csv").write_text("mine")
    with pytest.raises(UserError, match=r"report: has 2 files that no report wrote \(data/more.csv, notes.txt\)"):
        check_place(folder)
    mine = tmp_path / "mine"
    (mine / "data").mkdir(parents=True)
    (mine / "index.html").write_text("<title>my own page</title>")
    for place in (mine, mine / "index.html"):
        with pytest.raises(UserError, match="choose another place with -o"):
            write_sample(place)
    with pytest.raises(UserError, match=r"is a file; name a folder, or FILE.html"):
        check_place(folder / "notes.txt")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        check_place(tmp_path / "folder.html")
    assert (mine / "index.html").read_text() == "<title>my own page</title>"
    assert (folder / "notes.txt").read_text() == "mine"


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    assert (write_sample(tmp_path / "report") / "index.html").is_file()


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file: cannot be written \(.*\); choose another place with -o"):
        write_sample(tmp_path / "file" / "report")


def test_the_bundle_is_there() -> None:
    assert {"app.js", "app.css"} <= {path.name for path in BUNDLE.iterdir()}


def test_what_a_killed_process_left_is_deleted(tmp_path: Path) -> None:
    left = tmp_path / ".report.strokerehab-abc"
    (left / "data").mkdir(parents=True)
    others = tmp_path / ".report.mine"
    others.mkdir()
    out = write_sample(tmp_path / "report", 0)
    assert sorted(tmp_path.iterdir()) == [others, out]
    assert (out.stat().st_mode & 0o777) == (out / "data").stat().st_mode & 0o777
