"""Whose a rater's folder is: names that may be one, and one process at a time."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "is empty"),
        ("../bob", "would be a path"),
        (".hidden", "starts with a dot"),
        ("a\u202eb", "invisible character"),
        ("prediction", "stands for what a model made"),
        ("decoded mbr", "stands for what a model made"),
        ("CON", "a device on Windows"),
    ],
)
def test_a_name_that_cannot_be_a_raters(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as refused:
        RaterFolder(tmp_path, name)
    assert str(refused.value).startswith("--rater") and "\n" not in str(refused.value)


def test_a_name_that_differs_by_case_is_that_raters(tmp_path: Path) -> None:
    (tmp_path / "labels" / "Anna").mkdir(parents=True)
    with pytest.raises(UserError, match="give --rater Anna"):
        RaterFolder(tmp_path, "anna")
    assert RaterFolder(tmp_path, "Anna").path == tmp_path / "labels" / "Anna"


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with ExitStack() as stack, ExitStack() as other:
        RaterFolder(tmp_path, "anna").open(stack)
        with pytest.raises(UserError, match="is open in another `strokerehab review`"):
            RaterFolder(tmp_path, "anna").open(other)
        RaterFolder(tmp_path, "bob").open(other)
    with ExitStack() as later:
        RaterFolder(tmp_path, "anna").open(later)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("no folder")
    with ExitStack() as stack, pytest.raises(UserError, match="cannot be written"):
        RaterFolder(tmp_path, "anna").open(stack)


def test_nothing_is_written_through_a_link_to_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data" / "labels").mkdir(parents=True)
    (tmp_path / "data" / "labels" / "anna").symlink_to(tmp_path / "elsewhere")
    with ExitStack() as stack, pytest.raises(UserError, match="leads outside"):
        RaterFolder(tmp_path / "data", "anna").open(stack)
