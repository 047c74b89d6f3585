"""``strokerehab check``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import OUTPUT, TaskFolders, complete_task
from lmms_eval_plugins.core.console import (
    plain_table,
    progress_bar,
    put,
    say,
    stderr,
    stdout,
    styled_cell,
    table_lines,
)
from lmms_eval_plugins.core.errors import listed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from lmms_eval_plugins.dataset.check.findings import Checked, DatasetCheck
    from lmms_eval_plugins.dataset.remarks import Remark
    from lmms_eval_plugins.video.windows import Dense, Uniform

_STYLES = {"wrong": "red", "doubtful": "yellow", "fine": "green"}
_TASK = "strokerehab_primitives_3"


def check_(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A dataset's folder or manifest, or a folder of videos.")
    ],
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="FOLDER", help="Folder of the label files, where there is no manifest."),
    ] = None,
    frames: Annotated[
        bool, typer.Option("--frames", help="Decode every frame too, to find damage; takes long.")
    ] = False,
    task: Annotated[
        str,
        typer.Option("--task", metavar="NAME", help="The task whose windows are meant.", autocompletion=complete_task),
    ] = _TASK,
    tasks: TaskFolders = [],  # noqa: B006
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page with every video's labels.", rich_help_panel=OUTPUT),
    ] = None,
) -> None:
    """Check videos, labels and tables before any model runs.

    Each remark has a grade. Wrong: a run refuses the video. Doubtful: a run names it. Fine: put right by itself.
    """
    from lmms_eval_plugins.dataset.check.dataset import check_dataset

    sampling = _sampling_of(task, tasks)
    with progress_bar(stderr()) as bar:
        job = bar.add_task("listing videos", total=None)

        def progress(done: int, total: int, name: str) -> None:
            bar.update(job, completed=done, total=total, description=name)

        found = check_dataset(data, sampling, labels_dir=labels, frames=frames, progress=progress)
    show_check(found, stdout())
    if html:
        from lmms_eval_plugins.reports.check_page import write_check_page

        write_check_page(html, found)
        put(f"page: {html}")
    if any(checked.grade == "wrong" for checked in found.all):
        raise typer.Exit(WITH_PROBLEMS)


def _sampling_of(task: str, folders: list[Path]) -> Dense | Uniform:
    from lmms_eval_plugins.core.places import shipped
    from lmms_eval_plugins.tasks.names import load_named
    from lmms_eval_plugins.tasks.task_file import TASK_FOLDER

    return load_named(task, [*folders, shipped("tasks") / TASK_FOLDER]).dataset_kwargs.sampling


def show_check(check: DatasetCheck, console: Console) -> None:
    """Print the remarks, those of a video under each other, then sums.

    Where the console is no terminal, every remark is one line, however long.
    """
    table = plain_table("grade", "video or file", "remark", words=("video or file", "remark"))
    for checked in check.all:
        _add(table, checked)
    for remark, names in _fine(check):
        about = f"{remark.text} [{remark.kind}]"
        _add_row(table, remark.grade, names, about)
    if table.row_count:
        _print(table, console)
        say(console, "")
    _show_sums(check, console)


def _add(table: Table, checked: Checked) -> None:
    shown = [remark for remark in checked.remarks if remark.grade != "fine"]
    for place, remark in enumerate(shown):
        _add_row(table, remark.grade, "" if place else checked.name, f"{remark.text} [{remark.kind}]")


def _add_row(table: Table, grade: str, name: str, text: str) -> None:
    table.add_row(styled_cell(grade, _STYLES[grade]), name, text)


def _fine(check: DatasetCheck) -> Iterator[tuple[Remark, str]]:
    """Yield the first remark of every kind that is fine, with the names of the videos that have one of that kind."""
    seen: dict[str, list[tuple[Remark, str]]] = {}
    for checked in check.all:
        for remark in checked.remarks:
            if remark.grade == "fine":
                seen.setdefault(remark.kind, []).append((remark, checked.name))
    for of_kind in seen.values():
        yield of_kind[0][0], listed(dict.fromkeys(name for _, name in of_kind))


def _print(table: Table, console: Console) -> None:
    if console.is_terminal:
        console.print(table)
    else:
        for line in table_lines(table):
            say(console, line)


def _show_sums(check: DatasetCheck, console: Console) -> None:
    rates = plain_table("frames per second", "videos", "window")
    for rate in check.rates:
        length = "whole video" if rate.window_s is None else f"{rate.window_s:.3f} s"
        rates.add_row(f"{rate.fps:g}", f"{rate.n_videos:,}", length)
    kinds = plain_table("grade", "kind", "videos and files", words=("kind",))
    for (grade, kind), count in check.kinds.items():
        kinds.add_row(grade, kind, f"{count:,}")
    for table in (rates, kinds):
        if table.row_count:
            _print(table, console)
            say(console, "")
    for column, agreement in check.agreement.items():
        say(console, f"{column} against labels: {agreement.describe()}")
    unlabelled = len(check.videos) - check.n_labelled
    say(
        console,
        f"{len(check.videos):,} videos, {check.hours:.2f} hours,"
        f" {check.n_labelled:,} with labels, {unlabelled:,} without",
    )
    wrong, doubtful, fine = (check.n_graded(grade) for grade in ("wrong", "doubtful", "fine"))
    say(console, f"{wrong:,} wrong (a run refuses them), {doubtful:,} doubtful (a run names them), {fine:,} fine")
