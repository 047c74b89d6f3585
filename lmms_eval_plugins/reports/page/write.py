"""A report on disk: a folder of one page and its data, or one file that has all of them inside."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from shutil import rmtree
from string import Template
from typing import Protocol

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, counted, listed
from lmms_eval_plugins.core.temporary import LOCK_NAME, folder_of_process
from lmms_eval_plugins.reports.page.data.overview import Overview
from lmms_eval_plugins.reports.page.data.video import VideoData
from lmms_eval_plugins.reports.page.encode import page_json

GENERATOR = "strokerehab report"
"""What a page that this program wrote says of itself; only such pages are replaced."""

BUNDLE = Path(__file__).with_name("bundle")
"""The page's program and style, built from ``web/``."""

PAGE_NAME = "index.html"

_TEMPLATE = Path(__file__).with_name("page.html")
_OVERVIEW_FILE, _OVERVIEW_ID = "data/overview.js", "data-overview"
_MARKED_WITHIN = 4096
"""So many bytes at the start of a page have its mark."""

_OURS = re.compile(
    r"index\.html|app\.(js|css)|data/overview\.js|data/videos/\d+\.js|(frames|videos)/[\w./-]+\.(jpg|webp|mp4)"
)
"""The files of a report's folder; what else lies there is somebody's."""

_ELSEWHERE = "choose another place with -o"


class ReportWriter(Protocol):
    """What a report is written by, in any form: videos, then the overview."""

    folder: Path
    """Where pictures and footage are put, and addresses count from."""

    def address(self, video: int) -> str:
        """Return where the page finds the data of the video at a place."""

    def write_video(self, video: VideoData) -> None:
        """Write what is known of a video."""

    def write_overview(self, overview: Overview) -> None:
        """Write everything else, and the page."""


def is_one_file(out: Path) -> bool:
    """Return whether a report is to be one file, by the name that is given for it."""
    return out.suffix.lower() in (".html", ".htm")


def check_place(out: Path) -> None:
    """Check that a report may be written somewhere: nothing is there, or an older report of ours and no more.

    Raises:
        UserError: it may not; with what is in the way.
    """
    if is_one_file(out):
        if out.is_dir():
            raise UserError(f"{out}: is a folder; {_ELSEWHERE}")
        if out.exists() and not _is_marked(out):
            raise UserError(f"{out}: is a page that this program did not write; {_ELSEWHERE}")
        return
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder, or FILE.html for a report in one file")
    if not out.is_dir():
        return
    found = sorted(str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir() or path.is_symlink())
    others = [name for name in found if not _OURS.fullmatch(name)]
    if found and not others and not _is_marked(out / PAGE_NAME):
        others = found
    if others:
        what = counted(len(others), "file")
        raise UserError(f"{out}: has {what} that no report wrote ({listed(others, 3)}); {_ELSEWHERE}")


def _is_marked(page: Path) -> bool:
    try:
        with page.open("rb") as file:
            return f'name="generator" content="{GENERATOR}"'.encode() in file.read(_MARKED_WITHIN)
    except OSError:
        return False


@contextmanager
def report_writer(out: Path) -> Iterator[ReportWriter]:
    """Write a report beside its place, and put it there when it is complete; an older one stays until then.

    Args:
        out: a folder, or a file that ends with ``.html``.

    Raises:
        UserError: it cannot be written there (see `check_place`).
    """
    check_place(out)
    with writing(out, _ELSEWHERE):
        out.parent.mkdir(parents=True, exist_ok=True)
        with folder_of_process(out.parent, f".{out.name}.strokerehab-") as partial:
            if is_one_file(out):
                yield _OneFile(partial / PAGE_NAME)
                (partial / PAGE_NAME).replace(out)
            else:
                yield _Folder(partial)
                _replace_folder(out, partial)


def _replace_folder(out: Path, new: Path) -> None:
    check_place(out)
    old = new.with_name(f"{new.name}.old")
    new.chmod((new / "data").stat().st_mode)  # a folder of a process is for its user alone
    (new / LOCK_NAME).unlink(missing_ok=True)
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    rmtree(old, ignore_errors=True)


class _Folder:
    """A report as a folder: its data are scripts beside the page, each loaded when it is looked at.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data" / "videos").mkdir(parents=True)

    def address(self, video: int) -> str:
        return f"data/videos/{video:05d}.js"

    def write_video(self, video: VideoData) -> None:
        self._write(self.address(video.video), video)

    def write_overview(self, overview: Overview) -> None:
        self._write(_OVERVIEW_FILE, overview)
        for name in ("app.js", "app.css"):
            (self.folder / name).write_bytes((BUNDLE / name).read_bytes())
        page = _page(
            overview.title,
            "script-src 'self'; style-src 'self'",
            '<link rel="stylesheet" href="app.css">',
            '<script src="app.js"></script>',
        )
        (self.folder / PAGE_NAME).write_text(page, encoding="utf-8")

    def _write(self, path: str, content: object) -> None:
        text = f"strokerehabData({page_json(path)},{page_json(content)});\n"
        (self.folder / path).write_text(text, encoding="ascii")


class _OneFile:
    """A report as one file: program, style and data are elements of the page.

    Args:
        page: the file.
    """

    def __init__(self, page: Path) -> None:
        self.folder = page.parent.parent
        self._page = page
        self._data = page.with_name("data.html")

    def address(self, video: int) -> str:
        return f"data-video-{video}"

    def write_video(self, video: VideoData) -> None:
        self._add(self.address(video.video), video)

    def write_overview(self, overview: Overview) -> None:
        self._add(_OVERVIEW_ID, overview)
        style, program = ((BUNDLE / name).read_text(encoding="utf-8") for name in ("app.css", "app.js"))
        style, program = _inside("style", style), _inside("script", program)
        policy = f"script-src '{_hash(program)}'; style-src '{_hash(style)}'"
        data = self._data.read_text(encoding="ascii")
        script = f"{data}<script>{program}</script>"
        page = _page(overview.title, policy, f"<style>{style}</style>", script)
        self._page.write_text(page, encoding="utf-8")

    def _add(self, name: str, content: object) -> None:
        with self._data.open("a", encoding="ascii") as file:
            file.write(f'<script type="application/json" id="{name}">{page_json(content)}</script>\n')


def _page(title: str, policy: str, style: str, script: str) -> str:
    """Return the page; its policy lets nothing be loaded from elsewhere, and no script or style but ours.

    Args:
        title: as text.
        policy: which scripts and styles are ours.
        style, script: their elements.
    """
    shared = "default-src 'none'; img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'"
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        policy=f"{shared}; {policy}", generator=GENERATOR, title=escape(title), style=style, script=script
    )


def _inside(element: str, text: str) -> str:
    """Return a program or style as the content of its element, which it does not end, nor open a comment in it."""
    text = re.sub(rf"</(?={element})", r"<\\/", text, flags=re.IGNORECASE).replace("<!--", r"<\!--")
    return text.replace("\r\n", "\n")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def size_of(out: Path) -> int:
    """Return the bytes of a report's files."""
    return sum(path.stat().st_size for path in (out.rglob("*") if out.is_dir() else [out]) if path.is_file())
