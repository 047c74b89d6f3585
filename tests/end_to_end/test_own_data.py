"""A rehab researcher with six videos of her own: the commands of docs/own-data.md, from a folder to tables."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.manifest import read_manifest
from lmms_eval_plugins.dataset.words import WORDS_NAME, words_of
from tests.conftest import write_video
from tests.support.command import Call, Done

PAGE = (Path(__file__).parents[2] / "docs/own-data.md").read_text(encoding="utf-8")
BLOCKS = [(kind, text) for kind, text in re.findall(r"^ *```(\w*)\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)]
COMMANDS = [line.strip() for kind, text in BLOCKS if kind == "bash" for line in text.splitlines()]
PATIENTS = next(text for _, text in BLOCKS if text.startswith("patient,"))
WORDS = next(text for kind, text in BLOCKS if kind == "yaml")

LABELS = "Time_s,MarkerNames\n0,r_reach\n0.3,r_transport\n0.6,r_idle\n0.8,\n"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for shade, patient in enumerate(("P07", "P08", "P09")):
        folder = Path("study", patient)
        write_video(folder / f"{patient}_pouring1_2.mp4", 12, 15, 40 * shade)
        write_video(folder / f"{patient}_stacking1_2.mp4", 15 + shade, 15, 40 * shade + 20)
        (folder / f"{patient}_pouring1_2.csv").write_text(LABELS.replace("0.3", f"0.{3 + shade}"), encoding="utf-8")
    return Path("study")


def do(call: Call, command: str) -> Done:
    """Call a command of the page."""
    assert command in COMMANDS, command
    return call(*shlex.split(command)[1:])


def test_from_a_folder_to_tables_by_cohort_and_activity(call: Call, study: Path) -> None:
    done = do(call, "strokerehab index study")
    assert done.out.splitlines() == [
        "study/manifest.csv: 6 videos, 3 with labels",
        "patients: 3; activities: pouring 3, stacking 3; cohorts: not known 6",
    ]
    assert {(trial.repetition, trial.view) for trial in read_manifest(study / "manifest.csv")} == {(1, "2")}

    (study / "patients.csv").write_text(PATIENTS, encoding="utf-8")
    assert "cohorts: healthy 2, sub-acute 4" in do(call, "strokerehab index study").out
    manifest = study / "manifest.csv"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(",sub-acute,stacking,", ",chronic,lifting,"))
    write_video(study / "P09/P09_pouring2_2.mp4", 20, 15, 99)
    again = do(call, "strokerehab index study")
    assert again.status == 0 and "cohorts: chronic 2, healthy 2, sub-acute 3" in again.out
    assert "P09_pouring2_2: is new" in again.out and "activity is kept, the folder says otherwise" in again.out
    assert do(call, "strokerehab index study").out.splitlines()[2] == "nothing has changed"
    assert do(call, "strokerehab check study").status == 0

    (run,) = (command for command in COMMANDS if command.startswith("strokerehab run"))
    assert "scored" in do(call, run).out
    with next((study / "runs").glob("*primitives_3/bot/*/run.json")).open(encoding="utf-8") as file:
        assert '"cohort": "chronic", "activity": "lifting"' in file.read()
    assert "controls" in do(call, "strokerehab score study/runs").out
    dose = do(call, "strokerehab table dose_models study/runs --more").out
    assert re.search(r"RCE healthy +RCE sub-acute", dose)
    named = do(call, "strokerehab table identification study/runs --more").out
    (confusions,) = re.findall(r"^shown \\ said +(.+)$", named, re.MULTILINE)
    assert confusions.split() == ["lifting", "pouring", "stacking"]


def test_a_pattern_names_the_videos_of_another_laboratory(call: Call, study: Path) -> None:
    for path in sorted(study.rglob("*.mp4")):
        patient, activity = path.stem.split("_")[:2]
        path.rename(study / f"{patient}-{activity[:-1]}-take3-camleft.mp4")
    call("index", study)
    (command,) = (command for command in COMMANDS if "--pattern" in command)
    done = do(call, command)
    assert "keeps the pattern" in done.out and "patient read by the pattern" in done.out
    rows = list(csv.DictReader((study / "manifest.csv").open(encoding="utf-8")))
    assert {(row["patient"], row["activity"]) for row in rows} == {
        (patient, activity) for patient in ("P07", "P08", "P09") for activity in ("pouring", "stacking")
    }
    assert {(row["repetition"], row["view"]) for row in rows} == {("3", "left")}
    write_video(study / "P10-pouring-take1-camright.mp4", 12, 15)
    assert "patients: 4; activities: pouring 4, stacking 3" in do(call, "strokerehab index study").out
    wrong = call("index", study, "--pattern", "{patient}_{activty}")
    assert wrong.status == 2 and wrong.line == "error: --pattern: unknown field {activty}; did you mean 'activity'?"


def test_the_words_of_the_page_are_valid(study: Path) -> None:
    (study / WORDS_NAME).write_text(WORDS, encoding="utf-8")
    own = words_of(study)
    assert own.cohort("hv") == "healthy" and own.activity("Pouring Water") == "pouring" and own.names
