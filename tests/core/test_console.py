from __future__ import annotations

import pytest
from rich.text import Text

from lmms_eval_plugins.core.console import plain_table, printable, say_all, stdout, table_lines


def test_a_table_is_as_wide_as_it_needs_to_be() -> None:
    table = plain_table("name [x]", "videos", "state", words=("state",))
    table.add_row(Text("[b]" + "long" * 50), "12", "done")
    table.add_row("b", "3", "")
    assert table_lines(table) == [
        f"{'name [x]':203}  videos  state",
        f"[b]{'long' * 50}      12  done",
        f"{'b':203}       3",
    ]


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
