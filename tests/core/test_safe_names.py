from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.safe_names import (
    LONGEST_NAME,
    check_name,
    check_relative,
    file_name,
    inside,
    name_key,
    name_problem,
    shown,
)

LEGAL = (
    "S0004_face wash1_1",
    "C00011",
    "007",
    "RTT left side",
    "..S1",
    "S1.",
    "control",
    "CON_1",
    "Müller",
    "~",
    "a'b",
)

UNSAFE = {
    "../S1": "holds '/'",
    "/etc/passwd": "holds '/'",
    "S1/clip": "holds '/'",
    "..\\S1": "holds '\\\\'",
    "C:\\S1": "holds '\\\\'",
    "C:S1": "drive letter",
    "": "is empty",
    "  ": "is empty",
    ".": "only dots",
    "..": "only dots",
    ". .": "only dots",
    "S1\0": "U+0000",
    "S1\n": "U+000A",
    "S1\x85": "U+0085",
    "S1\u2028x": "U+2028",
    "S1\u202etxt": "U+202E",
    "S1\udcff": "U+DCFF",
    "con": "device on Windows",
    "Aux.csv": "device on Windows",
    "LPT1": "device on Windows",
    "é" * 101: "is 202 bytes long",
    "x" * 10_000: "is 10000 bytes long",
}


@pytest.mark.parametrize("name", LEGAL)
def test_names_of_the_study_and_their_like_are_legal(name: str) -> None:
    assert check_name(name, "here") == name
    assert file_name(name) == name


@pytest.mark.parametrize(("name", "problem"), UNSAFE.items(), ids=ascii)
def test_an_unsafe_name_is_refused_by_name_and_place(name: str, problem: str) -> None:
    with pytest.raises(UserError) as error:
        check_name(name, "table.csv, line 2, patient")
    message = str(error.value)
    assert message.startswith("table.csv, line 2, patient: '") and problem in message
    assert message.isprintable() and len(message) < 250


@pytest.mark.parametrize("path", ["S1/S1_face wash1_1.avi", "a.csv", "./a.csv", "x" * 255])
def test_a_relative_path(path: str) -> None:
    assert check_relative(path, "here") == Path(path)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("../a.csv", "'..' in '../a.csv' is only dots"),
        ("S1/../../a.csv", "only dots"),
        ("/tmp/a.csv", "absolute path"),
        ("C:/a.csv", "drive letter"),
        ("S1\\a.csv", "holds '\\\\'"),
        ("S1//a.csv", "is empty"),
        ("", "is empty"),
        ("S1/a\0.csv", "U+0000"),
        ("x" * 256, "is 256 bytes long"),
    ],
)
def test_a_path_that_may_lead_elsewhere_is_refused(path: str, problem: str) -> None:
    with pytest.raises(UserError, match="line 3, path_v: ") as error:
        check_relative(path, "line 3, path_v")
    assert problem in str(error.value)


def test_what_is_written_stays_inside_also_behind_links(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "out").symlink_to(elsewhere)
    (folder / "in").mkdir()
    (folder / "also in").symlink_to(folder / "in")
    (folder / "file.csv").symlink_to(elsewhere / "file.csv")
    (folder / "loop").symlink_to(folder / "loop")
    assert inside(folder, folder / "in" / "new.csv") == folder / "in" / "new.csv"
    assert inside(folder, folder / "also in" / "new.csv") == folder / "also in" / "new.csv"
    for path in (folder / "out" / "a.csv", folder / "file.csv", folder / ".." / "a.csv", folder, tmp_path / "data2"):
        with pytest.raises(UserError, match=f"{path.name}: leads outside {folder}"):
            inside(folder, path)
    for name in ("loop", "a\0b"):
        with pytest.raises(UserError, match="no path that can be written"):
            inside(folder, folder / name)


def test_a_folder_that_is_itself_a_link_is_the_users_choice(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    assert inside(tmp_path / "data", tmp_path / "data" / "a.csv")


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_a_file_name(text: str) -> None:
    name = file_name(text)
    assert name_problem(name) is None and len(name.encode()) <= LONGEST_NAME
    assert file_name(name) == name


def test_names_that_a_file_system_may_not_tell_apart_share_a_key() -> None:
    composed = "Müller_feeding1_1"
    assert name_key(composed) == name_key(unicodedata.normalize("NFD", composed).upper()) == name_key(f" {composed} ")
    assert name_key("S1") != name_key("S10")


def test_a_long_text_is_shown_cut_and_escaped() -> None:
    assert shown("a\nb") == r"'a\nb'"
    assert len(shown("x" * 10_000)) < 100
