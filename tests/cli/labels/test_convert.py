from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.assessments.dose.summary import DoseScore
from lmms_eval_plugins.dataset.labels.label_file import LabelContext, inspect_labels, read_labels
from lmms_eval_plugins.dataset.manifest import read_manifest
from lmms_eval_plugins.domain.scheme import scheme_of
from lmms_eval_plugins.domain.sequences import edit_score
from lmms_eval_plugins.runs.run import is_run, read_run
from lmms_eval_plugins.runs.score import score_run
from tests.support.command import Call
from tests.support.label_tools import eaf, slots, tier
from tests.support.schemes import make_own_dataset
from tests.support.tiny_runs import STAMP, write_tiny_runs


@pytest.fixture
def dataset(mini_dataset: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(mini_dataset, tmp_path / "dataset"))


def test_bad_files_are_named_and_the_others_converted(call: Call, tmp_path: Path) -> None:
    good, bad = tmp_path / "in" / "good.eaf", tmp_path / "in" / "bad.eaf"
    good.parent.mkdir()
    link = '<MEDIA_DESCRIPTOR MEDIA_URL="file:///a/P1.mp4" MIME_TYPE="video/mp4"/>'
    good.write_text(eaf(tier("right", ("reach", 1, 2)), slots(0, 1000), link), encoding="utf-8")
    bad.write_text(eaf(tier("right", ("trasport", 1, 2)), slots(0, 1000)), encoding="utf-8")
    done = call("labels", "convert", good.parent, "-o", tmp_path / "out")
    assert done.status == 3
    assert done.out == f"{tmp_path / 'out'}: 1 video, 1 refused, 1 file\n"
    assert done.line.startswith(f"problem: {bad}: P1 shelf.mp4: 'trasport' on 'right' is no label of 'primitives'")
    assert read_labels(tmp_path / "out" / "P1.csv").timeline.labels == ("reach",)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("codes: {trasport: transport}\n", encoding="utf-8")
    done = call("labels", "convert", bad, "-o", tmp_path / "out", "--mapping", mapping)
    assert (done.status, done.err) == (0, "")


def test_nothing_to_convert(call: Call, tmp_path: Path) -> None:
    done = call("labels", "convert", tmp_path / "gone", "-o", tmp_path / "out")
    assert done.status == 2 and "no such file or folder" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["elan", "boris", "label-studio"])
def test_a_dataset_goes_out_and_comes_back(call: Call, dataset: Path, tmp_path: Path, form: str) -> None:
    out, back = tmp_path / "out", tmp_path / "back"
    assert call("labels", "convert", dataset, "-o", out, "--to", form).status == 0
    assert call("labels", "convert", out, "-o", back, "--data", dataset).status == 0
    for trial in read_manifest(dataset / "manifest.csv"):
        assert trial.labels
        assert read_labels(back / f"{trial.path.stem}.csv") == read_labels(trial.labels)


@pytest.mark.parametrize("form", ["csv", "elan", "boris", "label-studio"])
def test_a_runs_predictions_score_the_same_after_a_tool(call: Call, tmp_path: Path, form: str) -> None:
    run = write_tiny_runs(tmp_path / "runs") / "dose" / "tiny" / STAMP
    out, back = tmp_path / "out", tmp_path / "back"
    assert call("labels", "convert", run, "-o", out, "--to", form).status == 0
    assert call("labels", "convert", out, "-o", back).status == 0
    scores = _scores(run)
    assert len(scores) == 4
    for video, score in scores.items():
        truth = back / ("" if form == "label-studio" else "truth") / f"{video}.csv"
        labels = [read_labels(path).timeline.labels for path in (back / "prediction" / f"{video}.csv", truth)]
        assert edit_score(*labels) == pytest.approx(score)


def test_an_elan_file_goes_in_and_its_runs_prediction_comes_out(call: Call, dataset: Path, tmp_path: Path) -> None:
    trials = read_manifest(dataset / "manifest.csv")
    truth = {trial.path.stem: read_labels(trial.labels) for trial in trials if trial.labels}
    elan = tmp_path / "elan"
    assert call("labels", "convert", dataset, "-o", elan, "--to", "elan").status == 0
    for trial in trials:
        assert trial.labels
        trial.labels.unlink()
    done = call("index", dataset, "--labels", elan)
    assert done.status == 0 and f"{dataset / 'labels'}: 3 label files converted" in done.out
    indexed = {trial.path.stem: trial.labels for trial in read_manifest(dataset / "manifest.csv")}
    assert {name: read_labels(path) for name, path in indexed.items() if path} == truth

    runs = tmp_path / "runs"
    arguments = ("--model", "markov", "--task", "strokerehab_primitives_3", "--data", dataset, "--log_path", runs)
    assert call("run", *arguments).status == 0
    (run,) = [path.parent for path in runs.rglob("run.json") if is_run(path.parent)]
    out, back = tmp_path / "out", tmp_path / "back"
    assert call("labels", "convert", run, "-o", out, "--to", "elan", "--data", dataset).status == 0
    assert call("labels", "convert", out, "-o", back, "--data", dataset).status == 0
    scores = _scores(run)
    assert set(scores) == {trial.video_id for trial in trials}
    for trial in trials:
        predicted, true = (read_labels(back / rater / f"{trial.path.stem}.csv") for rater in ("prediction", "truth"))
        assert true == truth[trial.path.stem]
        assert edit_score(predicted.timeline.labels, true.timeline.labels) == pytest.approx(scores[trial.video_id])


