from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.csv_table import CsvRow, plain_number, read_table


def test_cells_by_column_with_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffa, b\n\n1, "x, y" \n,\n2\n'.encode())
    assert read_table(path).rows == (CsvRow(3, {"a": "1", "b": "x, y"}), CsvRow(5, {"a": "2", "b": ""}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"b;c\n1;2\n", "column 'a' is missing; the header has b, c"),
        (b"a_ms,b\n1,2\n", "column 'a' is missing; the header has a_ms, b"),
        (b"a,A\n", "column 'a' is there twice"),
        (b"", "column 'a' is missing; the header has nothing"),
        (b"a,a\n", "column 'a' is there twice"),
        (b"a\nx\n1,2\n", "line 3: more cells than the 1 columns"),
        (b"a\n\xff\xfe\n", "not UTF-8"),
        (b"a,b\n0,1\n3,5,x\n", "line 3: more cells than the 2 columns.* decimals with a point"),
        (b'a\n"' + b"x" * 140_000, "line 2: not valid CSV"),
        (b'a,b\n0,x\n1,"y\n2,z\n3,u\n', "line 3: a quote is opened and not closed"),
        (b'a,b\n0,"x\n', "line 2: a quote is opened and not closed"),
        (b'a,b\n0,x\n1,"y\n2,z\n3,"u"\n4,w\n', "line 3: a quote is opened and only closed on line 5, over"),
        (b"a,b\n0,x\n\x81\x8d,1\n", "not UTF-8"),
        ("a\n1".encode("utf-16-le")[:-1], "not UTF-16 or UTF-8 text"),
        (codecs.BOM_UTF16_LE + b"a", "not UTF-16 or UTF-8 text"),
        (codecs.BOM_UTF8 + b"a\xff", "not UTF-8 text"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_table(path, required=["a"])
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_table(tmp_path)


ROWS = [{"a": "0.5", "b": "r_reach"}, {"a": "12.25", "b": "größer"}]


def rows_of(path: Path, content: bytes) -> list[dict[str, str]]:
    path.write_bytes(content)
    return [row.cells for row in read_table(path, required=["a", "b"]).rows]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, codec: str, newline: str) -> None:
    text = "a,b\n0.5,r_reach\n12.25,größer\n".replace("\n", newline)
    assert rows_of(tmp_path / "t.csv", text.encode(codec)) == ROWS


@pytest.mark.parametrize(
    ("codec", "mark", "remark"),
    [
        ("utf-16-le", codecs.BOM_UTF16_LE, "read as UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "read as UTF-16"),
        ("utf-16-le", b"", "read as UTF-16"),
        ("cp1252", b"", "read as Windows-1252"),
    ],
)
def test_the_encoding_is_named(tmp_path: Path, codec: str, mark: bytes, remark: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(mark + "a,b\n0.5,größer als\n".encode(codec))
    table = read_table(path)
    assert [one.text for one in table.remarks] == [remark] and table.rows[0].cells["b"] == "größer als"


@pytest.mark.parametrize(
    "text",
    [
        "a;b\n0,5;r_reach\n12,25;größer\n",
        "a\tb\n0,5\tr_reach\n12,25\tgrößer\n",
        "a\tb\n0.5\tr_reach\n12.25\tgrößer\n",
        "sep=;\na;b\n0,5;r_reach\n12,25;größer\n",
        '"sep=;"\n"a";"b"\n"0,5";"r_reach"\n"12,25";"größer"\n',
        "SEP=,\na,b\n0.5,r_reach\n12.25,größer\n",
        'a,b\n"0,5",r_reach\n"12,25",größer\n',
        "a,b,,,\n0.5,r_reach,,,\n12.25,größer,,,\n",
        "a;b;;\n0,5;r_reach;;\n\n12,25;größer;;\n;;;\n",
        "\n\n A , B \n0.5, r_reach\n12.25,größer",
        '"a","b"\n"0.5","r_reach"\n"12.25","größer"',
        "\ufeff\ufeffa,b\n0.5,r_reach\n12.25,größer",
    ],
)
def test_separators_decimal_commas_and_headers(tmp_path: Path, text: str) -> None:
    assert rows_of(tmp_path / "t.csv", text.encode()) == ROWS


@pytest.mark.parametrize("header", ["Time_s", "time_s", "TIME_S", "Time (s)", "Time [s]", "time s", "Time-s"])
def test_a_column_in_another_spelling(tmp_path: Path, header: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{header},x\n1,2\n")
    assert read_table(path, required=["Time_s"]).columns == ("Time_s", "x")


@pytest.mark.parametrize(
    ("separator", "cells", "read"),
    [
        (";", ["1.234,5", "12,25"], ["1234.5", "12.25"]),
        (";", ["1 234,5", "0,25"], ["1234.5", "0.25"]),
        (";", ["1,250", "2,500"], ["1.250", "2.500"]),
        (";", ["1,234.5", "2,000"], ["1234.5", "2000"]),
        (";", ["1", "2,5", ""], ["1", "2.5", ""]),
        ("\t", ["0,250", "2,500"], ["0.250", "2.500"]),
        ("\t", ["1,250", "2,500"], ["1,250", "2,500"]),
        (";", ["1.234", "2,5"], ["1.234", "2,5"]),
        (";", ["1.5", "2,5"], ["1.5", "2,5"]),
        (";", ["1.5", "2.5"], ["1.5", "2.5"]),
        (";", ["soon", "2,5"], ["soon", "2,5"]),
        (";", ["a,1", "b,2"], ["a,1", "b,2"]),
    ],
)
def test_decimal_commas_are_read_where_they_are_clear(
    tmp_path: Path, separator: str, cells: list[str], read: list[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join([f"a{separator}b", *(f"{cell}{separator}x" for cell in cells)]), encoding="utf-8")
    assert [row.cells["a"] for row in read_table(path).rows] == read


def test_a_note_over_several_lines_is_no_unclosed_quote(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "t.csv", b'a,b\n1,"two\nlines"\n2,x\n') == [
        {"a": "1", "b": "two\nlines"},
        {"a": "2", "b": "x"},
    ]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.5", 1.5),
        ("0", 0.0),
        (".5", 0.5),
        ("7.", 7.0),
        ("-2", -2.0),
        ("+3.25", 3.25),
        ("1e-05", 1e-05),
        ("2E3", 2e3),
    ],
)
def test_plain_numbers(cell: str, number: float) -> None:
    assert plain_number(cell) == number


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "1_000",
        "nan",
        "inf",
        "-Infinity",
        "1e999",
        "１２",
        "٣",
        "1,5",
        "1 000",
        "0x10",
        "1.2.3",
        "−1",
        "1e",
        "1\n",
    ],
)
def test_what_is_no_plain_number(cell: str) -> None:
    assert plain_number(cell) is None


@pytest.mark.parametrize("header", [b"\0" * 2000, b"<html>" * 1000, b"a\x1b[31m,b"])
def test_a_header_that_is_none_is_shown_in_short_and_without_control_characters(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(header)
    with pytest.raises(UserError, match="column 'x' is missing; the header has") as error:
        read_table(tmp_path / "t.csv", required=["x"])
    assert str(error.value).isprintable() and len(str(error.value)) < 500 + len(str(tmp_path))
