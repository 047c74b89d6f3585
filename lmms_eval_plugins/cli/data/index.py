"""``strokerehab index``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import MappingFile, out_option
from lmms_eval_plugins.core.console import progress_bar, put, say_all, stderr


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
            metavar="PATH",
            help="Folder of the label files, laid out as the videos', or label files of other tools."
            " Once per rater: the first is the truth.",
        ),
    ] = None,
    mapping: MappingFile = None,
    out: Annotated[Path | None, out_option("The manifest  [default: FOLDER/manifest.csv]")] = None,
) -> None:
    """Write the manifest of a folder of videos.

    Label files of other tools (ELAN, BORIS, Label Studio, VIA, CVAT, starts and stops) become ours, in a folder labels
    beside the manifest.
    """
    from lmms_eval_plugins.core.errors import UserError
    from lmms_eval_plugins.dataset.index import index_folder
    from lmms_eval_plugins.dataset.labels.mapping import LabelMapping, read_mapping
    from lmms_eval_plugins.dataset.labels.tool_index import find_tool_files, with_tool_labels
    from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
    from lmms_eval_plugins.dataset.selections import project_selections, read_cohorts
    from lmms_eval_plugins.domain.scheme import SCHEME_NAME, scheme_of
    from lmms_eval_plugins.video.probe import probe

    cohorts = read_cohorts(project_selections())
    scheme = scheme_of(out or folder)
    if (folder / SCHEME_NAME).is_file() and scheme != scheme_of(folder):
        raise UserError(f"{folder / SCHEME_NAME}: a dataset's scheme lies beside its manifest; copy it beside {out}")
    meaning = read_mapping(mapping, scheme) if mapping else LabelMapping()
    manifest = (out or folder / MANIFEST_NAME).absolute()
    target = manifest.parent / "labels"
    tools = find_tool_files(folder, labels or [], target)
    folders = [place for place in labels or [] if not place.is_file()]
    with progress_bar(stderr()) as bar:
        job = bar.add_task("reading videos")
        report = index_folder(
            folder,
            labels_dir=folders[0] if folders else None,
            further_labels=folders[1:],
            probe=probe,
            cohorts=cohorts,
            scheme=scheme,
            foreign=tools.all,
            progress=lambda done, total, path: bar.update(job, completed=done, total=total, description=path.name),
        )
    converted = with_tool_labels(report.trials, folder, tools, target, meaning, scheme)
    write_manifest(manifest, converted.trials)
    labelled = sum(trial.labels is not None for trial in converted.trials)
    several = sum(bool(trial.labels and trial.other_labels) for trial in converted.trials)
    further = f", {several} of several raters" if several else ""
    put(f"{out or folder / MANIFEST_NAME}: {len(report.trials)} videos, {labelled} with labels{further}")
    if converted.files:
        put(f"{target}: {len(converted.files)} label files converted from those of other tools")
    say_all("warning", [*report.warnings, *converted.warnings])
    if say_all("problem", [*report.problems, *converted.problems]):
        raise typer.Exit(WITH_PROBLEMS)
