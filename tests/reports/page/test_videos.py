from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.core.places import DEMO_RECORD
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, write_labels
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest, write_manifest
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.page.answers import answered_parts
from lmms_eval_plugins.reports.page.data.video import FrameStrips, VideoData
from lmms_eval_plugins.reports.page.filmed import DatasetVideo, filmed_videos
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.reports.page.videos import gather_videos, video_data
from tests.conftest import make_dataset
from tests.support.tiny_runs import STAMP, TRUTH, add_raters, write_tiny_runs

SCHEMES = (primitives_scheme(),)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for model in ("tiny", "other"):
        write_tiny_runs(folder, model=model)
    for run in dose_runs(folder):
        values = json.loads((run / "run.json").read_text())
        asked = [question | {"truth": question["id"]} for question in values["questions"]]
        (run / "run.json").write_text(json.dumps(values | {"questions": asked}))
    return folder


def gathered(paths: list[Path], problems: list[str]) -> Callable[..., VideoData]:
    runs = ReportRuns(paths)
    spool = gather_videos(runs, io.BytesIO(), problems)

    def of(video_id: str, filmed: DatasetVideo | None = None, strips: tuple[FrameStrips, ...] = ()) -> VideoData:
        place = runs.places[video_id]
        return video_data(place, spool.parts(place), filmed, runs.schemes, strips, problems)

    return of


def dose_runs(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/*/*/run.json") if "motion" in path.read_text())


def test_runs_about_the_same_windows_share_them(folder: Path) -> None:
    paths = dose_runs(folder)
    runs = ReportRuns(paths)
    first = str(runs.videos[0].video_id)
    data = gathered(paths, [])(first)
    assert len(paths) == 2 and len(data.grids) == 1
    assert data.grids[0].starts == tuple(range(0, 6000, 1000)) and data.grids[0].ends[-1] == 6000
    assert [(one.run, one.question, one.grid) for one in data.asked] == [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)]
    assert set(data.texts) <= {"yes", "no", "perhaps"} and len(set(data.texts)) == len(data.texts)


def test_answers_are_those_of_the_table(folder: Path) -> None:
    paths = dose_runs(folder)
    (run, _) = ReportRuns(paths).each()
    of = gathered(paths, [])
    n_unreadable = 0
    for video_id, rows in run.answers.groupby("video_id"):
        data = of(str(video_id))
        for place, question in enumerate(run.asked):
            (asked,) = (one for one in data.asked if (one.run, one.question) == (0, place))
            table = rows[rows["question"] == question].sort_values("window")
            assert [data.texts[place] for place in asked.texts] == table["text"].to_list()
            assert asked.rights == "".join(str(int(right)) for right in table["right"])
            assert asked.truths is not None
            assert [data.texts[place] for place in asked.truths] == table["truth"].to_list()
            n_unreadable += asked.states.count("u")
            assert [state == "unreadable" for state in table["state"]] == [state == "u" for state in asked.states]
    assert n_unreadable == 1


def test_timelines_are_truth_then_the_runs(folder: Path) -> None:
    paths = dose_runs(folder)
    runs = ReportRuns(paths)
    data = gathered(paths, [])(runs.videos[0].video_id)
    names = runs.names
    kinds = [(line.kind, line.name, line.run) for line in data.timelines]
    assert kinds == [("truth", "truth", None), ("rule", names[0], 0), ("rule", names[1], 1)]
    truth = data.timelines[0]
    true = Timeline.from_text(TRUTH)
    assert [SCHEMES[0].names[place] for place in truth.labels] == list(true.labels)
    assert truth.starts == tuple(round(1000 * segment.start_s) for segment in true.segments)


def test_decoded_timelines_lie_beside_the_answers(folder: Path, tmp_path: Path) -> None:
    path = shutil.copytree(dose_runs(folder)[0], tmp_path / "task" / "tiny" / STAMP)
    video = ReportRuns([path]).videos[0].video_id
    (path / "decoded_mbr.json").write_text(json.dumps({"timelines": {video: TRUTH, "another": TRUTH}}))
    problems: list[str] = []
    decoded = gathered([path], problems)(video).timelines[-1]
    assert (decoded.kind, decoded.run, problems) == ("decoded", 0, [])
    assert decoded.name.endswith(", decoded mbr") and len(decoded.starts) == 5
    (path / "decoded_mbr.json").write_text("{}")
    assert {line.kind for line in gathered([path], problems)(video).timelines} == {"truth", "rule"}
    assert len(problems) == 1 and "decode again" in problems[0]


