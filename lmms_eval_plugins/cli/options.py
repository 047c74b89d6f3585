"""The options and arguments that verbs share, each declared once with the heading that it has in the help.

``--model_args``, ``--gen_kwargs``, ``--log_path``, ``--num_processes`` and ``--wandb_args`` are spelled as lmms-eval
spells them; every option is read in both spellings (see ``commands``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lmms_eval_plugins.cli.numbers import whole
from lmms_eval_plugins.core.places import shipped


def complete_models(incomplete: str) -> list[str]:
    """Return comma-separated models that go on from what is typed."""
    from lmms_eval_plugins.models.cards import ALIASES, card_files

    return _last_of_several(incomplete, [*card_files([shipped("models")]), *ALIASES])


def complete_tasks(context: typer.Context, incomplete: str) -> list[str]:
    """Return comma-separated tasks and groups that go on from what is typed, the user's own too."""
    return _last_of_several(incomplete, [*_task_names(context), "all"])


def complete_task(context: typer.Context, incomplete: str) -> list[str]:
    """Return the tasks and groups that start with what is typed, the user's own too."""
    return [name for name in _task_names(context) if name.startswith(incomplete)]


def complete_tables(incomplete: str) -> list[str]:
    """Return the tables whose names start with what is typed."""
    from lmms_eval_plugins.reports.tables.published import TABLES

    return [name for name in TABLES if name.startswith(incomplete)]


def complete_figures(incomplete: str) -> list[str]:
    """Return the figures whose names start with what is typed."""
    from lmms_eval_plugins.reports.figures import FIGURES

    return [name for name in (*FIGURES, "all") if name.startswith(incomplete)]


def _task_names(context: typer.Context) -> list[str]:
    from lmms_eval_plugins.tasks.names import task_and_group_names

    own = [folder for folder in context.params.get("tasks") or () if isinstance(folder, Path)]
    return task_and_group_names([*own, shipped("tasks") / "strokerehab"])


def _last_of_several(incomplete: str, names: list[str]) -> list[str]:
    """Return what is typed with its last name, after the last comma, completed."""
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in names if name.startswith(last)]


LMMS_SPELLED = ("--model_args", "--gen_kwargs", "--log_path", "--num_processes", "--wandb_args")
"""Options that keep lmms-eval's underscores."""

WHAT = "Models and tasks"
VIDEOS = "Videos"
HOW = "Where and how"
SLURM = "Slurm"
READING = "Reading and decoding"
SHOWN = "What to show"
OUTPUT = "Output"


def out_option(about: str, metavar: str = "FILE") -> Any:  # Any: as typer.Option
    """Declare ``--out`` with what a verb writes there."""
    return typer.Option("--out", metavar=metavar, help=about, rich_help_panel=OUTPUT)


ModelNames = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="NAMES",
        help="Models or aliases (small, medium, big, all, current), separated by commas.",
        autocompletion=complete_models,
        rich_help_panel=WHAT,
    ),
]
TaskNames = Annotated[
    str,
    typer.Option(
        "--task",
        metavar="NAMES",
        help="Tasks or groups of them, separated by commas, or all.",
        autocompletion=complete_tasks,
        rich_help_panel=WHAT,
    ),
]
ModelArgs = Annotated[
    list[str],
    typer.Option(
        "--model_args",
        metavar="KEY=VALUE,…",
        help="Changes to the task's windows and the model's arguments; KEY=A|B runs both, MODEL:KEY=… is for one model;"
        " may be repeated.",
        rich_help_panel=WHAT,
    ),
]
GenerationArgs = Annotated[
    list[str],
    typer.Option(
        "--gen_kwargs",
        metavar="KEY=VALUE,…",
        help="Changes to how the tasks have models generate, as temperature=0.7; may be repeated.",
        rich_help_panel=WHAT,
    ),
]
CardFolders = Annotated[
    list[Path],
    typer.Option(
        "--models", metavar="FOLDER", help="Folder of your own model cards; may be repeated.", rich_help_panel=WHAT
    ),
]
TaskFolders = Annotated[
    list[Path],
    typer.Option(
        "--tasks", metavar="FOLDER", help="Folder of your own task files; may be repeated.", rich_help_panel=WHAT
    ),
]