def _scores(run: Path) -> dict[str, float]:
    score = score_run("run", read_run(run)).score
    assert isinstance(score, DoseScore)
    return {video.video_id: video.edit_score for video in score.videos}


def test_a_project_of_many_videos_is_indexed(call: Call, dataset: Path, tmp_path: Path) -> None:
    tasks = [
        {
            "data": {"video": f"/data/upload/1/0a1b2c3d-{trial.path.name}"},
            "annotations": [
                {
                    "result": [
                        {
                            "type": "timelinelabels",
                            "from_name": "arm",
                            "value": {"ranges": [{"start": 1, "end": trial.n_frames}], "timelinelabels": ["W"]},
                        }
                    ]
                }
            ],
        }
        for trial in read_manifest(dataset / "manifest.csv")
    ]
    project, mapping = tmp_path / "project.json", tmp_path / "mapping.yaml"
    project.write_text(json.dumps(tasks), encoding="utf-8")
    mapping.write_text("tiers: {arm: right}\ncodes: {W: reposition}\n", encoding="utf-8")
    done = call("index", dataset, "--labels", project, "--mapping", mapping)
    (warning,) = done.err.splitlines()
    assert done.status == 0 and "the video's name says left, the labels are read as the right hand's" in warning
    assert {trial.hand for trial in read_manifest(dataset / "manifest.csv")} == {"right"}


def test_a_run_of_other_labels_goes_out_and_comes_back_with_them(call: Call, tmp_path: Path) -> None:
    data = make_own_dataset(tmp_path / "own")
    runs, out, back = tmp_path / "runs", tmp_path / "out", tmp_path / "back"
    arguments = ("--model", "markov", "--task", "strokerehab_primitives_3", "--data", data, "--log_path", runs)
    assert call("run", *arguments).status == 0
    (run,) = [path.parent for path in runs.rglob("run.json") if is_run(path.parent)]
    assert call("labels", "convert", run, "-o", out, "--to", "elan").status == 0  # the run knows its labels
    names = scheme_of(data).names
    text = (out / "P01_feeding1_1.eaf").read_text(encoding="utf-8")
    assert all(f">{name}</CVE_VALUE>" in text for name in names) and ">idle<" not in text
    assert call("labels", "convert", out, "-o", back, "--data", data).status == 0
    for video, score in _scores(run).items():
        predicted, true = (
            inspect_labels(back / rater / f"{video}.csv", LabelContext(scheme=scheme_of(data))).labelled
            for rater in ("prediction", "truth")
        )
        assert predicted and true and set(predicted.timeline.labels) <= set(names)
        assert edit_score(predicted.timeline.labels, true.timeline.labels) == pytest.approx(score)


def test_a_name_in_the_mapping_file_that_is_mistyped_is_named(call: Call, tmp_path: Path) -> None:
    source, mapping = tmp_path / "P1.eaf", tmp_path / "mapping.yaml"
    source.write_text(eaf(tier("Right arm", ("reach", 1, 2)), slots(0, 1000)), encoding="utf-8")
    mapping.write_text("tiers: {Rigth arm: left, Left arm: left}\n", encoding="utf-8")
    done = call("labels", "convert", source, "-o", tmp_path / "out", "--mapping", mapping)
    text = "mapping file, tiers: 'Rigth arm' stands in none of the label files; did you mean 'Right arm'?"
    assert (done.status, done.line) == (0, f"warning: {text}")


def test_a_relative_folder_with_a_tools_files_becomes_a_manifest(
    call: Call, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_manifest(dataset / "manifest.csv")
    assert call("labels", "convert", dataset, "-o", tmp_path / "elan", "--to", "elan").status == 0
    for trial in before:
        assert trial.labels
        trial.labels.unlink()
    monkeypatch.chdir(tmp_path)
    assert call("index", "dataset", "--labels", "elan").status == 0
    for trial in read_manifest(dataset / "manifest.csv"):
        assert trial.labels and trial.labels.is_relative_to(dataset / "labels") and trial.labels.is_file()


def test_a_scheme_that_the_manifest_would_lose_is_refused(call: Call, tmp_path: Path) -> None:
    data = make_own_dataset(tmp_path / "own")
    done = call("index", data, "--out", tmp_path / "elsewhere" / "manifest.csv")
    assert done.status == 2 and f"{data / 'scheme.yaml'}: is read beside a dataset's manifest" in done.err
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(data / "scheme.yaml", tmp_path / "elsewhere")
    assert call("index", data, "--out", tmp_path / "elsewhere" / "manifest.csv").status == 0
