from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.runs.hidden.hidden_file import (
    BEHIND_FRAMES,
    HiddenLog,
    HiddenShape,
    HiddenState,
    folders_with_states,
    hidden_files,
    hidden_shape,
    kept_places,
    read_hidden,
    states_by_key,
)
from lmms_eval_plugins.runs.hidden.recorded import recorded_states


def state(window: int, question: str = "motion", layer: int = 1, value: float = 1.0, video: str = "v1") -> HiddenState:
    return HiddenState(f"{video} {window} {question}", video, window, question, layer, np.full(3, value, np.float32))


def write(folder: Path, *batches: list[HiddenState]) -> Path:
    with HiddenLog(folder) as log:
        for batch in batches:
            log.append(batch)
    return log.path


def test_states_are_read_by_layer_and_place_in_the_order_of_windows(tmp_path: Path) -> None:
    write(tmp_path, [state(2), state(0), state(0, layer=2)], [state(1, value=0.5), state(0, BEHIND_FRAMES)])
    read = read_hidden(tmp_path, 1, "motion")
    assert (read.video_ids, read.windows.tolist(), read.values[:, 0].tolist()) == (("v1",) * 3, [0, 1, 2], [1, 0.5, 1])
    assert read.values.dtype == np.float16
    assert read_hidden(tmp_path, 1, BEHIND_FRAMES).windows.tolist() == [0]
    assert not len(read_hidden(tmp_path, 3, "motion").windows)


def test_of_two_states_of_one_window_the_newer_counts(tmp_path: Path) -> None:
    write(tmp_path, [state(0, value=1)], [state(0, value=2)])
    write(tmp_path, [state(0, value=3)])
    assert len(hidden_files(tmp_path)) == 2
    assert read_hidden(tmp_path, 1, "motion").values[:, 0].tolist() == [3]


def test_the_shape_says_what_there_is(tmp_path: Path) -> None:
    assert hidden_shape(tmp_path) is None and recorded_states(tmp_path) is None
    path = write(tmp_path, [state(0), state(0, layer=4), state(1, BEHIND_FRAMES, layer=4)])
    size = path.stat().st_size
    assert hidden_shape(tmp_path) == HiddenShape((1, 4), (BEHIND_FRAMES, "motion"), 3, 2, size)
    recorded = recorded_states(tmp_path)
    assert recorded is not None
    assert recorded.model_dump() == {
        "layers": (1, 4),
        "width": 3,
        "questions": ("motion",),
        "behind_frames": True,
        "windows": 2,
        "bytes_per_window": round(size / 2),
    }


@pytest.mark.parametrize("lost", [1, 40, 400])
def test_what_a_killed_process_wrote_before_its_last_batch_is_read(tmp_path: Path, lost: int) -> None:
    path = write(tmp_path, [state(0)], [state(1)], [state(2)])
    path.write_bytes(path.read_bytes()[: -lost - 8])  # behind the last batch are eight bytes that end the file
    assert read_hidden(tmp_path, 1, "motion").windows.tolist() == [0, 1]


def test_a_file_that_is_still_written_to_is_read(tmp_path: Path) -> None:
    with HiddenLog(tmp_path) as log:
        assert not hidden_files(tmp_path)
        log.append([])
        assert not hidden_files(tmp_path)
        log.append([state(0)])
        assert kept_places(tmp_path) == {("v1 0 motion", "v1", 0, "motion", 1)}


def test_what_float16_cannot_hold_is_its_largest_number(tmp_path: Path) -> None:
    write(tmp_path, [state(0, value=1e6), state(1, value=-1e6)])
    assert read_hidden(tmp_path, 1, "motion").values[:, 0].tolist() == [65504, -65504]


def test_states_are_found_by_key_among_all_runs(tmp_path: Path) -> None:
    first, second = tmp_path / "task" / "model" / "1", tmp_path / "task" / "model" / "2"
    write(first, [state(0), state(1), state(1, layer=2)])
    second.mkdir()
    assert folders_with_states(tmp_path) == [first]
    found = list(states_by_key(first, {"v1 1 motion", "else"}))
    assert [(one.window, one.layer, one.values.tolist()) for one in found] == [(1, 1, [1, 1, 1]), (1, 2, [1, 1, 1])]
