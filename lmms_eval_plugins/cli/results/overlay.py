"""``strokerehab overlay``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.numbers import whole
from lmms_eval_plugins.cli.options import Dataset, out_option
from lmms_eval_plugins.core.console import put


def overlay(
    video: Annotated[str, typer.Argument(metavar="VIDEO", help="The video's name in the manifest.")],
    data: Dataset = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="A run folder whose answers are shown.")
    ] = None,
    out: Annotated[Path | None, out_option("The file  [default: overlays/VIDEO.mp4]")] = None,
    png: Annotated[
        list[int],
        typer.Option(
            "--png", metavar="FRAME", parser=whole(0), help="A frame to save as a picture too; may be repeated."
        ),
    ] = [],  # noqa: B006
) -> None:
    """Write a video with all that is known about it painted on.

    That is the skeleton, hand box, pose and true primitives and, of a run, its answers, state and primitives.
    """
    from lmms_eval_plugins.core.places import default_data, working_root
    from lmms_eval_plugins.core.safe_names import check_name
    from lmms_eval_plugins.reports.overlay import draw_overlay

    target = out or working_root() / "overlays" / f"{check_name(video, 'VIDEO')}.mp4"
    put(*draw_overlay(video, data or default_data(), target, run, png))
