"""``strokerehab demo``: the demo dataset, and the model that knows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lmms_eval_plugins.core.console import progress_bar
from lmms_eval_plugins.core.places import demo_data, working_root
from lmms_eval_plugins.demo.render import DEFAULT_SECONDS

demo = typer.Typer(help="The demo dataset: synthetic scenes of people at a table.")


@demo.command(name="render")
def render(
    out: Annotated[Path | None, typer.Argument(help="Folder [default: data/demo].")] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", help="How long the videos of activities are.")
    ] = DEFAULT_SECONDS,
) -> None:
    """Render the demo dataset, unless it is there already."""
    print(rendered_demo(out or demo_data(), Console(stderr=True), seconds))


@demo.command(name="train")
def train_demo_model(
    config: Annotated[Path | None, typer.Option("--config", help="How [default: as the shipped model].")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder [default: data/rehab_tiny].")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in the folder.")] = False,
) -> None:
    """Train the demo model from scratch: within an hour on two cores, minutes on a GPU."""
    from lmms_eval_plugins.execution.harness import quiet_imports

    quiet_imports()
    from lmms_eval_plugins.demo.training.config import DEFAULT_CONFIG, load_config
    from lmms_eval_plugins.demo.training.train import train

    trained = train(load_config(config or DEFAULT_CONFIG), out or working_root() / "data" / "rehab_tiny", resume=resume)
    scores = ", ".join(f"{kind} {score}" for kind, score in trained.scores.items())
    print(f"{trained.folder}: {scores} on held-out people, {trained.minutes:.0f} minutes of training")


def rendered_demo(folder: Path, console: Console, seconds: float = DEFAULT_SECONDS) -> Path:
    """The manifest of the demo dataset in a folder; it is rendered first where it is not there, under a bar."""
    from lmms_eval_plugins.demo.render import ensure_demo

    with progress_bar(console) as bar:
        job = bar.add_task("rendering the demo dataset", visible=False)
        return ensure_demo(
            folder,
            progress=lambda done, total: bar.update(job, completed=done, total=total, visible=True),
            seconds=seconds,
        )
