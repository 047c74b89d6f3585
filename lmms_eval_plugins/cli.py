"""The command ``strokerehab``: one verb per thing a user wants."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from lmms_eval_plugins.launch.exits import BAD_INPUT, INTERRUPTED, WITH_PROBLEMS, tell
from lmms_eval_plugins.launch.extras import check_extra
from lmms_eval_plugins.launch.say import progress_bar, say_all, stdout
from lmms_eval_plugins.launch.verbs.cache import cache
from lmms_eval_plugins.launch.verbs.cluster import check_cluster, run_on_cluster
from lmms_eval_plugins.launch.verbs.decode import decode
from lmms_eval_plugins.launch.verbs.demo import demo, rendered_demo
from lmms_eval_plugins.launch.verbs.doctor import doctor
from lmms_eval_plugins.launch.verbs.localize import localize
from lmms_eval_plugins.launch.verbs.merge import merge
from lmms_eval_plugins.launch.verbs.models import models as list_models
from lmms_eval_plugins.launch.verbs.options import (
    Account,
    AtOnce,
    DecoderOption,
    Gres,
    Models,
    Partition,
    Seed,
    ShardsOption,
    Slurm,
    Time,
)
from lmms_eval_plugins.launch.verbs.overlay import overlay
from lmms_eval_plugins.launch.verbs.score import score
from lmms_eval_plugins.launch.verbs.status import status
from lmms_eval_plugins.launch.verbs.work import work
from lmms_eval_plugins.places import default_data, demo_data, shipped, working_root
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.results.tables.published import TABLES

if TYPE_CHECKING:
    from lmms_eval_plugins.launch.plan import RunRequest

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="What can a vision-language model see in a patient's movement? Run models on videos, score, compare.",
    epilog="With --debug, an error comes with its traceback. Exit status: 0 done; 2 something given is wrong;"
    " 3 done, but some videos, logs or models had problems, which are listed; 130 stopped by Ctrl-C; 1 a bug.",
)
app.add_typer(demo, name="demo")

Model = Annotated[str, typer.Option("--model", help="Models or aliases (small, medium, big, all), comma-separated.")]
Task = Annotated[str, typer.Option("--task", help="Tasks, comma-separated, or all.")]
ModelArgs = Annotated[
    str, typer.Option("--model_args", help="key=value,…: windows of the task, arguments of the model.")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many videos.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the dataset [default: the demo dataset].")]
Selection = Annotated[str | None, typer.Option("--selection", help="Videos by the name of a selection, or all.")]
Tasks = Annotated[list[Path], typer.Option("--tasks", help="Folder of your own task files.")]

DEFAULT_MODELS = "rehab_tiny,markov,omniscient"
DEFAULT_TASKS = "all"


@app.command()
def run(
    model: Model = DEFAULT_MODELS,
    task: Task = DEFAULT_TASKS,
    model_args: ModelArgs = "",
    limit: Limit = None,
    log_path: Annotated[Path | None, typer.Option("--log_path", help="Folder of runs [default: runs].")] = None,
    num_processes: Annotated[int, typer.Option("--num_processes", min=1, help="Processes sharing the videos.")] = 1,
    data: Data = None,
    selection: Selection = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run, and stop.")] = False,
    models: Models = [],  # noqa: B006
    tasks: Tasks = [],  # noqa: B006
    slurm: Slurm = False,
    shards: ShardsOption = None,
    partition: Partition = None,
    account: Account = None,
    time: Time = None,
    gres: Gres = None,
    at_once: AtOnce = None,
    wandb_args: Annotated[
        str, typer.Option("--wandb_args", help="key=value,… for Weights & Biases, as lmms-eval takes them.")
    ] = "",
) -> None:
    """Ask models about videos, score the answers, print a table."""
    check_extra("models")
    if slurm:
        check_extra("slurm")
    if wandb_args:
        check_extra("wandb")
    from lmms_eval_plugins.launch.plan import make_plan

    console = Console(stderr=True)
    given = {"partition": partition, "account": account, "time": time, "gres": gres, "at_once": at_once}
    check_cluster(slurm, {"shards": shards, **given}, num_processes)
    request = _request(model, task, model_args, limit, log_path, num_processes, data, selection, models, tasks)
    request = replace(request, wandb_args=wandb_args)
    plan = make_plan(request)
    out = stdout()
    say_all("warning", plan.warnings, console)
    if slurm:
        run_on_cluster(plan, request, shards, given, dry_run, out, console)
        return
    if dry_run:
        from lmms_eval_plugins.launch.show_plan import show_plan

        show_plan(plan, out)
        reasons = dict.fromkeys(problem.reason for task in plan.tasks for problem in task.prepared.problems)
        if say_all("problem", reasons, console):
            raise typer.Exit(WITH_PROBLEMS)
        return
    from lmms_eval_plugins.launch.report import show_outcome
    from lmms_eval_plugins.launch.run import run_plan

    outcome = run_plan(plan, request, console)
    show_outcome(outcome, [*dict.fromkeys(note for task in plan.tasks for note in task.prepared.notes)], out)
    if not outcome.runs:
        raise typer.Exit(BAD_INPUT)
    if outcome.errors or any(run.problems for run in outcome.runs):
        raise typer.Exit(WITH_PROBLEMS)


app.command(hidden=True)(work)
for verb in (score, decode, localize, overlay, doctor, status, merge, cache):
    app.command()(verb)
app.command("models")(list_models)


@app.command()
def figure(
    name: Annotated[str, typer.Argument(help="Its name, or all; an unknown one lists them.")],
    paths: Annotated[list[str] | None, typer.Argument(help="Runs, logs, folders of them [default: runs].")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File, of all the folder [default: figures/NAME.pdf].")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="pdf, png, svg, or several, comma-separated.")] = "pdf",
    shown: Annotated[list[str], typer.Option("--run", help="Part of the name of a run to show.")] = [],  # noqa: B006
    video: Annotated[list[str], typer.Option("--video", help="A video to show, in timelines.")] = [],  # noqa: B006
    split_runs: Annotated[bool, typer.Option("--split-runs", help="Take the runs of one log file apart.")] = False,
    decoder: DecoderOption = "rule",
    seed: Seed = 0,
) -> None:
    """Draw a figure of runs and published logs."""
    from lmms_eval_plugins.results.figures.write import write_figures
    from lmms_eval_plugins.results.frames.decoders import decoding_of

    given = paths or [str(working_root() / "runs")]
    decoding = decoding_of(decoder, seed)
    written = write_figures(
        name,
        given,
        out=out,
        formats=form.split(","),
        named=shown,
        videos=video,
        split_runs=split_runs,
        decoding=decoding,
    )
    print(*written.files, sep="\n")
    say_all("note", written.remarks, Console(stderr=True))
    if say_all("problem", written.problems, Console(stderr=True)):
        raise typer.Exit(WITH_PROBLEMS)


@app.command()
def reproduce(
    checkout: Annotated[Path, typer.Argument(help="A vlms4rehab checkout.")] = Path(),
    out: Annotated[Path | None, typer.Option("--out", help="The report [default: docs/reproduction.md].")] = None,
) -> None:
    """Check every published number that a checkout's logs determine, and write the report."""
    from lmms_eval_plugins.results.reproduction.report import write_report

    target = out or working_root() / "docs" / "reproduction.md"
    print(f"{target}: {write_report(checkout, target)}")


