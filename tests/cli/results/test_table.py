"""The verb ``table`` of the command line."""

import subprocess
import sys

import pytest

from lmms_eval_plugins.cli.app import main
from tests.reports.tables.test_make import dose_rows
from tests.support.logs import PERFECT, row


@pytest.fixture
def strokerehab(monkeypatch, capsys):
    """Run a command; returns its exit status, output and errors."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["strokerehab", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return stopped.value.code, said.out, said.err

    return run


@pytest.fixture
def log(write_log):
    return write_log(*dose_rows(PERFECT))


@pytest.mark.parametrize(
    ("form", "sign"),
    [("text", "---"), ("md", "| --- |"), ("csv", "section,model"), ("latex", r"\toprule"), ("html", "<tbody>")],
)
def test_every_format(strokerehab, log, form, sign):
    status, out, _ = strokerehab("table", "dose_models", log, "--format", form)
    assert status == 0 and sign in out and "Model-7B" in out


def test_options(strokerehab, log, tmp_path):
    out = tmp_path / "tables" / "dose.md"
    status, said, _ = strokerehab("table", "dose_models", log, "--ci", "--more", "--format", "md", "--out", out)
    assert (status, said) == (0, "")
    assert "[50.00, 50.00]" in out.read_text() and "Between blind and omniscient" in out.read_text()


def test_the_reading_can_be_chosen(strokerehab, write_log):
    log = write_log(row(replies=["NO <SEP> NO", "Moving <SEP> NO", "YES <SEP> YES"]))
    scores = {}
    for reading in ("published", "default"):
        out = strokerehab("table", "dose_models", log, "--reading", reading)[1]
        scores[reading] = next(line.split()[2] for line in out.splitlines() if line.startswith("Model-7B"))
    assert scores == {"published": "66.67", "default": "100.00"}


def test_mistakes_are_said_in_one_line(strokerehab, log):
    for arguments, message in (
        (("dose", log), "no table is named 'dose'"),
        (("dose_models", log, "--format", "markdown"), "no format is named 'markdown'"),
        (("counting", log), "table counting: none of the runs given belongs in it"),
    ):
        status, out, error = strokerehab("table", *arguments)
        assert (status, out) == (2, "") and message in error and "Traceback" not in error


def test_what_could_not_be_read_is_named(strokerehab, log, tmp_path):
    status, out, error = strokerehab("table", "dose_models", log, tmp_path / "gone")
    assert status == 3 and "Model-7B" in out and "gone: no such file or folder" in " ".join(error.split())


def test_help_loads_no_tables():
    program = "import sys, lmms_eval_plugins.cli; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "numpy", "scipy", "sklearn", "torch"} & set(loaded)
