"""``strokerehab demo``: the demo dataset, and the model that knows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.commands import Verb
from lmms_eval_plugins.cli.numbers import real
from lmms_eval_plugins.core.console import progress_bar, put, say, stderr
from lmms_eval_plugins.core.places import default_data, demo_data, working_root

demo = typer.Typer(help="Render the demo dataset, or train the model that knows it.", rich_markup_mode=None)


@demo.command(name="render", cls=Verb)
def render(
    out: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Folder  [default: data/demo]")] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            metavar="SECONDS",
            parser=real(1, 3600),
            help="Length of the videos of activities  [default: 10]",
        ),
    ] = None,
) -> None:
    """Render the demo dataset, unless it is there already.

    Its videos are synthetic scenes of people at a table.
    """
    put(rendered_demo(out or demo_data(), seconds))


@demo.command(name="train", cls=Verb)
def train_demo_model(
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings  [default: the shipped model's]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Folder to write to  [default: data/rehab_tiny]")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue from the checkpoint in the folder.")] = False,
) -> None:
    """Train the demo model from scratch.

    That takes an hour on two cores, minutes on a GPU.
    """
    from lmms_eval_plugins.execution.harness import quiet_imports

    quiet_imports()
    from lmms_eval_plugins.demo.training.config import DEFAULT_CONFIG, load_config
    from lmms_eval_plugins.demo.training.train import train

    trained = train(load_config(config or DEFAULT_CONFIG), out or working_root() / "data" / "rehab_tiny", resume=resume)
    scores = ", ".join(f"{kind} {score}" for kind, score in trained.scores.items())
    put(f"{trained.folder}: {scores} on held-out people, {trained.minutes:.0f} minutes of training")


def rendered_demo(folder: Path, seconds: float | None = None) -> Path:
    """Return the manifest of the demo dataset in a folder; it is rendered first where it is not there, under a bar."""
    from lmms_eval_plugins.demo.render import DEFAULT_SECONDS, ensure_demo

    console = stderr()
    with progress_bar(console) as bar:
        job = bar.add_task("rendering the demo dataset", visible=False)

        def show(done: int, total: int) -> None:
            if not (console.is_terminal or bar.tasks[job].completed):
                say(console, f"rendering the demo dataset into {folder}, once: that takes a minute or two …")
            bar.update(job, completed=done, total=total, visible=True)

        return ensure_demo(folder, progress=show, seconds=DEFAULT_SECONDS if seconds is None else seconds)


def lacks_demo(data: Path | None) -> bool:
    """Return whether the demo dataset is wanted and not there."""
    from lmms_eval_plugins.demo.render import is_rendered

    return (data or default_data()) == demo_data() and not is_rendered(demo_data())


def given_or_demo(data: Path | None) -> Path:
    """Return the dataset's folder; the demo dataset is rendered where it is wanted and not there."""
    folder = data or default_data()
    if folder == demo_data():
        rendered_demo(folder)
    return folder
