"""What ``run.json`` says about a run's hidden states; known without the library that reads them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class RecordedStates(BaseModel):
    """The hidden states that a run keeps.

    Attributes:
        layers: behind which layers, by number from 1.
        width: numbers of a state.
        questions: ids of the questions at whose prompt's last token they are.
        behind_frames: whether there are ones behind a window's last visual token.
        windows: windows with a state.
        bytes_per_window: their size on disk.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    layers: tuple[int, ...]
    width: int
    questions: tuple[str, ...] = ()
    behind_frames: bool = True
    windows: int
    bytes_per_window: int


def recorded_states(folder: Path) -> RecordedStates | None:
    """Return what the files of hidden states in a run's folder hold; None where there are none."""
    from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, hidden_shape  # late: it loads pyarrow

    shape = hidden_shape(folder)
    if shape is None:
        return None
    return RecordedStates(
        layers=shape.layers,
        width=shape.width,
        questions=tuple(question for question in shape.questions if question != BEHIND_FRAMES),
        behind_frames=BEHIND_FRAMES in shape.questions,
        windows=shape.n_windows,
        bytes_per_window=round(shape.n_bytes / shape.n_windows),
    )
