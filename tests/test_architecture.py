"""The house rules: imports only point down, light floors stay light, modules stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lmms_eval_plugins"

FLOORS = {
    "errors": 0,
    "vocabulary": 0,
    "fugl_meyer": 0,
    "timeline": 0,
    "places": 0,
    "yaml_lines": 0,
    "video": 1,
    "questions": 2,
    "scoring": 2,
    "wrappers": 2,
    "dataset": 3,
    "results": 3,
    "task": 4,
    "demo": 4,
    "launch": 5,
    "cli": 6,
}
HEAVY = {"torch", "transformers", "lmms_eval"}
LIGHT = ["scoring", "questions", "dataset", "results", "timeline", "vocabulary", "fugl_meyer", "errors"]
"""Parts that never import a heavy package; ``results`` reads answer files through ``wrappers.answers`` only."""

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    for name in imports_of(path):
        if name.startswith("lmms_eval_plugins."):
            other = name.split(".")[1]
            assert FLOORS[other] <= FLOORS[room], f"{room} must not import {name}"


def test_no_circles_between_rooms() -> None:
    needs = {room: set[str]() for room in FLOORS}
    for path in MODULES:
        needs[room_of(path)] |= {n.split(".")[1] for n in imports_of(path) if n.startswith("lmms_eval_plugins.")}
    for room in needs:
        seen: set[str] = set()
        waiting = list(needs[room] - {room})
        while waiting:
            other = waiting.pop()
            assert other != room, f"{room} imports itself by a detour"
            waiting += needs[other] - seen
            seen |= needs[other]


@pytest.mark.parametrize("room", ["video", "scoring", "questions"])
def test_no_heavy_import_in_light_rooms(room: str) -> None:
    for path in MODULES:
        if room_of(path) == room:
            assert not {name.split(".")[0] for name in imports_of(path)} & HEAVY, path


def test_results_import_nothing_heavy() -> None:
    modules = [
        ".".join(("lmms_eval_plugins", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in MODULES
        if room_of(path) in LIGHT
    ]
    code = f"import sys, importlib; [importlib.import_module(m) for m in {modules!r}]; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {name.split(".")[0] for name in loaded} & HEAVY


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
