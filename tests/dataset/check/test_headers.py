"""What a run refuses and notes of the files of its videos, before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.check.headers import HeaderCheck
from lmms_eval_plugins.dataset.manifest import read_manifest
from lmms_eval_plugins.dataset.trial import Trial
from tests.conftest import write_video
from tests.dataset.check.conftest import SAMPLING
from tests.support.checkout import make_trial


@pytest.fixture
def trials(odd_data: Path) -> dict[str, Trial]:
    return {trial.video_id: trial for trial in read_manifest(odd_data / "manifest.csv")}


def test_what_is_wrong_is_refused_and_the_others_go_on(odd_data: Path, trials: dict[str, Trial]) -> None:
    check = HeaderCheck(odd_data, [*trials.values()], SAMPLING)
    refused = set()
    for name, trial in trials.items():
        try:
            check.check(trial)
        except UserError as error:
            assert str(error).startswith(f"{trial.path}: ")
            refused.add(name)
    assert refused == {"empty", "text", "a folder", "cut off", "sound only", "song with a cover"}


def test_a_video_that_breaks_off_is_named_and_its_beginning_is_shown(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.avi", 180, 30)
    path = tmp_path / "cut.avi"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    trial = make_trial(path=path, n_frames=180, duration_s=6.0)
    check = HeaderCheck(tmp_path, [trial], SAMPLING)
    check.check(trial)
    (doubt,) = check.doubts
    assert "its data breaks off after frame" in doubt and "a run shows what comes before" in doubt


def test_a_missing_file_passes_for_models_that_do_not_look(odd_data: Path, trials: dict[str, Trial]) -> None:
    check = HeaderCheck(odd_data, [trials["missing"]], SAMPLING)
    check.check(trials["missing"])
    assert check.doubts == []


def test_what_is_doubtful_is_one_line_per_kind(odd_data: Path, trials: dict[str, Trial]) -> None:
    named = [trials[name] for name in ("mirrored", "turned", "slow", "plain")]
    check = HeaderCheck(odd_data, named, SAMPLING)
    for trial in named:
        check.check(trial)
    (line,) = check.doubts
    assert line.startswith("mirrored: the file says that it is shown mirrored")
    many = [trials["mirrored"].model_copy(update={"video_id": f"v{i}"}) for i in range(90)]
    check = HeaderCheck(odd_data, many, SAMPLING)
    for trial in many:
        check.check(trial)
    (line,) = check.doubts
    assert line.startswith("mirrored in 90 videos (v0, v1, ") and len(line) < 250
