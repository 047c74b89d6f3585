from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.dataset.file_names import VideoName, parse_name
from lmms_eval_plugins.dataset.naming import Naming, pattern_problem
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, ACTIVITY_LABELS

PATIENTS = st.from_regex(r"[A-Za-z0-9]{1,4}(_[A-Za-z0-9]{1,4}){0,2}", fullmatch=True)
OWN = Naming(spellings={"fold towel": "folding", "pour water": "pouring"})


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("P09_pouring1_2", VideoName("P09", "pouring", 1, "2")),
        ("P09/P09_pouring1_2", VideoName("P09", "pouring", 1, "2")),
        ("S_07_fold_towel2_front", VideoName("S_07", "fold towel", 2, "front")),
        ("site_anna_pouring1_2", VideoName("site_anna", "pouring", 1, "2")),
        ("anna/anna_fold_towel12_1", VideoName("anna", "fold towel", 12, "1")),
        ("P09_sit2stand3_1", VideoName("P09", "sit2stand", 3, "1")),
        ("P09_pouring left side1_2", VideoName("P09", "pouring left side", 1, "2")),
        ("P1_Face_Wash1_2", VideoName("P1", "face wash", 1, "2")),
        ("P09/take_video1_2", VideoName("P09", "", 1, "1")),
        ("P09/morning", VideoName("P09", "", 1, "1")),
        ("site/P2/evening", VideoName("evening", "", 1, "1")),
        ("2024_GX010123_1", VideoName("2024_GX010123_1", "", 1, "1")),
        ("_pouring1_2", VideoName("_pouring1_2", "", 1, "1")),
    ],
)
def test_any_activity_is_read(path: str, name: VideoName) -> None:
    assert Naming().name_of(Path(f"{path}.mp4")) == name


def test_spellings_of_the_dataset_are_read_as_its_activities() -> None:
    assert OWN.parse(Path("site_anna_Fold_Towel1_2.mp4")) == VideoName("site_anna", "folding", 1, "2")
    assert OWN.parse(Path("P1_pour_water1_2.mp4")) == VideoName("P1", "pouring", 1, "2")
    assert OWN.activity("FOLD TOWEL") == "folding" and OWN.activity("deodrant") == "deodorant"


@given(
    patient=PATIENTS,
    activity=st.sampled_from([*ACTIVITIES, *ACTIVITY_LABELS, "deodrant"]),
    underscores=st.booleans(),
    repetition=st.integers(0, 10_000),
    view=st.from_regex(r"[A-Za-z0-9-]{1,5}", fullmatch=True),
    folder=st.sampled_from(["", "elsewhere"]),
)
def test_names_with_the_studys_activities_are_read_as_ever(
    patient: str, activity: str, underscores: bool, repetition: int, view: str, folder: str
) -> None:
    stem = f"{patient}_{activity.replace(' ', '_') if underscores else activity}{repetition}_{view}"
    known = parse_name(stem)
    assert known is not None and known.repetition >= 0
    for naming in (Naming(), OWN):
        assert naming.name_of(Path(folder, f"{stem}.mp4")) == known


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20))
def test_any_name_is_read_as_something(stem: str) -> None:
    for naming in (Naming(), OWN, Naming("{patient}-{activity}{repetition}")):
        name = naming.name_of(Path("folder", f"x{stem}.mp4"))
        assert name.patient and name.repetition >= 0 and name.view


def test_a_pattern_says_what_stands_where() -> None:
    naming = Naming("{patient}-{activity}-take{repetition}-cam{view}")
    assert naming.parse(Path("P-09-pouring-take2-cam1.mp4")) == VideoName("P-09", "pouring", 2, "1")
    assert naming.parse(Path("P09-RTT_left_side-Take10-camfront.mp4")) == VideoName("P09", "RTT left side", 10, "front")
    assert naming.parse(Path("P09_pouring1_2.mp4")) is None
    assert Naming("{}_{patient}").parse(Path("2024-05-01_P09.mov")) == VideoName("P09", "", 1, "1")


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{patient}_{activty}", "unknown field {activty}; did you mean 'activity'?"),
        ("{activity}{repetition}", "the field {patient} is missing"),
        ("{patient}{view}", "{patient}{view}: put a sign between the two fields"),
        ("{patient", "a brace is not closed"),
        ("{patient:3}", "without a form"),
        ("{patient}/{view}", "of file names alone"),
        ("{patient}_{patient}", "is there twice"),
    ],
)
def test_a_wrong_pattern_is_said_in_a_line(pattern: str, problem: str) -> None:
    said = pattern_problem(pattern)
    assert said is not None and problem in said and "\n" not in said


@pytest.mark.parametrize("pattern", ["{patient}", "{}_{patient}_{}", "{patient}_{activity}{repetition}_{view}"])
def test_a_pattern_needs_no_more_than_a_patient(pattern: str) -> None:
    assert pattern_problem(pattern) is None
