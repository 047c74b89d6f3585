"""Imports of checkouts that are damaged or hostile: each bad thing is one line, and nothing is written elsewhere."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.label_file import read_labels
from lmms_eval_plugins.dataset.manifest import (
    FMA_MANIFEST_NAME,
    FMA_SCORES_NAME,
    read_fma_manifest,
    read_item_scores,
    read_manifest,
)
from lmms_eval_plugins.study.checkout import ImportReport, import_checkout
from tests.support.small_checkout import log_line, write_small_checkout

TRIALS = "up/data/fp/fp_metadata.csv"
CLIPS = "up/data/ia/ia_video_metadata2.csv"
LOG = "up/logs/m/1_samples_strokerehab_primitives_3.jsonl"


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    return write_small_checkout(tmp_path)


def run(made_up: Path, **options: Any) -> ImportReport:
    return import_checkout(made_up / "up", made_up / "out", selections=made_up / "selections.yaml", **options)


def files_outside(made_up: Path) -> dict[str, bytes]:
    """Return the content of every file outside the target."""
    out = made_up / "out"
    return {
        str(path): path.read_bytes()
        for path in made_up.parent.rglob("*")
        if path.is_file() and out not in (path, *path.parents)
    }


def replace(made_up: Path, table: str, old: str, new: str) -> None:
    text = (made_up / table).read_text(encoding="utf-8")
    assert old in text
    (made_up / table).write_text(text.replace(old, new), encoding="utf-8")


UNSAFE = {
    "../../escaped": "holds '/'",
    "/tmp/escaped": "holds '/'",
    "..": "only dots",
    "C:escaped": "drive letter",
    "..\\escaped": "holds '\\\\'",
    "S1\0": "U+0000",
    "S1\x1b[2J": "U+001B",
    '"S1\nS2"': "U+000A",
    "nul": "device on Windows",
    "x" * 250: "is 250 bytes long",
}


@pytest.mark.parametrize(("patient", "problem"), UNSAFE.items(), ids=ascii)
def test_a_patient_that_is_no_name_is_left_out(made_up: Path, patient: str, problem: str) -> None:
    replace(made_up, TRIALS, ".csv,S1,deodrant", f".csv,{patient},deodrant")
    before = files_outside(made_up)
    report = run(made_up)
    (line,) = report.problems
    assert re.search(r"fp_metadata\.csv, line [23], patient: ", line) and problem in line and line.isprintable()
    assert [trial.video_id for trial in read_manifest(report.manifest)] == ["S1_RTT left side0_2", "C1_feeding1_1"]
    assert files_outside(made_up) == before


@pytest.mark.parametrize(("patient", "problem"), UNSAFE.items(), ids=ascii)
def test_a_clip_of_a_patient_that_is_no_name_is_left_out(made_up: Path, patient: str, problem: str) -> None:
    replace(made_up, CLIPS, "S1/b.mp4,S1,", f"S1/b.mp4,{patient},")
    report = run(made_up)
    (line,) = report.problems
    assert re.search(r"ia_video_metadata2\.csv, line [34], patient: ", line) and problem in line
    assert [clip.video_id for clip in read_fma_manifest(made_up / "out" / FMA_MANIFEST_NAME)] == ["a"]


@pytest.mark.parametrize(
    ("prefix", "problem"),
    [
        ("../../S1", "holds '/'"),
        ("/tmp/S1", "holds '/'"),
        ("C:\\S1", "holds '\\\\'"),
        ("C:S1", "drive letter"),
        ("S1\0", "U+0000"),
        ("x" * 250, "bytes long"),
    ],
    ids=ascii,
)
def test_an_id_that_is_no_name_is_left_out_also_where_the_log_has_it(made_up: Path, prefix: str, problem: str) -> None:
    video_id = f"{prefix}_deodrant1_1"
    replace(made_up, TRIALS, "S1_deodrant1_1,S1/", f"{video_id},S1/")
    (made_up / LOG).write_text(log_line(video_id) + "\n")
    before = files_outside(made_up)
    report = run(made_up)
    in_table, in_log = report.problems
    assert "fp_metadata.csv, line 2, video_id: " in in_table and problem in in_table
    assert f"{LOG}, line 1, doc.id: " in in_log and problem in in_log
    assert (report.n_trials, report.n_labels_recovered) == (2, 0)
    assert files_outside(made_up) == before and not (made_up / "out" / "labels").exists()


@pytest.mark.parametrize(
    "path", ["../../a.avi", "/etc/a.avi", "C:/a.avi", "S1\\a.avi", "", "S1/../../a.avi", "S1/\0.avi"]
)
def test_a_path_in_a_table_that_leads_out_of_its_folder_is_left_out(made_up: Path, path: str) -> None:
    replace(made_up, TRIALS, "S1/S1_deodrant1_1.avi", path)
    replace(made_up, CLIPS, "S1/b.mp4", path.replace("avi", "mp4"))
    (made_up / "videos").mkdir()
    report = run(made_up, videos=made_up / "videos", clips=made_up / "videos")
    assert [re.sub(r".*/", "", line.split(": ")[0]) for line in report.problems] == [
        "fp_metadata.csv, line 2, path_v",
        "ia_video_metadata2.csv, line 3, path_v",
    ]
    assert (report.n_trials, report.n_all_clips) == (2, 1)


def test_a_label_path_that_leads_out_of_its_folder_is_not_read(made_up: Path) -> None:
    (made_up / "outside.csv").write_text("Time_s,MarkerNames\n0,l_idle\n1,\n")
    (made_up / "videos").mkdir()
    replace(made_up, TRIALS, "S1/S1_deodrant1_1.csv", "../outside.csv")
    report = run(made_up, videos=made_up / "videos")
    assert "line 2, path_l: '..' in '../outside.csv' is only dots" in report.problems[0]
    assert (report.n_labels_found, report.n_trials) == (0, 2)


@pytest.mark.parametrize("linked", ["labels", "labels/S1", "labels/S1/S1_deodrant1_1.csv"])
def test_labels_are_not_written_through_a_link(made_up: Path, linked: str) -> None:
    elsewhere = made_up / "elsewhere"
    link = made_up / "out" / linked
    link.parent.mkdir(parents=True)
    if link.suffix:
        elsewhere.write_text("keep")
    else:
        elsewhere.mkdir()
    link.symlink_to(elsewhere)
    before = files_outside(made_up)
    report = run(made_up)
    (problem,) = report.problems
    assert problem.startswith("S1_deodrant1_1: the labels in its log cannot be written") and "leads outside" in problem
    assert (report.n_trials, report.n_labels_recovered) == (3, 0)
    assert files_outside(made_up) == before


def test_a_file_where_a_folder_of_labels_should_be(made_up: Path) -> None:
    (made_up / "out" / "labels").mkdir(parents=True)
    (made_up / "out" / "labels" / "S1").write_text("in the way")
    report = run(made_up)
    assert "S1_deodrant1_1: the labels in its log cannot be written" in report.problems[0]
    assert report.n_trials == 3


ROW = json.loads(log_line("C1_feeding1_1"))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"\xff\xfe{", "line 1: not UTF-8 text"),
        (b'{"doc": {"id": "C1_feeding1_1"}, "x": "\xe9"}', "line 1: not UTF-8 text"),
        (b'{"doc": {"id": "C1_feeding1_1"}, "target": NaN}', "line 1: not a JSON object"),
        (b"NaN", "line 1: not a JSON object"),
        (b"3", "line 1: not a JSON object"),
        (b"[1]", "line 1: not a JSON object"),
        (b"1" * 5000, "line 1: not a JSON object"),
        (b"[" * 100_000, "line 1: not a JSON object"),
        (b'{"doc": "C1_feeding1_1"}', r"line 1: no video id \(doc.id\)"),
        (b'{"doc": ["id"]}', r"line 1: no video id \(doc.id\)"),
        (b'{"doc": null}', r"line 1: no video id \(doc.id\)"),
        (b'{"doc": {"id": 7}}', r"line 1: no video id \(doc.id\)"),
        (b'{"doc": {"id": ""}}', r"line 1: no video id \(doc.id\)"),
        (b'{"doc": {"id": "\\ud800"}}', r"line 1, doc.id: '\\ud800' holds the invisible character U\+D800"),
        ({"target": "reach@nan"}, "line 1, target: a timeline needs two times"),
        ({"target": "reach@0.5"}, "line 1, target: a timeline needs two times"),
        ({"target": "reach@0;idle@nan"}, "line 1, target: nan s is no time in a video"),
        ({"target": "reach@0;idle@1;idle@inf"}, "line 1, target: inf s is no time in a video"),
        ({"target": "reach@-1;idle@1"}, "line 1, target: -1 s is no time in a video"),
        ({"target": "reach@2;idle@1;idle@3"}, "line 1, target: 1 s comes after 2 s"),
        ({"target": "reach@1;idle@1;idle@1"}, "line 1, target: all its times are equal"),
        ({"target": "reach@0;idle@1e300"}, r"line 1, target: 1e\+300 s is no time in a video"),
        ({"target": ["reach@0"]}, "line 1, target: "),
        ({"target": 7}, "line 1, target: timeline entry '7'"),
        ({"resps": [[[["No", "0", "inf"]]]]}, "line 1, resps: inf s is no end of a video"),
        ({"resps": [[[["No", "0", "nan"]]]]}, "line 1, resps: nan s is no end of a video"),
        ({"resps": [[[["No", "0", "-2"]]]]}, "line 1, resps: -2 s is no end of a video"),
        ({"resps": [[[["No", "0", "1e300"]]]]}, r"line 1, resps: 1e\+300 s is no end of a video"),
        ({"resps": [[[["No", "0", "0.001"]]]]}, "C1_feeding1_1: its length of 0.001 s in a log is not used: n_frames"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_bad_line_of_a_log_is_named_and_the_others_go_on(
    made_up: Path, line: bytes | dict[str, object], problem: str
) -> None:
    bad = line if isinstance(line, bytes) else json.dumps(ROW | line).encode()
    name = "2_samples_strokerehab_primitives_1.jsonl"
    good = log_line("S1_RTT left side0_2", hand="LEFT", end="1.5").encode()
    (made_up / "up/logs/m" / name).write_bytes(bad + b"\n" + good + b"\n")
    report = run(made_up)
    (found,) = report.problems
    assert re.search(problem, found) and "\n" not in found and len(found) < 500
    trials = {trial.video_id: trial for trial in read_manifest(report.manifest)}
    assert trials["S1_RTT left side0_2"].duration_s == pytest.approx(1.5, abs=0.05)
    assert trials["S1_RTT left side0_2"].labels


def test_logs_that_cannot_be_opened_are_named(made_up: Path) -> None:
    logs = made_up / "up/logs/m"
    (logs / "3_samples_strokerehab_primitives_1.jsonl").mkdir()
    (logs / "4_samples_strokerehab_primitives_1.jsonl").symlink_to(logs / "gone")
    (logs / "5_samples_strokerehab_primitives_1.jsonl").touch()
    report = run(made_up)
    folder, link, empty = report.problems
    assert "3_samples" in folder and "cannot be read (Is a directory)" in folder
    assert "4_samples" in link and "cannot be read (No such file or directory)" in link
    assert "5_samples" in empty and "the log is empty" in empty
    assert report.n_labels_recovered == 1


def test_an_empty_table_is_named_and_the_other_is_imported(made_up: Path) -> None:
    trials = (made_up / TRIALS).read_text()
    (made_up / TRIALS).write_text(trials.splitlines()[0] + "\n")
    report = run(made_up)
    assert report.problems == (f"{made_up / TRIALS}: lists no video that can be used; manifest.csv is not written",)
    assert not (made_up / "out/manifest.csv").exists()
    assert len(read_fma_manifest(made_up / "out" / FMA_MANIFEST_NAME)) == 2
    (made_up / CLIPS).write_text((made_up / CLIPS).read_text().splitlines()[0] + "\n")
    with pytest.raises(UserError, match=r"nothing to import; the first problem: .*fp_metadata\.csv: lists no video"):
        run(made_up)
    (made_up / TRIALS).write_text(trials)
    shutil.rmtree(made_up / "out")
    report = run(made_up)
    assert report.problems == (
        "no Fugl-Meyer clip of the checkout is in selection 'fma'; fma_clips.csv is not written",
    )
    assert (report.n_trials, report.n_all_clips, report.n_scores) == (3, 0, 0)


PIECES = [
    *("", "\0", "\n", '"', ",", ";", "\\", "/", "../", "/tmp/", "C:", "\ufeff", "\u2028", "é", "\x1b", "NaN", "inf"),
    *("-1", "0", "1e308", "9" * 400, "null", "[]", "{}", "[" * 500, "@nan", "@", ";", "S1", "nul", "True", "x" * 300),
]
FILES = [TRIALS, CLIPS, LOG, "up/data/ia/ia_video_metadata1.csv", "up/data/ia/fm_item_scores.csv"]

edits = st.tuples(
    st.sampled_from(FILES),
    st.floats(0, 1),
    st.integers(0, 30),
    st.one_of(st.sampled_from(PIECES).map(str.encode), st.binary(max_size=4)),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(mutations=st.lists(edits, min_size=1, max_size=6))
def test_a_mutated_checkout_is_imported_or_refused_and_nothing_leaves_the_folder(
    tmp_path: Path, mutations: list[tuple[str, float, int, bytes]]
) -> None:
    shutil.rmtree(tmp_path / "case", ignore_errors=True)
    made_up = write_small_checkout(tmp_path / "case")
    for name, place, length, piece in mutations:
        content = (made_up / name).read_bytes()
        at = int(place * len(content))
        (made_up / name).write_bytes(content[:at] + piece + content[at + length :])
    before = files_outside(made_up)
    try:
        report = run(made_up)
    except UserError as error:
        assert str(error)
    else:
        assert all(problem and "\n" not in problem for problem in report.problems)
        out = made_up / "out"
        trials = read_manifest(out / "manifest.csv") if report.n_trials else []
        assert len(trials) == report.n_trials
        for trial in trials:
            if trial.labels:
                assert read_labels(trial.labels).timeline.segments and out in trial.labels.parents
        assert report.n_all_clips == (
            len(read_fma_manifest(out / FMA_MANIFEST_NAME)) if report.n_all_clips else report.n_all_clips
        )
        if report.n_scores:
            assert sum(map(len, read_item_scores(out / FMA_SCORES_NAME).values())) == report.n_scores
    assert files_outside(made_up) == before
