"""``strokerehab review``."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from lmms_eval_plugins.cli.numbers import whole
from lmms_eval_plugins.core.console import plain_table, put, say_all, stdout

_PORT = 8737
"""The same every time: what a browser keeps of work that was not saved is kept by address."""


def review(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="The dataset's folder or manifest.")],
    run: Annotated[
        Path | None,
        typer.Option("--run", metavar="RUN", help="Run folder: its timelines are drafts to start from."),
    ] = None,
    rater: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose labels they are: the folder labels/NAME.  [default: your login]"),
    ] = None,
    order: Annotated[
        Literal["uncertain", "manifest"],
        typer.Option(metavar="uncertain|manifest", help="Which videos come first: those that RUN is least sure of."),
    ] = "uncertain",
    port: Annotated[
        int, typer.Option(metavar="N", parser=whole(0, 65535), help="Port of the address; 0 for any that is free.")
    ] = _PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser, only print the address.")] = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="Print what the work took and how raters agree, and stop.")
    ] = False,
) -> None:
    """Label videos in a browser, or correct what a run made of them.

    Each rater's labels are saved as they are drawn, beside the data in labels/NAME. The page is served to this machine
    only; Ctrl-C ends it.
    """
    if summary:
        _print_summary(data)
        return
    from lmms_eval_plugins.reports.review.desk import open_desk
    from lmms_eval_plugins.reports.review.server import HOST, bound_socket, make_app, new_token, serve_review

    with ExitStack() as stack:
        desk = open_desk(data, rater or _login(), run, order, stack)
        listener = stack.enter_context(bound_socket(port))
        number = listener.getsockname()[1]
        token = new_token()
        address = f"http://{HOST}:{number}/{token}/"
        put(f"labels are saved in {desk.folder}", f"review: {address}", "Ctrl-C ends it")
        if not no_browser and _has_display():
            webbrowser.open(address)
        serve_review(make_app(desk, token, number), listener)


def _print_summary(data: Path) -> None:
    from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in
    from lmms_eval_plugins.reports.review.summary import summarize_review

    found = summarize_review(manifest_in(data, MANIFEST_NAME))
    work = plain_table("rater", "began with", "done", "started", "video min", "work min", "work per video")
    for one in found.work:
        rate = one.minutes_per_minute
        work.add_row(
            one.rater,
            "a draft" if one.with_draft else "nothing",
            str(one.n_done),
            str(one.n_started),
            f"{one.video_s / 60:.1f}",
            f"{one.active_s / 60:.1f}",
            "—" if rate is None else f"{rate:.1f}",
        )
    stdout().print(work)
    put("", "minutes: of the videos that are done; work per video: minutes of work for a minute of video")
    if found.agreement:
        agreement = plain_table("rater", "other rater", "videos", "edit score", "kappa")
        for pair in found.agreement:
            mean, sem = pair.edit_score
            agreement.add_row(
                pair.first,
                pair.second,
                str(pair.n_videos),
                f"{mean:.1f}" + (f" ± {sem:.1f}" if sem is not None else ""),
                "—" if pair.kappa is None else f"{pair.kappa:.2f}",
            )
        put("")
        stdout().print(agreement)
        put("", "edit score: mean ± SEM over videos; kappa: Cohen's, of the labels every 10 ms of all videos together")
    say_all("warning", found.problems)


def _login() -> str:
    from getpass import getuser

    from lmms_eval_plugins.core.errors import UserError
    from lmms_eval_plugins.core.safe_names import file_name

    try:
        return file_name(getuser())
    except (OSError, KeyError):
        raise UserError("your login name is not known; give yours with --rater") from None


def _has_display() -> bool:
    """Return whether a browser would open a window, and not take over the terminal."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
