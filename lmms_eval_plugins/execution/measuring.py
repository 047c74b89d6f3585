"""Have models answer a task about a dataset, or about a single video, for measuring."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from lmms_eval_plugins.core.console import say_all, stage
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.temporary import temporary_folder
from lmms_eval_plugins.dataset.index import index_folder
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.selections import ALL, project_selections, read_cohorts
from lmms_eval_plugins.execution.command import read_command
from lmms_eval_plugins.execution.plan import make_plans
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.video.probe import probe


@dataclass(frozen=True, slots=True)
class AnsweredForMeasuring:
    """The run folders of what was answered, and whether there were problems, which have been printed."""

    runs: tuple[str, ...]
    with_problems: bool


def answer_to_measure(what: Path, models: str, task: str, log_path: Path, console: Console) -> AnsweredForMeasuring:
    """Run models on a task over all videos of a dataset, or over a single video, whatever the task selects.

    Args:
        what: the dataset's folder, or a video; the labels beside a video count, too.
        models: names of models.
        task: the task.
        log_path: folder of runs.
        console: for messages.

    Raises:
        UserError: nothing can be run.
    """
    with ExitStack() as stack:
        data = what
        if not what.is_dir():
            data = stack.enter_context(temporary_folder("video"))
            _index_one(what, data)
        command = read_command(
            RunRequest(
                models=models,
                tasks=task,
                model_args="",
                log_path=log_path.absolute(),
                data=data,
                selection=ALL,
            ),
            None,
        )
        with stage("reading tasks, videos and labels", console, elsewhere=False):
            plans = make_plans(command.requests)
        say_all("note", command.notes, console)
        say_all("warning", list(dict.fromkeys(line for plan in plans for line in plan.warnings)), console)
        outcome = run_plans(plans, console)
    problems = dict.fromkeys(f"{one.video_id or what}: {one.reason}" for run in outcome.runs for one in run.problems)
    say_all("problem", problems, console)
    return AnsweredForMeasuring(tuple(str(run.folder) for run in outcome.runs), bool(problems or outcome.errors))


def _index_one(video: Path, folder: Path) -> None:
    """Make a dataset of one video in an empty folder; UserError where it is no video that can be used."""
    if not video.is_file():
        raise UserError(f"{video}: no such file or folder")
    probe(video)  # what is wrong with it is said of it, not of its stand-in
    own = folder / (video.absolute().parent.name or "video")
    own.mkdir()
    for file in (video, video.with_suffix(".csv")):
        if file.is_file():
            (own / file.name).symlink_to(file.absolute())
    report = index_folder(folder, probe=probe, cohorts=read_cohorts(project_selections()))
    if not report.trials:
        raise UserError(f"{video}: cannot be measured: {'; '.join(report.problems) or 'it is no video'}")
    write_manifest(folder / MANIFEST_NAME, report.trials)