@app.command()
def table(
    name: Annotated[str, typer.Argument(help="Its name: " + ", ".join(TABLES) + ".")],
    paths: Annotated[
        list[str] | None, typer.Argument(help="Runs, published logs, folders or patterns of them [default: runs].")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="text, md, csv, latex or html.")] = "text",
    ci: Annotated[bool, typer.Option("--ci", help="With 95 % intervals by bootstrap over patients.")] = False,
    more: Annotated[bool, typer.Option("--more", help="With the tables that lie behind it.")] = False,
    split_runs: Annotated[bool, typer.Option("--split-runs", help="Take the runs of one log file apart.")] = False,
    reading: Annotated[
        Policy | None, typer.Option("--reading", help="How replies are read [default: as the log was].")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A file to write [default: print].")] = None,
    decoder: DecoderOption = "rule",
    seed: Seed = 0,
) -> None:
    """Make one of the study's tables from raw answers."""
    from lmms_eval_plugins.results.frames.decoders import decoding_of
    from lmms_eval_plugins.results.tables.make import make_tables
    from lmms_eval_plugins.results.tables.render import rendered, show

    given = paths or [str(working_root() / "runs")]
    decoding = decoding_of(decoder, seed)
    made = make_tables(name, given, ci=ci, more=more, split_runs=split_runs, reading=reading, decoding=decoding)
    show(rendered(made.tables, form), out)
    if say_all("error", made.errors, Console(stderr=True)):
        raise typer.Exit(WITH_PROBLEMS)


@app.command()
def index(
    folder: Annotated[Path, typer.Argument(help="<subject>/<subject>_<activity><rep>_<view>.<ext>, labels beside.")],
    labels: Annotated[Path | None, typer.Option("--labels", help="Parallel folder of label files.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The manifest [default: FOLDER/manifest.csv].")] = None,
) -> None:
    """Write the manifest of a folder of videos."""
    from lmms_eval_plugins.dataset.index import index_folder
    from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
    from lmms_eval_plugins.dataset.selections import SELECTIONS_NAME, read_cohorts
    from lmms_eval_plugins.video.probe import probe

    console = Console(stderr=True)
    cohorts = read_cohorts(shipped("tasks") / "strokerehab" / SELECTIONS_NAME)
    with progress_bar(console) as bar:
        job = bar.add_task("reading videos")
        report = index_folder(
            folder,
            labels_dir=labels,
            probe=probe,
            cohorts=cohorts,
            progress=lambda done, total, path: bar.update(job, completed=done, total=total, description=path.name),
        )
    manifest = out or folder / MANIFEST_NAME
    write_manifest(manifest, report.trials)
    labelled = sum(trial.labels is not None for trial in report.trials)
    print(f"{manifest}: {len(report.trials)} videos, {labelled} with labels")
    if say_all("problem", report.problems, console):
        raise typer.Exit(WITH_PROBLEMS)