Dataset = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        help="The dataset  [default: $STROKEREHAB_DATA, or the demo dataset]",
        rich_help_panel=VIDEOS,
    ),
]
SelectionName = Annotated[
    str | None,
    typer.Option("--selection", metavar="NAME", help="Use the videos of a selection, or all.", rich_help_panel=VIDEOS),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", parser=whole(1), help="Use only the first N videos.", rich_help_panel=VIDEOS),
]

LogPath = Annotated[
    Path | None,
    typer.Option(
        "--log_path", metavar="FOLDER", help="Folder of runs  [default: runs, in this folder]", rich_help_panel=HOW
    ),
]
Processes = Annotated[
    int,
    typer.Option(
        "--num_processes",
        metavar="N",
        parser=whole(1, 1024),
        help="Processes that share the videos.",
        rich_help_panel=HOW,
    ),
]

TableFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="text, md, csv, latex or html  [default: by the file's suffix, else text]",
        rich_help_panel=OUTPUT,
    ),
]
TableFile = Annotated[Path | None, out_option("A file to write: .txt, .md, .csv, .tex or .html  [default: print]")]
Wide = Annotated[
    bool,
    typer.Option("--wide", help="Print tables as wide as they are, whatever the terminal.", rich_help_panel=OUTPUT),
]

MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="FILE", help="YAML file: what tiers and codes of a label tool mean."),
]
ShownPatients = Annotated[
    list[str],
    typer.Option(
        "--patient",
        metavar="NAMES",
        help="Show the videos of these patients only; may be repeated.",
        rich_help_panel=SHOWN,
    ),
]
ShownActivities = Annotated[
    list[str],
    typer.Option(
        "--activity",
        metavar="NAMES",
        help="Show the videos of these activities only; may be repeated.",
        rich_help_panel=SHOWN,
    ),
]
ShownViews = Annotated[
    list[str],
    typer.Option(
        "--view",
        metavar="NAMES",
        help="Show the videos from these cameras only; may be repeated.",
        rich_help_panel=SHOWN,
    ),
]

RunFolders = Annotated[
    list[Path] | None, typer.Argument(metavar="RUN", help="Run folders, or folders of them  [default: runs]")
]
LogsOrRuns = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH", help="Run folders, published logs, or folders or patterns of them  [default: runs]"),
]
Checkout = Annotated[Path, typer.Argument(metavar="CHECKOUT", help="A checkout of vlms4rehab.")]

SplitRuns = Annotated[
    bool,
    typer.Option("--split-runs", help="Treat the runs in one log file separately.", rich_help_panel=READING),
]
Reading = Annotated[
    Literal["default", "published"] | None,
    typer.Option(
        "--reading",
        metavar="default|published",
        help="How replies are read; published is as in the study  [default: as the log was; for decode and measure,"
        " default]",
        rich_help_panel=READING,
    ),
]
DecoderName = Annotated[
    str,
    typer.Option(
        "--decoder",
        metavar="NAME",
        help="How answers become primitives: rule (the task's own), mbr, mbr_counts, mbr_activity, viterbi, sample;"
        " or blind, blind_activity, their control. All but rule learn from other patients' labels.",
        rich_help_panel=READING,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        parser=whole(0),
        help="Seed of what is drawn, such as the decoder's samples.",
        rich_help_panel=READING,
    ),
]
Activities = Annotated[
    list[str],
    typer.Option(
        "--activities",
        metavar="PATH",
        help="Runs or logs of an identification task, for decoders by activity  [default: the true activities]",
        rich_help_panel=READING,
    ),
]
Together = Annotated[
    bool,
    typer.Option(
        "--together", help="Decode the answers of all runs about the same windows together.", rich_help_panel=READING
    ),
]
