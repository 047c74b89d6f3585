"""What probes tell of a run with made-up hidden states, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.probing.targets import UNKNOWN
from lmms_eval_plugins.runs.data_frames.sources import source_of_run
from lmms_eval_plugins.runs.hidden.hidden_file import HiddenLog, HiddenState, hidden_windows
from lmms_eval_plugins.runs.probing.cases import probe_cases
from lmms_eval_plugins.runs.probing.frame import probed_frames
from lmms_eval_plugins.runs.run import read_run
from tests.support.measured_runs import few_videos, write_dose_run
from tests.support.probed_runs import PLACES, WIDTH, write_probed_run, write_states


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_probed_run(tmp_path_factory.mktemp("run"), patients=5)


@pytest.fixture(scope="module")
def probes(run: Path) -> pd.DataFrame:
    return probed_frames(str(run))["probes"]


def row(probes: pd.DataFrame, target: str, way: str) -> pd.Series[Any]:
    found: pd.Series[Any]
    (found,) = [one for _, one in probes[(probes["target"] == target) & (probes["way"] == way)].iterrows()]
    return found


def test_more_is_seen_than_said_where_states_tell_more(probes: pd.DataFrame) -> None:
    for target in ("motion", "grasp"):
        found = row(probes, target, "chosen")
        assert found["auc"] > 0.85 > 0.8 > found["said_auc"] > 0.55
        assert found["difference"] == pytest.approx(found["auc"] - found["said_auc"])
        assert found["difference_low"] > 0 and found["auc_low"] < found["auc"] < found["auc_high"]
        assert found["balanced"] > found["said_balanced"]
        assert (found["layer"], found["n_chosen"], found["n_patients"]) == (2, 5, 5) or found["n_chosen"] < 5
        assert abs(row(probes, target, "shuffled")["auc"] - 0.5) < 0.12


def test_what_was_not_asked_is_seen_alone(probes: pd.DataFrame) -> None:
    found = row(probes, "primitive", "chosen")
    assert found["n_classes"] == 5 and found["auc"] > 0.85 and np.isnan(found["said_auc"])
    assert abs(row(probes, "activity", "chosen")["auc"] - 0.5) < 0.2


def test_every_layer_and_place_has_a_row_and_the_first_layer_tells_nothing(probes: pd.DataFrame) -> None:
    layers = probes[(probes["way"] == "layer") & (probes["target"] == "motion")]
    assert list(zip(layers["layer"], layers["place"], strict=True)) == [
        (layer, place or "frames") for layer in (1, 2) for place in PLACES
    ]
    assert (layers["auc"][layers["layer"] == 1] < 0.65).all() and (layers["auc"][layers["layer"] == 2] > 0.8).all()


def test_one_layer_may_be_probed_alone(run: Path) -> None:
    found = probed_frames(str(run), [1])["probes"]
    assert set(found["layer"].dropna()) == {1}
    with pytest.raises(UserError, match="layer 3 was not recorded; there are 1, 2"):
        probed_frames(str(run), [3])


def test_probed_tables_are_kept_until_the_states_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_probed_run(tmp_path, patients=3, each=1)
    first = probed_frames(str(run))["probes"]
    with monkeypatch.context() as patched:
        patched.setattr("lmms_eval_plugins.runs.probing.frame.probe_rows", None)
        pd.testing.assert_frame_equal(probed_frames(str(run))["probes"], first)
    write_states(run, few_videos(3, 1, 20, 0.7), strength=0)  # newer states of the same windows count
    assert probed_frames(str(run))["probes"]["auc"].iloc[0] < first["auc"].iloc[0]


def test_windows_without_labels_or_all_states_are_not_evaluated(tmp_path: Path) -> None:
    videos = few_videos(3, 1, 20)
    run = write_dose_run(tmp_path, videos)
    write_states(run, videos, layers=[1])
    write_states(run, videos[:2], layers=[2])
    file = json.loads((run / "run.json").read_text())
    file["videos"][0]["truth"] = "idle@2.000;reach@4.000;idle@6.000"
    (run / "run.json").write_text(json.dumps(file))
    cases = probe_cases(source_of_run(read_run(run), "default"), run)
    assert len(cases.windows) == 40 and cases.n_left_out == 20
    (motion,) = [target for target in cases.targets if target.name == "motion"]
    assert (motion.labels[:20] == UNKNOWN).sum() == 13  # the middles of seven windows are in 2 to 6 s
    alone = probe_cases(source_of_run(read_run(run), "default"), run, [1])
    assert len(alone.windows) == 60 and not alone.n_left_out


def test_numbers_too_large_for_half_precision_are_its_largest(tmp_path: Path) -> None:
    videos = few_videos(3, 1, 4)
    run = write_dose_run(tmp_path, videos)
    with HiddenLog(run) as log:
        values = np.array([np.inf, -np.inf, 1], np.float16)
        log.append([HiddenState("k", video.video_id, at, "", 1, values) for video in videos for at in range(4)])
    states = probe_cases(source_of_run(read_run(run), "default"), run).states(1, "")
    assert states.shape == (12, 3) and (states == [[65504, -65504, 1]]).all()


def test_what_cannot_be_probed_is_one_line(tmp_path: Path) -> None:
    videos = few_videos(3, 1, 20)
    run = write_dose_run(tmp_path, videos)

    def refused(match: str) -> None:
        with pytest.raises(UserError, match=match) as caught:
            probed_frames(str(run))
        assert str(caught.value).startswith(str(run)) and "\n" not in str(caught.value)

    refused("has no hidden states; record them with --model_args record=hidden")
    write_states(run, videos[:1])
    refused("needs 3 patients with labels, there are 1")
    write_states(run, videos)
    write_states(run, videos, width=WIDTH + 1)
    refused("hidden states of 8 and 9 numbers, which are of different models")
    with pytest.raises(UserError, match="a published log has no hidden states"):
        probed_frames(str(tmp_path / "log.jsonl"))


def test_no_labels_are_one_line(tmp_path: Path) -> None:
    videos = few_videos(3, 1, 20)
    run = write_states(write_dose_run(tmp_path, videos), videos)
    file = json.loads((run / "run.json").read_text())
    for video in file["videos"]:
        video["truth"] = ""
    (run / "run.json").write_text(json.dumps(file))
    with pytest.raises(UserError, match="nothing is known of its windows that a probe could be taught: no labels"):
        probed_frames(str(run))


def test_states_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    videos = few_videos(3, 1, 20)
    run = write_dose_run(tmp_path, videos)
    with HiddenLog(run) as log:
        states = [np.array([np.nan, 1], np.float16)] * 20
        log.append([HiddenState("k", videos[0].video_id, at, "", 1, state) for at, state in enumerate(states)])
    assert hidden_windows(run) == {(1, ""): {(videos[0].video_id, at) for at in range(20)}}
    cases = probe_cases(source_of_run(read_run(run), "default"), run)
    with pytest.raises(UserError, match="hidden states of layer 1 are not numbers"):
        cases.states(1, "")
