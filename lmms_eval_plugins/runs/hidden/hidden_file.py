"""Hidden states on disk: columnar files beside a run's answers, appended to and safe against a killed process.

A file is a stream in Arrow's format for processes (https://arrow.apache.org/docs/format/Columnar.html), which any
reader of Arrow opens; a torn end is passed over. Every process writes a file of its own. A state takes two bytes for
each number of its width: four layers of 3,584 at two places of a window take 57 kB.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lmms_eval_plugins.core.disk import sync_folder
from lmms_eval_plugins.core.errors import UserError

BEHIND_FRAMES = ""
"""In place of a question's id: the state behind the last visual token, before any question."""

_PLACE = ("key", "video_id", "window", "question_id", "layer")
_START, _END = "hidden-", ".arrow"

_LARGEST = float(np.finfo(np.float16).max)

Half = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class HiddenState:
    """A network's hidden state at one place of a prompt, behind one layer.

    Attributes:
        key: of the request whose prompt it is (see `lmms_eval_plugins.runs.answers.AnswerRecord`); where no question
            has part in it, a hash of everything that can change what the network makes of the window.
        video_id: the video.
        window: index of the window in its video.
        question_id: the question at whose last token it is; `BEHIND_FRAMES` for the one that no question has part in.
        layer: number of the layer, from 1.
        values: (width,).
    """

    key: str
    video_id: str
    window: int
    question_id: str
    layer: int
    values: npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class HiddenShape:
    """What a run's files hold.

    Attributes:
        layers: numbers of the layers, sorted.
        questions: ids of the questions, sorted; `BEHIND_FRAMES` among them.
        width: numbers of a state.
        n_windows: windows with a state.
        n_bytes: size on disk.
    """

    layers: tuple[int, ...]
    questions: tuple[str, ...]
    width: int
    n_windows: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class HiddenStates:
    """The states of many windows at one place, behind one layer; each window once, its newest.

    Attributes:
        video_ids: of each window.
        windows: index of each window in its video; (windows,).
        values: (windows, width), float16.
    """

    video_ids: tuple[str, ...]
    windows: npt.NDArray[np.int64]
    values: Half


class HiddenLog:
    """A file of hidden states in a run's folder, open for appending; made with the first of them.

    Args:
        folder: the run's.
    """

    def __init__(self, folder: Path) -> None:
        name = f"{_START}{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}{_END}"
        self.path = folder / name
        self._sink: pa.OSFile | None = None
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._schema: pa.Schema | None = None

    def append(self, states: Sequence[HiddenState]) -> None:
        """Append states, all of one width; they are on disk when it returns.

        What is too large for float16 becomes its largest number.

        Raises:
            UserError: the disk is full, or the file cannot be written.
        """
        if not states:
            return
        values = np.stack([state.values for state in states]).clip(-_LARGEST, _LARGEST).astype(np.float16)
        columns = [
            pa.array([state.key for state in states]),
            pa.array([state.video_id for state in states]),
            pa.array([state.window for state in states], pa.int32()),
            pa.array([state.question_id for state in states]),
            pa.array([state.layer for state in states], pa.int16()),
            pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1]),
        ]
        batch = pa.RecordBatch.from_arrays(columns, [*_PLACE, "state"])
        try:
            self._open(batch.schema).write_batch(batch)
            assert self._sink is not None
            self._sink.flush()
            os.fsync(self._sink.fileno())
        except OSError as error:
            raise UserError(
                f"{self.path}: cannot write hidden states ({error.strerror or error}); those written before are safe,"
                " make room and run the same command again"
            ) from error

    def _open(self, schema: pa.Schema) -> pa.RecordBatchStreamWriter:
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._sink = pa.OSFile(str(self.path), "wb")
            self._writer = pa.ipc.new_stream(self._sink, schema)
            sync_folder(self.path.parent)
        return self._writer

    def close(self) -> None:
        """Close the file; `append` may not be called again."""
        if self._writer is not None and self._sink is not None:
            self._writer.close()
            self._sink.close()

    def __enter__(self) -> HiddenLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def folders_with_states(runs: Path) -> list[Path]:
    """Return the folders of runs with hidden states, among all runs of a folder."""
    return sorted({path.parent for path in runs.glob(f"*/*/*/{_START}*{_END}")})


def kept_places(folder: Path) -> set[tuple[str, str, int, str, int]]:
    """Return key, video, window, question and layer of every state in a run's folder."""
    found: set[tuple[str, str, int, str, int]] = set()
    for batch in _batches(hidden_files(folder)):
        found.update(zip(*(batch.column(name).to_pylist() for name in _PLACE), strict=True))
    return found


