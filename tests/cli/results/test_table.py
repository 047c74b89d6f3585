"""The verb ``table``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.reports.tables.test_make import dose_rows
from tests.support.command import Call
from tests.support.logs import PERFECT, row
from tests.support.tiny_runs import TRUTH, add_raters, write_tiny_runs


@pytest.fixture
def log(write_log: Any) -> Any:
    return write_log(*dose_rows(PERFECT))


@pytest.mark.parametrize(
    ("form", "sign"),
    [("text", "---"), ("md", "| --- |"), ("csv", "section,model"), ("latex", r"\toprule"), ("html", "<tbody>")],
)
def test_every_format(call: Call, log: Path, form: str, sign: str) -> None:
    done = call("table", "dose_models", log, "--format", form)
    assert done.status == 0 and sign in done.out and "Model-7B" in done.out


def test_intervals_and_further_tables_go_to_a_file(call: Call, log: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables" / "dose.md"
    done = call("table", "dose_models", log, "--ci", "--more", "--format", "md", "--out", out)
    assert (done.status, done.out) == (0, "")
    assert (
        "fewer than 5 patients there is none" in out.read_text()
        and "Between blind control and reference" in out.read_text()
    )


def test_the_reading_can_be_chosen(call: Call, write_log: Any) -> None:
    log = write_log(row(replies=["NO <SEP> NO", "Moving <SEP> NO", "YES <SEP> YES"]))
    scores = {}
    for reading in ("published", "default"):
        done = call("table", "dose_models", log, "--reading", reading)
        scores[reading] = next(line.split()[2] for line in done.out.splitlines() if line.startswith("Model-7B"))
    assert scores == {"published": "66.67", "default": "100.00"}


def test_a_mistake_is_described_in_one_line(call: Call, log: Path) -> None:
    for arguments, message in (
        (("dose", log), "no table is named 'dose'"),
        (("dose_models", log, "--format", "markdown"), "no format is named 'markdown'"),
        (("counting", log), "table counting: none of the runs given belongs in it"),
    ):
        done = call("table", *arguments)
        assert (done.status, done.out) == (2, "") and message in done.err and "Traceback" not in done.err


def test_videos_with_few_primitives_can_be_left_out(call: Call, log: Path) -> None:
    done = call("table", "dose_models", log, "--min-primitives", "2")
    assert (
        done.status == 0 and "Videos with fewer than 2 true primitives are left out of every score: none." in done.out
    )
    for arguments, message in (
        (("dose_models", log, "--min-primitives", "7"), "no video has 7 true primitives; lower --min-primitives"),
        (("dose_models", log, "--min-primitives", "-1"), "'-1' is not a whole number from 0"),
        (("dose_models", log, "--min-primitives", "two"), "'two' is not a whole number from 0"),
        (("replies", log, "--min-primitives", "2"), "table replies: --min-primitives is for the tables dose_models"),
    ):
        done = call("table", *arguments)
        assert (done.status, done.out) == (2, "") and message in " ".join(done.err.split())


def test_what_could_not_be_read_is_named(call: Call, log: Path, tmp_path: Path) -> None:
    done = call("table", "dose_models", log, tmp_path / "gone")
    assert done.status == 3 and "Model-7B" in done.out
    assert "gone: no such file or folder" in " ".join(done.err.split())


def test_raters_of_a_dataset_and_of_runs(call: Call, mini_dataset: Path, tmp_path: Path) -> None:
    data = shutil.copytree(mini_dataset, tmp_path / "data")
    (run,) = write_tiny_runs(tmp_path / "runs").glob("dose/*/*")
    none = call("table", "raters", data, run)
    assert (none.status, none.out) == (2, "") and "has labels of a second rater" in none.line
    anna = data / "labels" / "anna" / "P01_feeding1_1.csv"
    anna.parent.mkdir(parents=True)
    anna.write_text("Time_s,MarkerNames\n0.0,r_reach\n1.0,r_idle\n2.0,\n")
    of_data = call("table", "raters", data)
    assert of_data.status == 0 and "anna against truth" in of_data.out and "All raters together" in of_data.out
    add_raters(run, {"anna": {"DC01_feeding1_1": TRUTH}})
    both = call("table", "raters", data, run, "--ci", "--format", "md")
    assert both.status == 0 and "Models between blind control and human" in both.out
    anna.with_name("P03_drinking1_1.csv").write_text("nothing")
    damaged = call("table", "raters", data)
    assert damaged.status == 3 and "P03_drinking1_1.csv" in damaged.err and "anna against truth" in damaged.out


def test_a_wanted_error_is_a_number(call: Call, write_log: Any) -> None:
    log = write_log(*dose_rows(PERFECT))
    done = call("table", "abstain", log, "--target-error", ".5")
    assert done.status == 0 and "for a wanted error of 0.5" in done.out
    for arguments, message in (
        (("abstain", log, "--target-error", "-1"), "'-1' is not a number from 0"),
        (("abstain", log, "--target-error", "nan"), "'nan' is not a number from 0"),
        (("dose_models", log, "--target-error", "1"), "table dose_models: --target-error is for the table abstain"),
        (("dose_models", log, "--measured"), "table dose_models: --measured is for the table abstain"),
    ):
        done = call("table", *arguments)
        assert (done.status, done.out) == (2, "") and message in " ".join(done.err.split())


def test_doses_are_measured_by_several_seeds(call: Call, tmp_path: Path) -> None:
    write_tiny_runs(tmp_path)
    done = call("table", "measure", tmp_path / "dose", "--seed", "5", "--seeds", "2")
    assert done.status == 0 and not done.err
    assert "means over 2 seeds, 5 to 6" in done.out
    done = call("table", "dose_models", tmp_path / "dose", "--together")
    assert done.status == 2 and "--together and --seeds are for the table measure; leave them away" in done.err
