from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.formats import contents
from lmms_eval_plugins.dataset.labels.formats.known import read_tool_file
from tests.support.label_tools import eaf, slots, tier


def test_a_format_is_recognised_by_content(tmp_path: Path) -> None:
    path = tmp_path / "renamed.txt"
    path.write_text(eaf(tier("right", ("reach", 1, 2)), slots(0, 1000)), encoding="utf-8")
    assert read_tool_file(path)[0].name == "ELAN"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.eaf", b"start,stop\n1,2\n", "not the ELAN file that its name promises"),
        ("a.boris", b'{"hello": 1}', "not the BORIS project file that its name promises .JSON with the keys hello"),
        ("a.json", b'{"a": [1, 2', "line 1: not valid JSON"),
        ("a.json", b"[" * 200_000, "nested too deeply"),
        ("a.xml", b"<html><body/></html>", "XML that starts with <html>"),
        ("a.json", b"[]", "of no format that is known .a JSON list"),
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\x00\x01\x02\x03", "of no format"),
        ("a.boris.gz", gzip.compress(b"{}", mtime=0)[:-9], "the archive is damaged"),
    ],
)
def test_what_is_no_label_file_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=said):
        read_tool_file(tmp_path / name)


def test_files_of_absurd_size_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_BYTES", 1000)
    (tmp_path / "plain.csv").write_bytes(b"x" * 1001)
    (tmp_path / "bomb.boris.gz").write_bytes(gzip.compress(b" " * 100_000))
    for name in ("plain.csv", "bomb.boris.gz"):
        with pytest.raises(UserError, match=r"too large|unpacks to more"):
            read_tool_file(tmp_path / name)
