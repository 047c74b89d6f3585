"""Every kind of remark that the check can make is in the page about it, with its grades, and no other."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import lmms_eval_plugins
from lmms_eval_plugins.dataset.check.findings import DatasetCheck
from lmms_eval_plugins.dataset.remarks import GRADES

ROOT = Path(__file__).parents[3]
DATASET = Path(lmms_eval_plugins.__file__).parent / "dataset"
ROW = re.compile(r"^\| `([a-z-]+)` \| ([a-z ]+?) \| .+ \|.*\|$", re.MULTILINE)
DOCUMENTED = {
    kind: set(grades.split(" or ")) for kind, grades in ROW.findall((ROOT / "docs/check.md").read_text("utf-8"))
}

MAKES = {"Remark": (0, 1), "without_partner": (None, 2)}
"""What makes remarks: the places of grade and kind among its arguments."""


def words(node: ast.expr) -> set[str]:
    if isinstance(node, ast.IfExp):
        return words(node.body) | words(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def made(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield kind and grades of every remark that a module makes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKES:
            grade, kind = MAKES[node.func.id]
            for word in words(node.args[kind]):
                yield word, words(node.args[grade]) if grade is not None else {"doubtful"}


def test_the_page_lists_every_kind_with_its_grades() -> None:
    grades: dict[str, set[str]] = defaultdict(set)
    for path in (*DATASET.glob("*.py"), *DATASET.glob("check/*.py"), *DATASET.glob("labels/*.py")):
        if not path.stem.startswith(("convert", "tool_")):  # those of other tools' files have their own page
            for kind, of_kind in made(path):
                grades[kind] |= of_kind
    assert DOCUMENTED.keys() == grades.keys()
    assert {kind: of_kind for kind, of_kind in grades.items() if not of_kind <= DOCUMENTED[kind]} == {}
    assert set().union(*DOCUMENTED.values()) == set(GRADES)


def test_what_the_odd_data_show_is_in_the_page(checked: DatasetCheck) -> None:
    assert {(grade, kind) for grade, kind in checked.kinds if grade not in DOCUMENTED.get(kind, ())} == set()
    assert len({kind for _, kind in checked.kinds}) > 45


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_kinds_are_spelt_alike(kind: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind)
