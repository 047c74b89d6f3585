from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.mapping import CodeMeaning, read_mapping
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme


def write(folder: Path, text: str) -> Path:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_mapping_file(tmp_path: Path) -> None:
    text = """
tiers: {Right arm: right, notes: null, 7: left}
codes:
  R: reach
  1: idle
  x: null
  LT: {label: transport, hand: left}
subject: P01
videos: {tape1.mpg: P01_feeding1_1}
fps: 29.97
"""
    mapping = read_mapping(write(tmp_path, text), primitives_scheme())
    assert mapping.tiers == {"Right arm": "right", "notes": None, "7": "left"}
    assert mapping.codes == {"R": "reach", "1": "idle", "x": None, "LT": CodeMeaning(label="transport", hand="left")}
    assert (mapping.subject, mapping.videos, mapping.fps) == ("P01", {"tape1.mpg": "P01_feeding1_1"}, 29.97)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tiers: {a: right}\ncode: {R: reach}\n", r"line 2: code: unknown key; did you mean 'codes'\?"),
        (
            "codes:\n  R: reach\n  T: transprot\n",
            r"line 3: codes.T: no label 'transprot' .* did you mean 'transport'\?",
        ),
        ("codes:\n  T: {label: reach, hand: both}\n", "line 2"),
        ("tiers:\n  a: middle\n", "line 2: tiers.a"),
        ("fps: -1\n", "line 1: fps"),
        ("codes:\n  R: reach\n  R: idle\n", "line 3: not valid YAML .'R' stands twice"),
        ("tiers: [a\n", "not valid YAML"),
        ("- a\n", "mapping.yaml"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_mapping(write(tmp_path, text), primitives_scheme())


def test_labels_are_those_of_the_scheme(tmp_path: Path) -> None:
    scheme = Scheme.model_validate({"name": "own", "labels": {"grasp": {"colour": "#000000"}}})
    assert read_mapping(write(tmp_path, "codes: {G: grasp}"), scheme).codes == {"G": "grasp"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml", primitives_scheme())
