from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.data_frames.settings import settings_of_run
from lmms_eval_plugins.runs.data_frames.sources import source_of_run
from lmms_eval_plugins.runs.run import read_run
from lmms_eval_plugins.runs.run_file import (
    NEWEST_VERSION,
    RUN_NAME,
    SCHEMA_VERSION,
    Problem,
    RunFile,
    RunVideo,
    Speed,
    find_run_file,
    read_run_file,
    recorded_scheme,
    write_run_file,
)
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.timelines import timelines_of_run
from tests.golden.conftest import GOLDEN
from tests.support.damage import JSON_VALUES, as_json, changed, one_line_or

RECORDED = sorted(GOLDEN.rglob(RUN_NAME))


def written(folder: Path, text: str) -> Path:
    (folder / RUN_NAME).write_text(text, encoding="utf-8")
    return folder


def content(folder: Path) -> dict[str, object]:
    values: dict[str, object] = json.loads((folder / RUN_NAME).read_text(encoding="utf-8"))
    return values


@pytest.mark.parametrize("path", RECORDED, ids=[str(path.parent.relative_to(GOLDEN)) for path in RECORDED])
def test_a_file_of_before_versions_is_read_and_written_again_as_it_was(path: Path, tmp_path: Path) -> None:
    before = path.read_text(encoding="utf-8")
    file = read_run_file(written(tmp_path, before))
    assert file.schema_version == 0
    write_run_file(tmp_path, file)
    after = content(tmp_path)
    assert after.pop("schema_version") == SCHEMA_VERSION
    assert json.dumps(after) == json.dumps(json.loads(before)), "same values, types and order"


def test_what_this_version_does_not_know_is_kept(tmp_path: Path) -> None:
    video = {"video_id": "v", "patient": "P01", "lighting": "dim"}
    speed = {"questions": 3, "seconds": 1.5, "watts": [1, 2]}
    values = {"task": "dose", "model": "m", "videos": [video], "speed": [speed], "cluster": {"node": 3}}
    file = read_run_file(written(tmp_path, json.dumps(values)))
    write_run_file(tmp_path, file.model_copy(update={"status": "finished"}))
    assert content(tmp_path) == values | {"status": "finished", "schema_version": SCHEMA_VERSION}


def test_only_what_is_recorded_is_written(tmp_path: Path) -> None:
    file = RunFile(
        task="dose",
        model="m",
        videos=(RunVideo(video_id="v", patient="P01", windows=((0.0, 0.5),)),),
        problems=(Problem("v", "v: is broken"),),
        speed=(Speed(questions=1),),
    )
    write_run_file(tmp_path, file)
    assert content(tmp_path) == {
        "schema_version": SCHEMA_VERSION,
        "task": "dose",
        "model": "m",
        "videos": [{"video_id": "v", "patient": "P01", "windows": [[0.0, 0.5]]}],
        "problems": [{"video_id": "v", "reason": "v: is broken"}],
        "speed": [{"questions": 1}],
    }
    assert read_run_file(tmp_path) == file.model_copy(update={"schema_version": SCHEMA_VERSION})


@pytest.mark.parametrize("more", [{"task": "dose", "model": "m"}, {"videos": "elsewhere"}])
def test_a_file_of_a_newer_version_is_refused_whatever_is_in_it(tmp_path: Path, more: dict[str, str]) -> None:
    written(tmp_path, json.dumps({"schema_version": 3, **more}))
    with pytest.raises(UserError) as error:
        read_run_file(tmp_path)
    assert str(error.value) == (
        f"{tmp_path / RUN_NAME}: written by a newer version (schema 3, this one reads up to {NEWEST_VERSION}):"
        " update strokerehab-eval"
    )
    assert find_run_file(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "top level: Invalid JSON"),
        ("[]", "top level: Input should be an object"),
        ('{"task": "dose"}', "model: this key is missing"),
        ('{"task": "t", "model": "m", "videos": [{"video_id": "v", "patient": "P", "shown": [1]}]}', "v: 1 shown of 0"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_where(tmp_path: Path, text: str, reason: str) -> None:
    written(tmp_path, text)
    with pytest.raises(UserError, match=reason) as error:
        read_run_file(tmp_path)
    assert str(error.value).startswith(f"{tmp_path / RUN_NAME}: ")
    assert find_run_file(tmp_path) is None


def test_a_missing_file_is_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"run\.json: cannot be read \(No such file or directory\)"):
        read_run_file(tmp_path)


RECORDED_VALUES = [json.loads(path.read_bytes()) for path in RECORDED]


@settings(deadline=None)
@given(data=st.sampled_from(RECORDED_VALUES).flatmap(changed).map(as_json) | JSON_VALUES.map(as_json) | st.binary())
def test_any_file_is_a_run_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "any_run"
    folder.mkdir(exist_ok=True)
    (folder / RUN_NAME).write_bytes(data)
    (folder / ANSWERS_NAME).write_bytes(b"{}\n")
    one_line_or(lambda: recorded_scheme(folder))
    file = one_line_or(lambda: read_run_file(folder))
    if isinstance(file, RunFile):
        write_run_file(folder, file)
        settings_of_run(file)
    one_line_or(lambda: source_of_run(read_run(folder), None))
    report = score_paths([str(folder)])
    assert report.rows or report.errors
    one_line_or(lambda: timelines_of_run(folder, KnownVideos()))
