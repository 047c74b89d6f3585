"""The verbs that draw and check, as a user types them."""

import pytest
from typer.testing import CliRunner

from lmms_eval_plugins.cli.app import app
from lmms_eval_plugins.core.errors import UserError
from tests.support.tiny_runs import write_tiny_runs


@pytest.fixture
def runs(tmp_path):
    return write_tiny_runs(tmp_path / "runs")


def test_figure(runs, tmp_path):
    out = tmp_path / "rce.pdf"
    result = CliRunner().invoke(app, ["figure", "rce", str(runs), "--out", str(out), "--format", "svg,png"])
    assert result.exit_code == 0
    assert result.stdout.split() == [str(tmp_path / "rce.svg"), str(tmp_path / "rce.png")]
    assert (tmp_path / "rce.svg").read_text().startswith("<?xml")


def test_figure_with_a_problem(runs, tmp_path):
    (tmp_path / "x_samples_y.jsonl").write_text("")
    paths = [str(runs), str(tmp_path / "x_samples_y.jsonl")]
    result = CliRunner().invoke(app, ["figure", "rce", *paths, "--out", str(tmp_path / "rce.svg")])
    assert result.exit_code == 3
    assert (tmp_path / "rce.svg").is_file()
    assert "the file is empty" in result.stderr


def test_figure_of_an_unknown_name(runs):
    result = CliRunner().invoke(app, ["figure", "histogram", str(runs)])
    assert isinstance(result.exception, UserError)
    assert "there are: identification" in str(result.exception)


def test_reproduce_what_is_there(tmp_path, write_log):
    from tests.support.logs import row

    write_log(row(), folder="all_models/nvila_8b/org__Model")
    result = CliRunner().invoke(app, ["reproduce", str(tmp_path), "--out", str(tmp_path / "docs/report.md")])
    assert result.exit_code == 0
    assert "0 of 6 checked numbers are equal" in " ".join(result.stdout.split())
    text = (tmp_path / "docs/report.md").read_text()
    assert (
        "| NVILA 8B | 36.98±2.09 / .75±.09 / .76±.09 | 100.00±- / .00±- / .00±- | differs |" in text
    )  # one video has no SEM
    assert "no log 'all_models/qwen2_5_vl_7b/' among the available ones" in text
