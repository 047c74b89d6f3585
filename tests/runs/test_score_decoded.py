"""Decoded runs: scored, put together, written, and refused where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.cli.app import app
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.runs.data_frames.decoders import SEEDS, decoded_run, decoding_of
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.runs.decode import decode_runs
from lmms_eval_plugins.runs.run import read_run
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.score_decoded import answered_activities, score_decoded
from lmms_eval_plugins.runs.scored import scores_of
from tests.support.tiny_runs import write_odd_run, write_tiny_runs

MIXED = "the decoder's clock is made for windows of"

MBR = Decoding()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_tiny_runs(tmp_path / "runs")


@pytest.fixture
def dose(runs: Path) -> str:
    return str(next((runs / "dose").rglob("run.json")).parent)


def test_the_same_keys_and_the_control_beside_it(runs: Path, dose: str) -> None:
    report = score_decoded([str(runs)], MBR)
    assert [row.control for row in report.rows] == [False, True]  # of the dose run only
    assert report.to_json().keys() == {dose}
    assert report.to_json()[dose].keys() == score_paths([dose]).to_json()[dose].keys()
    assert all(any(LABEL in note for note in row.notes) and row.learned for row in report.rows)
    assert report == score_decoded([str(runs)], MBR)


def test_controls_of_the_same_windows_are_one_row(tmp_path: Path) -> None:
    for model in ("a", "b"):
        write_tiny_runs(tmp_path, model=model)
    report = score_decoded([str(tmp_path / "dose")], MBR)
    assert [row.model for row in report.rows] == ["a", "b", "blind control"]


def test_a_decoder_over_windows_of_several_lengths_says_so_once(dose: str) -> None:
    assert not any(MIXED in note for note in decode_runs([dose], MBR).notes)
    run = Path(dose)
    text = json.loads((run / "run.json").read_text())
    text["videos"][0]["windows"] = [[start * 0.64, end * 0.64] for start, end in text["videos"][0]["windows"]]
    (run / "run.json").write_text(json.dumps(text))
    lines = [json.loads(line) for line in (run / "answers.jsonl").read_text().splitlines()]
    for line in lines:
        if line["video_id"] == text["videos"][0]["video_id"]:
            line["start_s"] *= 0.64
    (run / "answers.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    wrote = decode_runs([dose], MBR)
    (note,) = [note for note in wrote.notes if MIXED in note]
    assert "0.640 s in 1 of 4 videos" in note
    assert note in json.loads(wrote.files[0].read_text())["note"]
    for row in score_decoded([dose], MBR).rows:
        assert row.notes.count(note) == 1 and row.mixed_windows == (note,)


def test_score_as_typed(runs: Path, dose: str) -> None:
    printed = CliRunner().invoke(app, ["score", dose, "--decoder", "mbr", "--seed", "3"])
    assert printed.exit_code == 0, printed.output
    assert "blind control" in printed.stdout and "others' labels" in printed.stdout
    assert "uses other patients' labels, so it is not zero-shot" in " ".join(printed.stdout.split())
    as_json = CliRunner().invoke(app, ["score", dose, "--decoder", "blind", "--json"])
    control = score_decoded([dose], MBR).rows[1].to_json()
    assert json.loads(as_json.stdout) == {dose: control}


def test_what_cannot_be_decoded_is_named(tmp_path: Path, runs: Path) -> None:
    alone = write_odd_run(tmp_path / "odd")
    (error,) = score_decoded([str(alone)], MBR).errors
    assert error.startswith(str(alone)) and "nobody else's labels to decode X by" in error
    identification = str(runs / "identification")
    assert score_decoded([identification], MBR).errors == (f"{identification}: no run of a dose task to decode",)
    with pytest.raises(UserError, match="no decoder is named 'mbrr'; did you mean 'mbr'"):
        decoding_of("mbrr")
    assert decoding_of("rule") is None


def test_several_models_together(tmp_path: Path) -> None:
    for model in ("a", "b"):
        write_tiny_runs(tmp_path, model=model)
    report = score_decoded([str(tmp_path / "dose")], MBR, as_one=True)
    assert [row.model for row in report.rows] == ["a + b", "blind control"]
    assert report.rows[1].score.metrics == score_decoded([str(tmp_path / "dose/a")], MBR).rows[1].score.metrics


def test_a_control_is_the_mean_of_many_seeds_and_says_so(dose: str) -> None:
    decoded, control = score_decoded([dose], Decoding(seed=5)).rows
    assert f"mean scores over {SEEDS} seeds; counts and timelines are those of the first" in control.notes
    assert not any("seeds" in note for note in decoded.notes)
    (source,) = dose_sources([dose], [], split_runs=False, reading=None).values()
    singly = [decoded_run(source, Decoding(seed=seed, blind=True)) for seed in range(5, 5 + SEEDS)]
    scores = [DOSE.score(one.method, [video.answered for video in one.videos]) for one in singly]
    for metric in ("edit_score", "action_error_rate", "relative_counting_error", "mae_avg"):
        means = [score.metrics[metric][0] for score in scores]
        assert len(set(means)) > 1
        assert control.score.metrics[metric][0] == pytest.approx(np.mean(np.array(means, dtype=float)))
    (_, averaged) = scores_of([control], DOSE)[0]
    assert [video.count_predicted for video in averaged.videos] == [video.count_predicted for video in scores[0].videos]


def test_a_control_that_knows_what_a_model_saw_is_not_called_blind(runs: Path, dose: str) -> None:
    by_activity = Decoding(by_activity=True)
    activities = answered_activities([str(runs)])
    (_, pooled), (_, true), (_, seeing) = (
        score_decoded([dose], decoding, activities=own).rows
        for decoding, own in ((MBR, activities), (by_activity, None), (by_activity, activities))
    )
    assert [row.model for row in (pooled, true, seeing)] == [
        "blind control",
        "blind control, by activity",
        "control with answered activities",
    ]
    assert [sum("it is not blind" in note for note in row.notes) for row in (pooled, true, seeing)] == [0, 0, 1]
    typed = ["score", dose, "--decoder", "mbr_activity", "--activities", str(runs / "identification")]
    printed = CliRunner().invoke(app, typed)
    words = " ".join(printed.stdout.split())
    assert "control with answered activities" in words and "it is not blind" in words


def test_a_decoded_file_says_whether_it_is_blind(runs: Path, dose: str, tmp_path: Path) -> None:
    activities = answered_activities([str(runs)])
    control = Decoding(by_activity=True, blind=True)
    (blind,) = decode_runs([dose], control, out=tmp_path).files
    (seeing,) = decode_runs([dose], control, out=tmp_path, activities=activities).files
    assert blind.name.endswith("decoded_mbr_activity_blind.json") and "control" in seeing.name
    notes = [json.loads(file.read_text()) for file in (blind, seeing)]
    assert [one["blind"] for one in notes] == [True, False]
    assert ["it is not blind" in one["note"] for one in notes] == [False, True]


def test_activities_answered_in_an_identification_run(runs: Path) -> None:
    activities = answered_activities([str(runs)])
    assert activities == {"DC01_feeding1_1": "feeding", "DS01_shelf1_1": "shelf", "DS02_combing1_1": "feeding"}
    assert score_decoded([str(runs)], Decoding(by_activity=True), activities=activities).rows
    with pytest.raises(UserError, match="no answers to an identification task"):
        answered_activities([str(runs / "dose")])
    assert answered_activities([]) is None


def test_timelines_are_written_beside_the_run(dose: str) -> None:
    (file,) = decode_runs([dose], MBR).files
    assert file == Path(dose) / "decoded_mbr.json"
    content = json.loads(file.read_text())
    assert LABEL in content["note"]
    (_, score), _ = scores_of(score_decoded([dose], MBR).rows, DOSE)
    for video in score.videos:
        timeline = Timeline.from_text(content["timelines"][video.video_id])
        assert timeline.end_s == pytest.approx(6)
        assert sum(video.count_predicted.values()) == len(timeline.merged().segments)


def test_a_decoder_fitted_elsewhere(dose: str, tmp_path: Path) -> None:
    other = write_tiny_runs(tmp_path / "other")
    file = next((other / "dose").rglob("run.json"))
    renamed = file.read_text().replace('"patient": "D', '"patient": "E')
    file.write_text(renamed)
    decoder = tmp_path / "decoder.json"
    typed = ["decode", str(other), "--out", str(tmp_path / "out"), "--save", str(decoder), "--method", "viterbi"]
    result = CliRunner().invoke(app, typed)
    assert result.exit_code == 0, result.output
    assert result.stdout.split()[-1] == str(decoder)
    by_file = decode_runs([dose], Decoding("viterbi"), fit=str(decoder)).files[0].read_text()
    by_runs = decode_runs([dose], Decoding("viterbi"), fit=f"other={other}").files[0].read_text()
    assert json.loads(by_file)["timelines"] == json.loads(by_runs)["timelines"]
    with pytest.raises(UserError, match=r"fitted on the labels of EC01, ES01.*decoded by their own labels"):
        decode_runs([str(other)], MBR, fit=str(decoder))
    content = json.loads(decoder.read_text())
    (tmp_path / "longer.json").write_text(json.dumps(content | {"window_s": 2.0}))
    with pytest.raises(UserError, match=r"fitted on windows of 2\.000 s, here it is 1\.000 s"):
        decode_runs([dose], MBR, fit=str(tmp_path / "longer.json"))
    with pytest.raises(UserError, match="is a fitted decoder already"):
        decode_runs([dose], MBR, fit=str(decoder), save=tmp_path / "again.json")


def test_odd_ways_to_decode_are_refused(runs: Path, dose: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no run of a dose task to decode"):
        decode_runs([str(runs / "identification")], MBR)
    with pytest.raises(UserError, match="no run of a dose task to learn from"):
        decode_runs([dose], MBR, fit=f"other={runs / 'identification'}")
    with pytest.raises(UserError, match="--together learns from the runs' own other patients"):
        decode_runs([dose], MBR, fit=f"other={dose}", as_one=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="choose a folder with --out"):
        decode_runs([dose], MBR, out=tmp_path / "file")
    result = CliRunner().invoke(app, ["decode", dose, "--method", "rule"])
    assert "name a decoder" in str(result.exception)


def test_log_odds_come_from_recorded_probabilities(dose: str) -> None:
    run = read_run(Path(dose))
    place = ("DC01_feeding1_1", 0, "motion")
    run.logprobs[place] = {"Yes": -0.1, "No": -2.4}
    run.logprobs["DC01_feeding1_1", 1, "motion"] = {"yes": float("-inf"), "no": -0.1}
    video = next(video for video in run.file.videos if video.video_id == "DC01_feeding1_1")
    windows = run.answered(video, "default").windows
    assert windows[0].log_odds == {"motion": pytest.approx(2.3)}
    assert windows[1].log_odds == {}
