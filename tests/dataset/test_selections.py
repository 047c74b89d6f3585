from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.selections import (
    Sources,
    near_patients,
    project_selections,
    read_cohorts,
    read_selections,
    select,
)
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from tests.support.checkout import make_trial
from tests.support.damage import any_file_like, one_line_or

TRIALS = [
    make_trial(f"{patient}_{activity}{repetition}_{view}", patient=patient, activity=activity).model_copy(
        update={"repetition": repetition, "view": str(view), "cohort": cohort}
    )
    for patient, cohort in (("P1", "healthy"), ("P2", "mild"))
    for activity in ("feeding", "RTT left side")
    for repetition in (3, 2)
    for view in (2, 1)
]


Files = Callable[..., Sources]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Write the project's and the dataset's selection files and return their Sources."""
    data, tasks = tmp_path / "data", tmp_path / "tasks"
    data.mkdir()
    tasks.mkdir()

    def write(project: str = "", own: str | None = None) -> Sources:
        (tasks / "selections.yaml").write_text(project)
        if own is not None:
            (data / "selections.yaml").write_text(own)
        return Sources(data / "manifest.csv", (tasks / "selections.yaml",))

    return write


def ids(trials: Iterable[Trial]) -> list[str]:
    return [trial.video_id for trial in trials]


def chosen(sources: Sources, name: str = "a") -> list[str]:
    return ids(select(TRIALS, name, sources=sources))


def test_all_is_built_in_and_empty_is_all(files: Files) -> None:
    sources = files("selections: {a: {}}")
    assert chosen(sources, "all") == chosen(sources, "a") == ids(TRIALS)


def test_filters_in_the_order_given(files: Files) -> None:
    assert chosen(files("selections: {a: {patients: [P2], activities: [RTT], repetitions: [2]}}")) == [
        "P2_RTT left side2_2",
        "P2_RTT left side2_1",
    ]


def test_exclusions_each_hold_as_a_whole(files: Files) -> None:
    sources = files(
        "selections: {a: {views: [1], exclude: [{cohorts: [mild], activities: [RTT]}, {repetitions: [3]}]}}"
    )
    assert chosen(sources) == ["P1_feeding2_1", "P1_RTT left side2_1", "P2_feeding2_1"]


def test_first_of_is_the_first_repetition_then_the_first_view(files: Files) -> None:
    sources = files("selections: {a: {first_of: [patient, activity], exclude: [{video_ids: [P1_feeding2_1]}]}}")
    assert chosen(sources) == ["P1_feeding2_2", "P1_RTT left side2_1", "P2_feeding2_1", "P2_RTT left side2_1"]


def test_within_another_selection(files: Files) -> None:
    sources = files("selections: {a: {within: b, cohorts: [mild]}, b: {within: all, first_of: [patient]}}")
    assert chosen(sources) == ["P2_feeding2_1"]


def test_the_dataset_comes_before_the_project(files: Files) -> None:
    project = "selections: {a: {patients: [P1]}, b: {patients: [P2]}}"
    sources = files(project, own="selections: {a: {views: [2], repetitions: [2]}}")
    assert chosen(sources) == [
        "P1_feeding2_2",
        "P1_RTT left side2_2",
        "P2_feeding2_2",
        "P2_RTT left side2_2",
    ]
    assert set(chosen(sources, "b")) == {trial.video_id for trial in TRIALS if trial.patient == "P2"}
    assert read_selections(sources)["a"][1] == sources.own


def test_missing_files_are_skipped(tmp_path: Path) -> None:
    assert chosen(Sources(tmp_path / "manifest.csv", (tmp_path / "none.yaml",)), "all") == ids(TRIALS)


def test_a_selection_that_matches_nothing_names_the_next_step(files: Files) -> None:
    sources = files("selections: {a: {patients: [P9]}}")
    with pytest.raises(UserError) as error:
        chosen(sources)
    message = str(error.value)
    for part in ("'a'", str(sources.files[0]), str(sources.manifest), "--selection all", str(sources.own)):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("project", "message"),
    [
        ("selections: {dose: {}}", "no selection is named 'a'.*known are: all, dose"),
        ("selections: {aa: {}}", "no selection is named 'a'.*did you mean 'aa'"),
        ("selections: {a: {patiens: [P1]}}", r"selections\.a\.patiens: unknown key.*'patients'"),
        ("selections: {a: {exclude: [{view: [1]}]}}", r"selections\.a\.exclude\.0\.view: unknown key.*'views'"),
        ("selection: {a: {}}", "selection: unknown key.*'selections'"),
        ("selections: {a: {cohorts: [light]}}", "cohorts.*no video is of 'light'; known are: healthy"),
        ("selections: {a: {patients: [001]}}", "patients.*put it in quotes.*found 1"),
        ("selections: {a: {first_of: [day]}}", "first_of.*unknown word 'day'"),
        ("selections: {a: {within: b}}", r"a\.within: no selection is named 'b'"),
        ("selections: {a: {within: b}, b: {within: a}}", r"selections\.b\.within: 'a' is being defined"),
        ("selections: {a: {within: a}}", r"selections\.a\.within: 'a' is being defined"),
        ("selections: {all: {}}", r"selections\.all: this name is built in"),
        ("selections: {a: {}", "line 1: not valid YAML"),
        ("- a", "should be a table"),
    ],
)
def test_errors_name_file_and_key(files: Files, project: str, message: str) -> None:
    sources = files(project + "\n")
    with pytest.raises(UserError, match=message) as error:
        chosen(sources)
    assert str(sources.files[0]) in str(error.value) and "\n" not in str(error.value)


def test_a_dataset_has_no_cohort_lists(files: Files) -> None:
    with pytest.raises(UserError, match=r"data.selections\.yaml, line 1: cohorts: unknown key"):
        chosen(files(own="cohorts: {mild: [P1]}"), "all")


def test_clips_are_selected_by_what_clips_have(files: Files) -> None:
    clip = FmaClip(
        path="a.mp4", patient="P1", item_low=3, item_high=8, laterality="A", view="F", side_affected="", duration_s=1
    )
    other = clip.model_copy(update={"patient": "P2"})
    assert select([clip, other], "a", sources=files("selections: {a: {patients: [P2]}}")) == [other]
    with pytest.raises(UserError, match=r"selections\.a\.repetitions: a FmaClip has no repetition"):
        select([clip], "a", sources=files("selections: {a: {repetitions: [1]}}"))
    with pytest.raises(UserError, match=r"selections\.a\.first_of: a FmaClip has no activity"):
        select([clip], "a", sources=files("selections: {a: {first_of: [patient, activity]}}"))


def test_cohorts(files: Files) -> None:
    (path,) = files("cohorts: {mild: [P1, P2], severe: [P3]}").files
    assert read_cohorts(path) == {"P1": "mild", "P2": "mild", "P3": "severe"}
    (path,) = files("cohorts: {mild: [P1], severe: [P1]}").files
    with pytest.raises(UserError, match="P1 is both mild and severe"):
        read_cohorts(path)
    with pytest.raises(UserError, match="no such selection file"):
        read_cohorts(path.with_name("none.yaml"))


def test_a_selected_patient_whose_zeros_are_lost_is_pointed_at_the_near_one(files: Files) -> None:
    sources = files(own="selections: {a: {patients: [P01, P2, P9]}, b: {within: a}, c: {patients: [P01]}}")
    (line,) = near_patients(TRIALS, "a", sources=sources)
    assert line == (
        f"{sources.own}, a has 'P01', which is not in {sources.manifest}; that has 'P1': write both the same way"
    )
    assert near_patients(TRIALS, "b", sources=sources) == [line]
    assert near_patients(TRIALS, "all", sources=sources) == []
    with pytest.raises(UserError, match=r"matches none of the 16 videos.* that has 'P1': write both the same way"):
        chosen(sources, "c")


@settings(deadline=None)
@given(any_file_like([project_selections()]))
def test_any_file_has_selections_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / "any_selections.yaml"
    path.write_bytes(data)
    sources = Sources(folder / "none" / "manifest.csv", (path,))
    one_line_or(lambda: read_cohorts(path))
    found = one_line_or(lambda: read_selections(sources))
    for name in found if isinstance(found, dict) else ():
        one_line_or(lambda name=name: select(TRIALS, name, sources=sources))  # type: ignore[misc]
