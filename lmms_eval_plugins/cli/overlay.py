"""``strokerehab overlay``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def overlay(
    video: Annotated[str, typer.Argument(help="Its name in the manifest.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the dataset [default: the demo dataset].")
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", help="A run folder whose answers are shown.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The file [default: overlays/VIDEO.mp4].")] = None,
    png: Annotated[list[int], typer.Option("--png", help="A frame to save as a picture too.")] = [],  # noqa: B006
) -> None:
    """Write a video with skeleton, hand box, pose, answers, state, primitives and truth painted on."""
    from lmms_eval_plugins.core.places import default_data, working_root
    from lmms_eval_plugins.reports.overlay import draw_overlay as paint

    target = out or working_root() / "overlays" / f"{video}.mp4"
    print(*paint(video, data or default_data(), target, run, png), sep="\n")