def test_probabilities_are_thousandths(folder: Path, tmp_path: Path) -> None:
    path = shutil.copytree(dose_runs(folder)[0], tmp_path / "task" / "tiny" / STAMP)
    lines = [json.loads(line) for line in (path / "answers.jsonl").read_text().splitlines()]
    for line in lines[::2]:
        line["choice_logprobs"] = {"yes": -0.1, "no": -3.0} if line["window"] else None
    (path / "answers.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    runs = ReportRuns([path])
    (asked, *_) = (one for one in gathered([path], [])(runs.videos[0].video_id).asked if one.probabilities)
    assert asked.choices == ("yes", "no") and asked.probabilities is not None
    assert set(asked.probabilities) <= {None, (948, 52)} and None in asked.probabilities


def test_a_window_that_was_not_asked_about_is_blank(folder: Path) -> None:
    run = ReportRuns(dose_runs(folder)[:1]).read(0)
    rows = run.answers
    kept = rows[~((rows["window"] == 2) | ((rows["window"] == 4) & (rows["question"] == run.asked[1])))]
    object.__setattr__(run, "answers", kept)
    part = answered_parts(run)[str(kept["video_id"].iloc[0])]
    assert [one.states[2] + one.states[4] for one in part.asked] == [" a", "  "]
    assert part.grid.starts[1:4] == (1000, 2000, 3000) and part.grid.ends[2] == 2000
    assert part.asked[1].texts[4] == -1 and (part.asked[1].rights or "")[4] == " "


def test_pictures_have_the_windows_of_their_run(folder: Path) -> None:
    paths = dose_runs(folder)
    video = ReportRuns(paths).videos[0].video_id
    strip = FrameStrips(grid=7, runs=(1,), pattern="frames/{window}.jpg", counts=(8,), width=9, height=9)
    of_no_run = FrameStrips(grid=0, runs=(5,), pattern="", counts=(), width=9, height=9)
    assert [one.grid for one in gathered(paths, [])(video, None, (strip, of_no_run)).strips] == [0]


def test_raters_and_the_other_hand(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    trial, *others = read_manifest(data / MANIFEST_NAME)
    further = data / "MB" / f"{trial.video_id}.csv"
    further.parent.mkdir()
    line = Timeline.from_marks([("idle", 1.0), ("reach", 2.0)], end_s=3.0)
    write_labels(further, LabelledHand("right", line), LabelledHand("left", line))
    changed = trial.model_copy(update={"other_labels": (further,), "offset_s": 1.0})
    write_manifest(data / MANIFEST_NAME, [changed, *others])
    (data / DEMO_RECORD).write_text("{}")
    filmed = filmed_videos([data, data / "gone"])
    assert filmed.by_id[trial.video_id].painted and len(filmed.problems) == 1 and "gone" in filmed.problems[0]
    problems: list[str] = []
    known = video_data(0, (), filmed.by_id[trial.video_id], SCHEMES, (), problems)
    raters = [(one.kind, one.name, one.hand, one.starts) for one in known.timelines if one.kind == "rater"]
    assert raters == [("rater", "MB", "right", (0, 1000)), ("rater", "MB", "left", (0, 1000))]
    assert [(one.kind, one.hand) for one in known.timelines if one.kind == "truth"] == [("truth", "right")]
    assert known.fps == trial.fps and not problems
    further.write_text("Time_s,MarkerNames\n0.0,nonsense\n")
    video_data(0, (), filmed.by_id[trial.video_id], SCHEMES, (), problems)
    assert len(problems) == 1 and str(further) in problems[0]


def test_raters_that_a_run_recorded_stand_once_and_do_without_the_dataset(tmp_path: Path) -> None:
    for model in ("a", "b"):
        write_tiny_runs(tmp_path, model=model)
    for run in dose_runs(tmp_path):
        add_raters(run, {"anna": {"DC01_feeding1_1": TRUTH}, "rater 3": {"DC01_feeding1_1": TRUTH}})
    of = gathered(dose_runs(tmp_path), [])
    raters = [(one.name, one.hand, one.run, len(one.labels)) for one in of("DC01_feeding1_1").timelines[1:3]]
    assert raters == [("anna", "left", None, 5), ("3", "left", None, 5)]
    assert [one.kind for one in of("DS01_feeding1_1").timelines] == ["truth", "rule", "rule"]
    data = make_dataset(tmp_path / "data")
    (data / "labels" / "anna").mkdir(parents=True)
    for name in ("DC01_feeding1_1", "P01_feeding1_1"):
        (data / "labels" / "anna" / f"{name}.csv").write_text("Time_s,MarkerNames\n0.0,l_reach\n1.0,l_idle\n2.0,\n")
    trial, *others = read_manifest(data / MANIFEST_NAME)
    renamed = trial.model_copy(update={"video_id": "DC01_feeding1_1"})
    write_manifest(data / MANIFEST_NAME, [renamed, *others])
    filmed = filmed_videos([data]).by_id["DC01_feeding1_1"]
    known = of("DC01_feeding1_1", filmed).timelines
    assert [(one.name, one.hand) for one in known if one.kind == "rater"] == [("anna", "left"), ("3", "left")]
    (folder,) = [one for one in video_data(0, (), filmed, SCHEMES, (), []).timelines if one.kind == "rater"]
    assert (folder.name, folder.hand, folder.starts) == ("anna", "left", (0, 1000))
