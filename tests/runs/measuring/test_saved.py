"""Runs measured by instruments that were saved elsewhere: what is refused, what is named, what is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.measuring.instrument_file import load_instrument, save_instrument
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.runs.measuring.frame import MeasuredFrames
from lmms_eval_plugins.runs.measuring.rows import lines_in
from lmms_eval_plugins.runs.measuring.saved import measured_by_file, save_fitted
from tests.support.command import Call
from tests.support.decoding import make_video
from tests.support.measured_runs import few_videos, write_dose_run

Video = AnsweredVideo[Timeline]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dose_run(tmp_path_factory.mktemp("taught"), few_videos(4, 2))


@pytest.fixture(scope="module")
def file(taught: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "instrument.json"
    line = save_fitted([str(taught)], path)
    assert line == f"{path}: measures by the labels of 4 patients: P0, P1, P2, P3"
    return path


def strangers(**changes: object) -> list[Video]:
    """Return two unlabelled videos of a patient whom nobody knows."""
    videos = [make_video("X", number, n_windows=30) for number in range(2)]
    return [replace(video, **{"truth": None, **changes}) for video in videos]  # type: ignore[arg-type]


def lines_of(measured: MeasuredFrames) -> set[str]:
    return {line for cell in measured.doses["unlike"] for line in lines_in(cell)}


def test_a_group_without_labels_is_measured(file: Path, tmp_path: Path) -> None:
    measured = measured_by_file([str(write_dose_run(tmp_path, strangers()))], file)
    assert measured.problems == () and lines_of(measured) == set()
    totals = measured.doses[measured.doses["primitive"] == "all"]
    assert len(totals) == 2 and (totals["n_others"] == 4).all() and totals["true"].isna().all()
    assert (totals["low_90"] <= totals["low_50"]).all() and (totals["count"] > 0).all()
    assert set(measured.sums["patient"]) == {"X"}


def test_whom_it_was_fitted_on_is_left_out_by_name_and_the_rest_is_measured(file: Path, tmp_path: Path) -> None:
    run = write_dose_run(tmp_path, [*few_videos(2, 1), *strangers()])
    measured = measured_by_file([str(run)], file)
    assert set(measured.doses["patient"]) == {"X"}
    (problem,) = measured.problems
    assert problem.startswith(f"{run}: {file} was fitted on the labels of P0, P1, who")


def test_another_model_and_another_checkpoint_are_named(file: Path, tmp_path: Path) -> None:
    run = write_dose_run(tmp_path, strangers(), "other", card={"args": {"pretrained": "org/other"}})
    assert "model: other; calibrated on tiny" in lines_of(measured_by_file([str(run)], file))
    saved = load_instrument(file)
    known = tmp_path / "known.json"
    save_instrument(replace(saved, model="Renamed", settings={"pretrained": "org/other", "crop": "True"}), known, "")
    assert lines_of(measured_by_file([str(run)], known)) == set()
    save_instrument(replace(saved, settings={"pretrained": "org/first"}), known, "")
    lines = lines_of(measured_by_file([str(run)], known))
    assert "setting pretrained: org/other; calibrated on org/first" in lines


def test_an_activity_that_it_has_never_seen_is_named(file: Path, tmp_path: Path) -> None:
    run = write_dose_run(tmp_path, strangers(activity="combing"))
    (line,) = lines_of(measured_by_file([str(run)], file))
    assert line.startswith("activity combing: never seen in calibration")


def longer(video: Video) -> Video:
    windows = tuple(WindowAnswers(2 * own.start_s, 2 * own.end_s, own.answers) for own in video.windows)
    return replace(video, windows=windows)


def test_other_windows_are_refused(file: Path, tmp_path: Path) -> None:
    run = write_dose_run(tmp_path, [longer(video) for video in strangers()])
    measured = measured_by_file([str(run)], file)
    assert measured.doses.empty
    (problem,) = measured.problems
    assert problem.startswith(f"{run}: the decoder was fitted on windows of")


def test_a_decoder_that_decode_saves_measures_too_unless_patients_are_few(
    call: Call, taught: Path, file: Path, tmp_path: Path
) -> None:
    run = write_dose_run(tmp_path, strangers())
    decoder, few = tmp_path / "decoder.json", tmp_path / "few.json"
    assert call("decode", taught, "--save", decoder, "--out", tmp_path / "out").status == 0
    by_decoder, by_instrument = (measured_by_file([str(run)], one).doses for one in (decoder, file))
    assert by_decoder["count"].tolist() == by_instrument["count"].tolist()
    assert set(by_decoder["n_others"]) == {4}
    two = write_dose_run(tmp_path, few_videos(2, 1), "two")
    assert call("decode", two, "--save", few, "--out", tmp_path / "out").status == 0
    with pytest.raises(UserError, match=r"few\.json: a decoder without calibration"):
        load_instrument(few)


def test_what_cannot_be_saved_is_said_by_name(taught: Path, tmp_path: Path) -> None:
    few = write_dose_run(tmp_path, few_videos(2, 1), "few")
    with pytest.raises(
        UserError, match=r"--save out.json: .*few.*labels of 2 patients: measuring learns from at least 3"
    ):
        save_fitted([str(few)], Path("out.json"))
    with pytest.raises(UserError, match=r"--save out.json: one run of a dose task is saved from"):
        save_fitted([str(few), str(taught)], Path("out.json"))
