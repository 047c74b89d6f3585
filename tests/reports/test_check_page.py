"""The page of a check: self-contained, and safe whatever names and markers say."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.check.findings import Checked, DatasetCheck
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.check_page import write_check_page
from lmms_eval_plugins.video.windows import Dense

EVIL = "<script>alert(1)</script>\"'&$title\x1b[2J\udcff"


def check_of(*videos: Checked) -> DatasetCheck:
    return DatasetCheck(Path("/data/set"), videos, (), Dense(fps=15, frames=8), primitives_scheme())


def video(name: str, timeline: Timeline | None = None, *remarks: Remark) -> Checked:
    return Checked(name, Path(name), remarks, fps=30.0, duration_s=2.0, colour=EVIL, timeline=timeline)


class Page(HTMLParser):
    """Tags, attributes and scripts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.articles: list[str] = []
        self.paths: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.addresses += [str(values[name]) for name in ("src", "href") if name in values]
        if tag == "article":
            self.articles.append(str(values["data-grade"]))
        if tag == "path":
            self.paths.append((str(values.get("fill") or values.get("class")), str(values["d"])))


def page_of(tmp_path: Path, *videos: Checked) -> tuple[str, Page]:
    write_check_page(tmp_path / "page.html", check_of(*videos))
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    return text, Page(text)


def test_it_fetches_nothing_and_markup_in_names_stays_text(tmp_path: Path) -> None:
    text, page = page_of(tmp_path, video(EVIL, None, Remark("wrong", "kind", EVIL)))
    assert page.addresses == [] and "http" not in text and "@import" not in text and "url(" not in text
    assert page.tags.count("script") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "$title" in text and "\\x1b[2J\\udcff" in text


def test_only_videos_with_remarks_have_a_row_the_worst_first(tmp_path: Path) -> None:
    doubt, fine = Remark("doubtful", "a", "b"), Remark("fine", "c", "d")
    videos = (
        video("x"),
        video("fine", None, fine),
        video("both", None, doubt, fine),
        video("bad", None, Remark("wrong", "e", "f")),
    )
    text, page = page_of(tmp_path, *videos)
    assert page.articles == ["wrong", "doubtful", "fine"]
    assert "4 videos" in text and "3 videos and files with remarks" in text
    assert [value for value in ("wrong", "doubtful", "fine") if f'value="{value}" checked' in text] == [
        "wrong",
        "doubtful",
        "fine",
    ]


def test_a_strip_has_the_labels_in_their_colours_and_marks_at_the_faults(tmp_path: Path) -> None:
    timeline = Timeline.from_marks([("idle", 0.5), ("reach", 1.0), ("idle", 1.02)], end_s=1.5)
    _, page = page_of(tmp_path, video("v", timeline, Remark("fine", "a", "b")))
    colours = primitives_scheme().colours
    drawn = dict(page.paths)
    assert drawn.keys() == {colours["idle"], colours["reach"], "mark"}
    assert drawn[colours["reach"]] == "M500.0 0h10.0V20h-10.0z", "1.00 to 1.02 s of 2 s, of 1000 units"
    assert drawn["mark"] == "M0.0 15h250.0V20h-250.0zM497.5 15h5.0V20h-5.0zM750.0 15h250.0V20h-250.0z"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        write_check_page(tmp_path / "file" / "page.html", check_of())


def test_every_labelled_video_has_its_strip(tmp_path: Path) -> None:
    timeline = Timeline.from_text("reach@0.000;idle@1.000;idle@2.000")
    _, page = page_of(
        tmp_path, video("fine", timeline), video("unlabelled"), video("odd", None, Remark("wrong", "k", "t"))
    )
    assert page.articles == ["wrong", "fine"] and len(page.paths) == 2
