from __future__ import annotations

import io
import json
import logging
import re
import warnings
from contextlib import redirect_stderr, redirect_stdout

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from lmms_eval_plugins.core.console import (
    clean_output,
    plain_table,
    printable,
    printable_json,
    progress_bar,
    put,
    put_error,
    put_json,
    say,
    say_all,
    stage,
    stderr,
    stdout,
    styled_cell,
    table_lines,
)
from lmms_eval_plugins.core.redaction import IN_USE, REDACTED


def test_a_table_is_as_wide_as_it_needs_to_be() -> None:
    table = plain_table("name [x]", "videos", "state", words=("state",))
    table.add_row(Text("[b]" + "long" * 50), "12", "done")
    table.add_row("b", "3", "")
    assert table_lines(table) == [
        f"{'name [x]':203}  videos  state",
        f"[b]{'long' * 50}      12  done",
        f"{'b':203}       3",
    ]


def test_a_table_without_room_stands_in_blocks_beside_its_first_column() -> None:
    table = plain_table("model", "videos", "edit score", "what", words=("what",))
    table.add_row("a model", "8", "28.94 ± 5.58", "words that are folded before any column leaves its block")

    def printed(width: int) -> list[str]:
        file = io.StringIO()
        Console(file=file, width=width, color_system=None).print(table)
        return [line.rstrip() for line in file.getvalue().splitlines()]

    assert len(printed(120)) == 2 and printed(50)[0].split() == ["model", "videos", "edit", "score", "what"]
    lines = printed(30)
    assert lines[:3] == ["model    videos    edit score", "a model       8  28.94 ± 5.58", ""]
    assert lines[3].split() == ["model", "what"] and max(map(len, lines)) <= 30


def test_a_table_may_have_no_headings(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("kind", "text", words=("text",), header=False)
    table.add_row("ok", "fine")
    stdout().print(table)
    assert capsys.readouterr().out.split() == ["ok", "fine"]


def test_lines_with_their_kind_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert not say_all("problem", []) and say_all("problem", ["a [b] " + "x" * 200, "c"])
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err == f"problem: a [b] {'x' * 200}\nproblem: c\n"


def test_what_steers_a_terminal_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    say_all("problem", ["a\x1b[2Jb\x07\x9b\u202ec\udcffd é 東"])
    assert capsys.readouterr().err == "problem: a\\x1b[2Jb\\x07\\x9b\\u202ec\\udcffd é 東\n"
    assert printable("a\nb\r") == "a\nb\\r"


STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff]")


ODD = st.text(st.sampled_from("\x1b[]8;;\x07\r\n\t\x9b\u202e\u200b\u2028\x00[b]/x"), max_size=40)


@given(st.text(max_size=40), ODD)
@example("", "[/b]")
def test_nothing_printed_steers_a_terminal(name: str, odd: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        table = plain_table(odd, "b", words=("b",))
        table.add_row(name, odd)
        table.add_row(styled_cell(odd, "red"), "7")
        stdout().print(table)
        stdout().print(Text(odd), odd)  # passing by everything made for it
        say(stdout(), name + odd)
        say_all("warning", [odd])
        put(name, odd)
        put_error(odd)
        put_json(json.dumps({odd: name}, ensure_ascii=False))
    assert not STEERING.search(out.getvalue() + err.getvalue())


@given(st.text(max_size=40))
def test_printed_json_stays_what_it_was(text: str) -> None:
    printed = printable_json(json.dumps([text], ensure_ascii=False))
    assert json.loads(printed) == [text] and not STEERING.search(printed)


def test_a_cell_is_one_line_and_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("name")
    table.add_row("a\nb\tc [red]d[/red]")
    stdout().print(table)
    assert capsys.readouterr().out.splitlines()[1].rstrip() == "a\\nb\\tc [red]d[/red]"


def test_no_secret_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    IN_USE.add(["hunter22"])
    table = plain_table("name")
    table.add_row("a hunter22")
    stdout().print(table, "hunter22")
    say(stderr(), "hunter22")
    put("hunter22")
    put_json('["hunter22"]')
    put_error("hunter22 and sk-abcdefghijklmnop123")
    printed = capsys.readouterr()
    assert "hunter22" not in printed.out + printed.err and "sk-abc" not in printed.err


def test_a_name_beside_a_progress_bar_steers_nothing() -> None:
    out = io.StringIO()
    with progress_bar(Console(file=out, force_terminal=True, width=200)) as bar:
        bar.add_task("[red]a[/red]\x1b]0;b\x07\nc", total=1)
    assert "[red]a[/red]\\x1b]0;b\\x07\\nc" in out.getvalue()


def test_what_libraries_print_holds_no_secret_and_their_warnings_steer_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    IN_USE.add(["hunter22"])
    with clean_output():
        print("hunter22")
        warnings.warn("hunter22\x1b]0;a\x07", UserWarning, stacklevel=1)
        last = logging.lastResort
        assert last is not None
        last.handle(logging.LogRecord("x", logging.WARNING, "f", 1, "b\x1b[2J %s", ("hunter22",), None))
    printed = capsys.readouterr()
    assert "hunter22" not in printed.out + printed.err
    assert "\\x1b]0;a\\x07" in printed.err and f"b\\x1b[2J {REDACTED}\n" in printed.err
    assert not STEERING.search(printed.err)


def test_what_is_done_is_a_line_where_there_is_no_terminal() -> None:
    for terminal, elsewhere, shown in ((False, True, "scoring x …\n"), (False, False, ""), (True, True, "scoring x …")):
        out = io.StringIO()
        with stage("scoring x", Console(file=out, force_terminal=terminal, width=80), elsewhere=elsewhere):
            assert not terminal or not out.getvalue().endswith("scoring x …\n")
        assert shown in out.getvalue() and bool(out.getvalue()) == bool(shown)
