"""``strokerehab localize``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.cli.options import (
    HOW,
    WHAT,
    Dataset,
    Limit,
    ModelArgs,
    Processes,
    SelectionName,
    out_option,
)
from lmms_eval_plugins.core.console import progress_bar, put, say_all, stderr

if TYPE_CHECKING:
    from lmms_eval_plugins.video.windows import Box


def localize(
    data: Dataset = None,
    selection: SelectionName = "all",
    limit: Limit = None,
    detector: Annotated[
        str,
        typer.Option(
            "--detector",
            metavar="NAME",
            help="mediapipe, or rtmlib or ultralytics where you have installed them.",
            rich_help_panel=HOW,
        ),
    ] = "mediapipe",
    num_processes: Processes = 1,
    ask: Annotated[
        str | None,
        typer.Option(
            "--ask",
            metavar="MODEL",
            help="A model to ask who the patient is  [default: the largest person]",
            rich_help_panel=WHAT,
        ),
    ] = None,
    model_args: ModelArgs = [],  # noqa: B006
    out: Annotated[
        Path | None,
        out_option("Folder of the keypoints  [default: keypoints, beside the manifest]", metavar="FOLDER"),
    ] = None,
) -> None:
    """Find the patient and both arms in every frame of the videos.

    A video whose keypoints are there already is passed over.
    """
    from lmms_eval_plugins.core.places import default_data
    from lmms_eval_plugins.dataset.keypoints import keypoints_folder
    from lmms_eval_plugins.execution.localize import frames_of, localize_dataset
    from lmms_eval_plugins.tasks.arguments import parse_model_args
    from lmms_eval_plugins.tasks.sources import chosen_trials

    boxes: dict[str, Box] = {}
    unread: list[str] = []
    folder, chosen = data or default_data(), selection or "all"
    keypoints = out or keypoints_folder(folder)
    if ask:
        from lmms_eval_plugins.execution.patient_box import ask_boxes

        trials = chosen_trials(folder, chosen, limit)
        boxes, unread = ask_boxes(
            trials, ask, parse_model_args(",".join(model_args)), keypoints / "patient_boxes.jsonl"
        )
    with progress_bar(stderr()) as bar:
        job = bar.add_task("localizing")
        report = localize_dataset(
            folder,
            detector,
            selection=chosen,
            limit=limit,
            num_processes=num_processes,
            boxes=boxes,
            out=keypoints,
            progress=lambda done, total: bar.update(job, completed=done, total=total),
        )
    frames, found = frames_of(report.videos)
    known = sum(not video.n_frames for video in report.videos)
    put(f"{report.folder}: {len(report.videos)} videos, {known} of them localized before")
    if frames:
        speed = f"{frames / report.seconds:.1f} frames per second"
        put(f"{frames:,} frames, {speed}; the patient was found in {100 * found / frames:.1f} % of them")
    say_all("warning", unread + [f"{video.video_id}: {remark}" for video in report.videos for remark in video.remarks])
    if say_all("problem", report.problems):
        raise typer.Exit(WITH_PROBLEMS if report.videos else BAD_INPUT)
