from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.csv_table import CsvRow, read_table


def test_cells_by_column_with_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffa, b\n\n1, "x, y" \n,\n2\n'.encode())
    assert read_table(path).rows == (CsvRow(3, {"a": "1", "b": "x, y"}), CsvRow(5, {"a": "2", "b": ""}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a;b\n1;2\n", "column 'a' is missing; the header has a;b"),
        (b"", "column 'a' is missing; the header has nothing"),
        (b"a,a\n", "column 'a' is there twice"),
        (b"a\nx\n1,2\n", "line 3: more cells than the 1 columns"),
        (b"a\n\xff\xfe\n", "not UTF-8"),
        (b'a\n"' + b"x" * 140_000, "line 2: not valid CSV"),
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
