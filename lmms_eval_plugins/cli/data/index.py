"""``strokerehab index``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import out_option
from lmms_eval_plugins.core.console import progress_bar, say_all, stderr
from lmms_eval_plugins.core.places import shipped


def index(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Videos <subject>/<subject>_<activity><rep>_<view>.<ext>, with labels beside them."
        ),
    ],
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            "--labels",
            metavar="FOLDER",
            help="Folder of the label files, laid out as the videos'. Once per rater: the first is the truth.",
        ),
    ] = None,
    out: Annotated[Path | None, out_option("The manifest  [default: FOLDER/manifest.csv]")] = None,
) -> None:
    """Write the manifest of a folder of videos."""
    from lmms_eval_plugins.dataset.index import index_folder
    from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
    from lmms_eval_plugins.dataset.selections import SELECTIONS_NAME, read_cohorts
    from lmms_eval_plugins.domain.scheme import scheme_of
    from lmms_eval_plugins.video.probe import probe

    cohorts = read_cohorts(shipped("tasks") / "strokerehab" / SELECTIONS_NAME)
    with progress_bar(stderr()) as bar:
        job = bar.add_task("reading videos")
        report = index_folder(
            folder,
            labels_dir=labels[0] if labels else None,
            further_labels=labels[1:] if labels else (),
            probe=probe,
            cohorts=cohorts,
            scheme=scheme_of(out or folder),
            progress=lambda done, total, path: bar.update(job, completed=done, total=total, description=path.name),
        )
    manifest = out or folder / MANIFEST_NAME
    write_manifest(manifest, report.trials)
    labelled = sum(trial.labels is not None for trial in report.trials)
    several = sum(bool(trial.labels and trial.other_labels) for trial in report.trials)
    further = f", {several} of several raters" if several else ""
    print(f"{manifest}: {len(report.trials)} videos, {labelled} with labels{further}")
    say_all("warning", report.warnings)
    if say_all("problem", report.problems):
        raise typer.Exit(WITH_PROBLEMS)
