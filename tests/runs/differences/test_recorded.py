from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.runs.differences.apart import differing_names, told_apart
from lmms_eval_plugins.runs.differences.recorded import settings_of_arguments, settings_of_file
from lmms_eval_plugins.runs.run_file import RunFile, read_run_file
from tests.golden.conftest import GOLDEN


@pytest.fixture(scope="module")
def file() -> RunFile:
    return read_run_file(GOLDEN / "runs" / "strokerehab_primitives_3" / "tiny" / "20250101_000000")


def test_settings_have_the_words_of_the_command_line_and_nothing_of_the_machine(file: RunFile) -> None:
    recorded = settings_of_file(file)
    assert recorded.settings["max_frames_num"] == "8" and recorded.settings["sampling_fps"] == "8"
    assert recorded.settings["temperature"] == "0" and recorded.settings["videos"].startswith("8 #")
    assert not {"batch_size", "device", "data", "folder"} & recorded.settings.keys()
    assert not any("/opt" in value or "/data" in value for value in recorded.settings.values())
    assert recorded.versions["lmms-eval"] == "0.7.3" and len(recorded.versions["git_revision"]) == 8


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"sampling": {"strategy": "dense", "fps": 8.0, "frames": 4, "overlap": 0}}, "max_frames_num"),
        ({"generation": {"max_new_tokens": 16, "temperature": 0.7, "do_sample": False}}, "temperature"),
        ({"seeds": {"random": 0, "numpy": 1234, "torch": 5}}, "seed_torch"),
        ({"card": {"args": {"min_pixels": 1}}, "wrapper_args": {}}, "min_pixels"),
        ({"reading": "published"}, "reading"),
        ({"videos": ()}, "videos"),
        ({"questions": ()}, "wording"),
    ],
)
def test_every_kind_of_setting_tells_runs_apart(change: dict[str, object], differs: str, file: RunFile) -> None:
    other = file.model_copy(update=change)
    assert differs in differing_names([settings_of_file(one).settings for one in (file, other)])


def test_what_changes_no_answer_and_secrets_are_no_settings(file: RunFile) -> None:
    other = file.model_copy(update={"wrapper_args": {**file.wrapper_args, "batch_size": 99, "hf_token": "x"}})
    assert settings_of_file(other) == settings_of_file(file)
    given = {"pretrained": "a/b", "max_frames_num": "4", "batch_size": "8", "api_key": "x"}
    assert settings_of_arguments(given).settings == {"pretrained": "a/b", "max_frames_num": "4"}


def test_one_value_under_two_names_keeps_both(file: RunFile) -> None:
    other = file.model_copy(update={"wrapper_args": {"temperature": 1}})
    assert settings_of_file(other).settings["temperature"] == "1"
    assert settings_of_file(other).settings["generation.temperature"] == "0"


def test_names_say_at_most_three_settings() -> None:
    one, other = (dict.fromkeys("abcde", value) for value in ("1", "2"))
    assert told_apart([one, other]) == [" (a=1, b=1, c=1, and 2 more)", " (a=2, b=2, c=2, and 2 more)"]
    assert told_apart([{"a": "1"}, {}]) == [" (a=1)", " (a not set)"]
    assert told_apart([{"a": "1"}, {"a": "1"}]) == ["", ""] and told_apart([]) == []


def test_golden_runs_have_no_folder_in_their_settings() -> None:
    for path in sorted(Path(GOLDEN / "runs").rglob("run.json")):
        settings = settings_of_file(read_run_file(path.parent)).settings
        assert settings and all(len(value) < 60 for value in settings.values())