@app.command(name="import", short_help="Turn a vlms4rehab checkout into manifests and label files.")
def import_(
    checkout: Annotated[Path, typer.Argument(help="A vlms4rehab checkout.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the manifests [default: data/strokerehab].")
    ] = None,
    videos: Annotated[Path | None, typer.Option("--videos", help="Folder of the videos, by subject.")] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="Folder of the label files, by subject.")] = None,
    clips: Annotated[Path | None, typer.Option("--clips", help="Folder of the Fugl-Meyer clips, by subject.")] = None,
) -> None:
    """Turn a vlms4rehab checkout's metadata into manifests and item scores, and its logs' truth into label files."""
    from lmms_eval_plugins.dataset.checkout import import_checkout
    from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME
    from lmms_eval_plugins.dataset.selections import SELECTIONS_NAME

    selections = shipped("tasks") / "strokerehab" / SELECTIONS_NAME
    target = out or working_root() / "data" / "strokerehab"
    report = import_checkout(checkout, target, selections=selections, videos=videos, labels=labels, clips=clips)
    print(f"{report.manifest}: {report.n_trials} videos")
    print(f"label files: {report.n_labels_found} found, {report.n_labels_recovered} written from the logs' truth")
    print(f"lengths: {report.n_lengths_measured} videos measured by the logs' windows, the others as the metadata say")
    print(f"{target / FMA_MANIFEST_NAME}: {report.n_all_clips} Fugl-Meyer clips")
    for variant, count in report.n_clips.items():
        print(f"  {count} of them for {variant}")
    print(f"{target / FMA_SCORES_NAME}: {report.n_scores} item scores")
    if say_all("problem", report.problems, Console(stderr=True)):
        raise typer.Exit(WITH_PROBLEMS)


@app.command()
def validate(
    tasks_: Annotated[
        list[str] | None, typer.Argument(metavar="[TASK]...", help="Tasks and groups [default: all].")
    ] = None,
    data: Data = None,
    tasks: Tasks = [],  # noqa: B006
) -> None:
    """Check task files, and read and score their own correct answers: no model is asked."""
    check_extra("models")
    from lmms_eval_plugins.launch.plan import task_folders
    from lmms_eval_plugins.launch.validate import show_verdicts
    from lmms_eval_plugins.launch.validate import validate as check

    folder = _dataset(data)
    verdicts = check(tasks_ or ["all"], task_folders(tasks), folder)
    show_verdicts(verdicts, stdout())
    left_out = [f"{verdict.task} is left out: {verdict.left_out}" for verdict in verdicts if verdict.left_out]
    say_all("warning", left_out, Console(stderr=True))
    problems = [f"{verdict.task}: {problem}" for verdict in verdicts for problem in verdict.problems]
    if say_all("error", problems, Console(stderr=True)):
        raise typer.Exit(BAD_INPUT)


def main() -> None:
    """Run the command; errors are one line, a traceback comes only with ``--debug``."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        status = app(args=arguments or ["--help"], prog_name="strokerehab", standalone_mode=False) or 0
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except (BrokenPipeError, SystemExit):  # as in `strokerehab ... | head` (rich exits): they have what they wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:
        status = tell(error, debug)
    if status == INTERRUPTED:
        goes_on = "; answers given so far are kept, the same command goes on from there"
        print("stopped" + goes_on * (arguments[:1] == ["run"]), file=sys.stderr)
    sys.exit(status)


def _request(
    model: str,
    task: str,
    model_args: str,
    limit: int | None,
    log_path: Path | None,
    num_processes: int,
    data: Path | None,
    selection: str | None,
    models: list[Path],
    tasks: list[Path],
) -> RunRequest:
    from lmms_eval_plugins.launch.plan import RunRequest

    return RunRequest(
        models=model,
        tasks=task,
        model_args=model_args,
        log_path=(log_path or working_root() / "runs").absolute(),
        data=_dataset(data),
        selection=selection,
        limit=limit,
        num_processes=num_processes,
        model_folders=tuple(models),
        task_folders=tuple(tasks),
    )


def _dataset(data: Path | None) -> Path:
    """The dataset's folder; the demo dataset is made where it is wanted and not there."""
    folder = data or default_data()
    if folder == demo_data():
        rendered_demo(folder, Console(stderr=True))
    return folder


if __name__ == "__main__":
    main()
