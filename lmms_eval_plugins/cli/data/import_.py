"""``strokerehab import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import Checkout, out_option
from lmms_eval_plugins.core.console import put, say_all
from lmms_eval_plugins.core.places import working_root


def import_(
    checkout: Checkout,
    out: Annotated[
        Path | None, out_option("Folder for the manifests  [default: data/strokerehab]", metavar="FOLDER")
    ] = None,
    videos: Annotated[
        Path | None, typer.Option("--videos", metavar="FOLDER", help="Folder of the videos, by subject.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FOLDER", help="Folder of the label files, by subject.")
    ] = None,
    clips: Annotated[
        Path | None, typer.Option("--clips", metavar="FOLDER", help="Folder of the Fugl-Meyer clips, by subject.")
    ] = None,
) -> None:
    """Turn a checkout of vlms4rehab into manifests and label files.

    Its metadata become manifests and item scores, its logs' truth becomes label files.
    """
    from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME
    from lmms_eval_plugins.dataset.selections import project_selections
    from lmms_eval_plugins.study.checkout import import_checkout

    selections = project_selections()
    target = out or working_root() / "data" / "strokerehab"
    report = import_checkout(checkout, target, selections=selections, videos=videos, labels=labels, clips=clips)
    put(f"{report.manifest}: {report.n_trials} videos")
    put(f"label files: {report.n_labels_found} found, {report.n_labels_recovered} written from the logs' truth")
    put(f"lengths: {report.n_lengths_measured} videos measured by the logs' windows, the others from the metadata")
    put(f"{target / FMA_MANIFEST_NAME}: {report.n_all_clips} Fugl-Meyer clips")
    for variant, count in report.n_clips.items():
        put(f"  {count} of them for {variant}")
    put(f"{target / FMA_SCORES_NAME}: {report.n_scores} item scores")
    if say_all("problem", report.problems):
        raise typer.Exit(WITH_PROBLEMS)
