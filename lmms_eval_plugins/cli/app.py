"""The command ``strokerehab``: its verbs, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from lmms_eval_plugins.cli.commands import ROOT_SETTINGS, Verb, Verbs, hyphenated
from lmms_eval_plugins.cli.data.check import check_
from lmms_eval_plugins.cli.data.demo import demo
from lmms_eval_plugins.cli.data.import_ import import_
from lmms_eval_plugins.cli.data.index import index
from lmms_eval_plugins.cli.data.localize import localize
from lmms_eval_plugins.cli.data.review import review
from lmms_eval_plugins.cli.evaluate.cache import cache
from lmms_eval_plugins.cli.evaluate.doctor import doctor
from lmms_eval_plugins.cli.evaluate.merge import merge
from lmms_eval_plugins.cli.evaluate.models import models
from lmms_eval_plugins.cli.evaluate.new_task import new_task
from lmms_eval_plugins.cli.evaluate.run import run
from lmms_eval_plugins.cli.evaluate.status import status
from lmms_eval_plugins.cli.evaluate.tasks import tasks
from lmms_eval_plugins.cli.evaluate.validate import validate
from lmms_eval_plugins.cli.evaluate.work import work
from lmms_eval_plugins.cli.exits import BUG, INTERRUPTED, SIGNALLED, WITH_PROBLEMS, report_error
from lmms_eval_plugins.cli.labels.convert import labels
from lmms_eval_plugins.cli.results.answers import answers
from lmms_eval_plugins.cli.results.compare import compare_
from lmms_eval_plugins.cli.results.decode import decode
from lmms_eval_plugins.cli.results.figure import figure
from lmms_eval_plugins.cli.results.measure import measure
from lmms_eval_plugins.cli.results.overlay import overlay
from lmms_eval_plugins.cli.results.patient import patient
from lmms_eval_plugins.cli.results.plan_study import plan_study
from lmms_eval_plugins.cli.results.probe import probe_
from lmms_eval_plugins.cli.results.report import report
from lmms_eval_plugins.cli.results.reproduce import reproduce
from lmms_eval_plugins.cli.results.score import score
from lmms_eval_plugins.cli.results.table import table
from lmms_eval_plugins.cli.results.tune_wording import tune_wording
from lmms_eval_plugins.cli.signals import Ending
from lmms_eval_plugins.cli.streams import Streams
from lmms_eval_plugins.core.background import exit_process
from lmms_eval_plugins.core.console import clean_output, put, put_error
from lmms_eval_plugins.core.errors import DEBUG_VARIABLE
from lmms_eval_plugins.core.secrets import learn_environment

DEBUG = "--debug"
PACKAGE = "strokerehab-eval"

app = typer.Typer(
    cls=Verbs,
    context_settings=ROOT_SETTINGS,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit status: 0 done; 2 something given is wrong; 3 done, but some videos, logs or models had problems,"
    " which are listed; 130 stopped by Ctrl-C, 143 and 129 by SIGTERM and SIGHUP; 1 a bug.",
)


def print_versions(wanted: bool) -> None:
    """Print the versions of this program, of Python, and of what is installed of what can change an answer."""
    if not wanted:
        return
    from lmms_eval_plugins.machine.hardware import git_revision, versions

    commit = f" ({revision})" if (revision := git_revision()) else ""
    found = versions()
    put(f"{PACKAGE} {found.pop(PACKAGE)}{commit}")
    put(*(f"{name} {number or 'not installed'}" for name, number in found.items()))
    raise typer.Exit()


@app.callback()
def strokerehab(
    debug: Annotated[bool, typer.Option(DEBUG, help="Show an error's traceback; goes anywhere on the line.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print versions, and stop.", callback=print_versions, is_eager=True)
    ] = False,
) -> None:
    """What can a vision-language model see in a patient's movement? Run models on videos, score, compare."""


RUN, LOOK, DATA, CLUSTER = "Run models", "Look at results", "Prepare data", "Work on a cluster"

ROOMS: Mapping[str, tuple[Callable[..., None], ...]] = {
    RUN: (run, models, tasks, new_task, validate, doctor, cache),
    LOOK: (
        score,
        measure,
        table,
        figure,
        report,
        patient,
        compare_,
        tune_wording,
        probe_,
        plan_study,
        answers,
        decode,
        overlay,
        reproduce,
    ),
    DATA: (index, check_, review, localize, import_),
    CLUSTER: (status, merge),
}
"""Heading in the help → the verbs under it."""

for heading, verbs in ROOMS.items():
    for verb in verbs:
        app.command(hyphenated(verb.__name__.rstrip("_")), cls=Verb, rich_help_panel=heading)(verb)
app.add_typer(labels, name="labels", cls=Verbs, rich_help_panel=DATA)
app.add_typer(demo, name="demo", cls=Verbs, rich_help_panel=DATA)
app.command(cls=Verb, hidden=True)(work)


def main() -> None:
    """Run the command; an error is one line, its traceback comes only with ``--debug``."""
    learn_environment()
    streams = Streams()
    with clean_output():
        exit_status = _run(streams)
    exit_process(exit_status)


def _run(streams: Streams) -> int:
    debug = DEBUG in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != DEBUG]
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"
    with Ending() as ending:
        try:
            exit_status = app(args=arguments or ["--help"], prog_name="strokerehab", standalone_mode=False) or 0
        except (KeyboardInterrupt, typer.Abort):
            exit_status = INTERRUPTED
        except SystemExit as end:  # completion is done, or a library wants to end the program
            exit_status = end.code if isinstance(end.code, int) else BUG if end.code else 0
            if isinstance(end.code, str):
                put_error(f"error: {end.code}")
        except Exception as error:
            exit_status = report_error(error, debug)
        if exit_status == INTERRUPTED:
            by = f" by {ending.by.name}" if ending.by else ""
            resumes = "; answers so far are kept, the same command resumes there"
            put_error(f"stopped{by}" + resumes * (arguments[:1] == ["run"]))
            exit_status = SIGNALLED + ending.by if ending.by else INTERRUPTED
        if lost := streams.finish():
            put_error(f"error: standard output: {lost.strerror}; what goes to files is there")
            exit_status = exit_status or WITH_PROBLEMS
    return exit_status