def hidden_files(folder: Path) -> list[Path]:
    """Return the files of hidden states in a run's folder, the oldest first."""
    return sorted(folder.glob(f"{_START}*{_END}"), key=lambda path: (path.stat().st_mtime_ns, path.name))


def hidden_shape(folder: Path) -> HiddenShape | None:
    """Return what the files in a run's folder hold; None where there are no states."""
    layers: set[int] = set()
    questions: set[str] = set()
    windows: set[tuple[str, int]] = set()
    width = 0
    for batch in _batches(hidden_files(folder)):
        layers.update(batch.column("layer").to_pylist())
        questions.update(batch.column("question_id").to_pylist())
        windows.update(zip(batch.column("video_id").to_pylist(), batch.column("window").to_pylist(), strict=True))
        width = batch.column("state").type.list_size
    if not windows:
        return None
    n_bytes = sum(path.stat().st_size for path in hidden_files(folder))
    return HiddenShape(tuple(sorted(layers)), tuple(sorted(questions)), width, len(windows), n_bytes)


def read_hidden(folder: Path, layer: int, question: str) -> HiddenStates:
    """Read the states of a run's windows at one place, behind one layer; none where there are none.

    Args:
        folder: the run's.
        layer: number of the layer.
        question: id of the question, or `BEHIND_FRAMES`.
    """
    places: dict[tuple[str, int], int] = {}
    parts: list[Half] = []
    n = 0
    for batch in _batches(hidden_files(folder)):
        same = np.asarray(batch.column("layer")) == layer
        same &= np.asarray([one == question for one in batch.column("question_id").to_pylist()])
        if not same.any():
            continue
        chosen = batch.filter(pa.array(same))
        names, windows = chosen.column("video_id").to_pylist(), chosen.column("window").to_pylist()
        places |= {place: n + i for i, place in enumerate(zip(names, windows, strict=True))}
        parts.append(_values(chosen))
        n += len(names)
    if not parts:
        return HiddenStates((), np.zeros(0, np.int64), np.zeros((0, 0), np.float16))
    ordered = sorted(places)
    values = np.concatenate(parts)[[places[place] for place in ordered]]
    windows_of = np.array([window for _, window in ordered], np.int64)
    return HiddenStates(tuple(name for name, _ in ordered), windows_of, values)


def hidden_windows(folder: Path) -> dict[tuple[int, str], set[tuple[str, int]]]:
    """Return layer and question → the windows (video, index) with a state there, of a run's folder.

    Raises:
        UserError: states of different widths are mixed, which are of different models.
    """
    found: dict[tuple[int, str], set[tuple[str, int]]] = {}
    widths: set[int] = set()
    for batch in _batches(hidden_files(folder)):
        widths.add(batch.column("state").type.list_size)
        columns = (batch.column(name).to_pylist() for name in ("layer", "question_id", "video_id", "window"))
        for layer, question, video_id, window in zip(*columns, strict=True):
            found.setdefault((layer, question), set()).add((video_id, window))
    if len(widths) > 1:
        raise UserError(
            f"{folder}: hidden states of {' and '.join(map(str, sorted(widths)))} numbers, which are of different"
            f" models; move the files {_START}*{_END} away and run the same command again"
        )
    return found


def states_by_key(folder: Path, wanted: Collection[str]) -> Iterator[HiddenState]:
    """Yield the states of a run's folder whose requests have some keys."""
    keys = set(wanted)
    for batch in _batches(hidden_files(folder)):
        same = [key in keys for key in batch.column("key").to_pylist()]
        if not any(same):
            continue
        chosen = batch.filter(pa.array(same))
        columns = (chosen.column(name).to_pylist() for name in _PLACE)
        for values, *place in zip(_values(chosen), *columns, strict=True):
            key, video_id, window, question_id, layer = place
            yield HiddenState(key, video_id, window, question_id, layer, values)


def _values(batch: pa.RecordBatch) -> Half:
    column = batch.column("state")
    flat: Half = column.flatten().to_numpy(zero_copy_only=False).astype(np.float16, copy=False)
    return flat.reshape(len(batch), column.type.list_size)


def _batches(files: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    """Yield what can be read of some files: up to a torn end of each."""
    for path in files:
        try:
            with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
                yield from stream
        except (OSError, pa.ArrowInvalid):
            continue
