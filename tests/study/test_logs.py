from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.study.logs import read_log
from tests.support.logs import row


def test_reads_a_log(write_log: Callable[..., Path]) -> None:
    (log,) = read_log(write_log(row(), row("C0002_feeding1_1", patient="C0002")))
    assert (log.task, log.model, log.warnings) == ("strokerehab_primitives_3", "org/Model-7B", ())
    stroke, control = log.videos
    assert (stroke.video_id, stroke.patient, stroke.stroke, stroke.fps) == ("S0001_feeding1_1", "S0001", True, 60.0)
    assert not control.stroke
    assert stroke.windows[1].text == "YES <SEP> NO"
    assert (stroke.windows[1].start_s, stroke.windows[1].end_s) == (1.0, 2.0)
    assert stroke.truth.labels == ("idle", "reach", "transport")
    assert log.has_timelines


@pytest.mark.parametrize(("suffix", "compress"), [("gz", gzip.compress), ("xz", lzma.compress)])
def test_reads_compressed_logs(write_log: Callable[..., Path], suffix: str, compress: Callable[[bytes], bytes]) -> None:
    plain = write_log(row())
    packed = plain.with_name(f"{plain.name}.{suffix}")
    packed.write_bytes(compress(plain.read_bytes()))
    assert read_log(packed)[0].videos == read_log(plain)[0].videos
    assert read_log(packed)[0].task == "strokerehab_primitives_3"
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(UserError, match="damaged or cut off"):
        read_log(packed)


def test_a_cut_off_last_line_is_dropped_with_a_warning(write_log: Callable[..., Path]) -> None:
    path = write_log(row(), row("S0002_feeding1_1"))
    path.write_text(path.read_text()[:-30])
    (log,) = read_log(path)
    assert len(log.videos) == 1
    assert "line 2, the last, is cut off" in log.warnings[0]
    assert str(path) in log.warnings[0]


def test_two_runs_in_one_file_are_not_mixed(write_log: Callable[..., Path]) -> None:
    path = write_log(row(), row("S0002"), row(), row("S0002", ["NO <SEP> NO"]))
    with pytest.raises(UserError, match=r"2 runs of the same videos \(2 \+ 2 rows\).*--split-runs") as error:
        read_log(path)
    assert str(path) in str(error.value)
    first, second = read_log(path, split_runs=True)
    assert len(first.videos[1].windows) == 3
    assert len(second.videos[1].windows) == 1


def test_runs_in_mixed_order_cannot_be_split(write_log: Callable[..., Path]) -> None:
    path = write_log(row("S1"), row("S1"), row("S2"), row("S2"))
    with pytest.raises(UserError, match="mixed order"):
        read_log(path, split_runs=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("not json\n", "line 1: not a row of a log"),
        ("[1]\n", "line 1: not a row of a log"),
        ("{}\n", "line 1: not a row of a published log"),
        ('{"doc": 1}\n{}\n', "line 1"),
        (json.dumps({**row(), "resps": ["text"]}) + "\n", "line 1: not a row of a published log"),
    ],
)
def test_what_is_no_log_is_refused_by_name(write_log: Callable[..., Path], text: str, message: str) -> None:
    path = write_log()
    path.write_text(text)
    with pytest.raises(UserError, match=message) as error:
        read_log(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.jsonl: cannot be read"):
        read_log(tmp_path / "gone.jsonl")
