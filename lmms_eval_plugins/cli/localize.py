"""``strokerehab localize``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.core.console import progress_bar, say_all

if TYPE_CHECKING:
    from lmms_eval_plugins.video.windows import Box


def localize(
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the dataset [default: the demo dataset].")
    ] = None,
    detector: Annotated[
        str, typer.Option("--detector", help="mediapipe; or rtmlib, ultralytics, where you have installed them.")
    ] = "mediapipe",
    selection: Annotated[str, typer.Option("--selection", help="Videos by the name of a selection.")] = "all",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many videos.")] = None,
    num_processes: Annotated[int, typer.Option("--num_processes", min=1, help="Detectors at work at once.")] = 1,
    ask: Annotated[
        str | None,
        typer.Option("--ask", help="A model that is asked who the patient is [default: the largest person]."),
    ] = None,
    model_args: Annotated[str, typer.Option("--model_args", help="key=value,…: arguments of that model.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the keypoints [default: keypoints, beside the manifest].")
    ] = None,
) -> None:
    """Find the patient and both arms in every frame of a dataset's videos, once."""
    from lmms_eval_plugins.core.places import default_data
    from lmms_eval_plugins.dataset.keypoints import keypoints_folder
    from lmms_eval_plugins.execution.localize import frames_of
    from lmms_eval_plugins.execution.localize import localize_dataset as find
    from lmms_eval_plugins.tasks.arguments import parse_model_args
    from lmms_eval_plugins.tasks.sources import chosen_trials

    console = Console(stderr=True)
    boxes: dict[str, Box] = {}
    unread: list[str] = []
    folder = data or default_data()
    kept = out or keypoints_folder(folder)
    if ask:
        from lmms_eval_plugins.execution.patient_box import ask_boxes

        trials = chosen_trials(folder, selection, limit)
        boxes, unread = ask_boxes(trials, ask, parse_model_args(model_args), kept / "patient_boxes.jsonl")
    with progress_bar(console) as bar:
        job = bar.add_task("localizing")
        report = find(
            folder,
            detector,
            selection=selection,
            limit=limit,
            num_processes=num_processes,
            boxes=boxes,
            out=kept,
            progress=lambda done, total: bar.update(job, completed=done, total=total),
        )
    frames, found = frames_of(report.videos)
    known = sum(not video.n_frames for video in report.videos)
    print(f"{report.folder}: {len(report.videos)} videos, {known} of them localized before")
    if frames:
        speed = f"{frames / report.seconds:.1f} frames per second"
        print(f"{frames:,} frames, {speed}; the patient was found in {100 * found / frames:.1f} % of them")
    warnings = unread + [f"{video.video_id}: {remark}" for video in report.videos for remark in video.remarks]
    say_all("warning", warnings, console)
    if say_all("problem", report.problems, console):
        raise typer.Exit(WITH_PROBLEMS if report.videos else BAD_INPUT)
