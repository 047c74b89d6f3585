"""The house rules: imports point down, light rooms stay light, modules and rooms stay small, a name is one thing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lmms_eval_plugins"
ARCHITECTURE = Path(__file__).parents[1] / "docs" / "architecture.md"

FLOORS = (
    "core",
    "domain",
    "video",
    "statistics",
    "dataset",
    "questions",
    "decoding",
    "assessments",
    "study",
    "runs",
    "models",
    "machine",
    "tasks",
    "reports",
    "demo",
    "execution",
    "cli",
)
"""The rooms, lowest first: a room imports from itself and from those before it."""

LIGHT = (*FLOORS[: FLOORS.index("models")], "reports")
"""Rooms that work in the base install."""

LIGHT_OF_DEMO = ("render", "scenes", "shipped_weights")
"""Parts of the demo that work in the base install."""

HEAVY = {"torch", "transformers", "lmms_eval"}

OLD_NAMES = {"task"}
"""Modules that only keep an import path of an earlier version alive."""

MOST_MODULES = 18
"""How many modules a room may hold at one level."""

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" and path.stem not in OLD_NAMES)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def is_light(path: Path) -> bool:
    room, *parts = path.relative_to(PACKAGE).with_suffix("").parts
    return room in LIGHT or (room == "demo" and parts[0] in LIGHT_OF_DEMO)


def module_of(path: Path) -> str:
    return ".".join(("lmms_eval_plugins", *path.relative_to(PACKAGE).with_suffix("").parts))


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_room_has_a_floor() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == set(FLOORS)


def test_the_documentation_draws_the_same_floors() -> None:
    drawn = next(line for line in ARCHITECTURE.read_text(encoding="utf-8").splitlines() if line.startswith("cli → "))
    assert tuple(reversed(drawn.split(" → "))) == FLOORS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    floor = FLOORS.index(room_of(path))
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "lmms_eval_plugins" and len(parts) > 1 and parts[1] in FLOORS:
            assert FLOORS.index(parts[1]) <= floor, f"{room_of(path)} must not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_light_rooms_import_nothing_heavy(path: Path) -> None:
    if is_light(path):
        assert not {name.split(".")[0] for name in imports_of(path)} & HEAVY


def test_light_rooms_load_nothing_heavy() -> None:
    modules = [module_of(path) for path in MODULES if is_light(path) and "detectors" not in path.parts]
    code = f"import sys, importlib; [importlib.import_module(m) for m in {modules!r}]; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {name.split(".")[0] for name in loaded} & HEAVY


def test_rooms_are_not_crowded() -> None:
    crowd: dict[Path, int] = defaultdict(int)
    for path in MODULES:
        crowd[path.parent.relative_to(PACKAGE)] += 1
    assert {str(room): n for room, n in crowd.items() if n > MOST_MODULES} == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_public_names_stand_for_one_thing() -> None:
    """Two classes never share a name; two functions only in one room, as the entry points of plug-ins do."""
    classes: dict[str, set[Path]] = defaultdict(set)
    functions: dict[str, set[Path]] = defaultdict(set)
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].add(path)
            elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                functions[node.name].add(path.parent)
    several = {name for found in (classes, functions) for name, places in found.items() if len(places) > 1}
    assert several == set()


NAMES_ONLY = {PACKAGE / "cli", PACKAGE / "reports/figures", PACKAGE / "runs/data_frames"}
"""Rooms whose faces offer functions and classes instead of modules."""


@pytest.mark.parametrize("face", sorted(PACKAGE.glob("*/**/__init__.py")), ids=lambda face: str(face.parent.name))
def test_the_face_of_a_room_says_what_it_offers(face: Path) -> None:
    tree = ast.parse(face.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    (offered,) = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    room = face.parent
    modules = {path.stem for path in room.glob("*.py")} | {path.parent.name for path in room.glob("*/__init__.py")}
    if room not in NAMES_ONLY:
        assert set(offered) == modules - {"__init__"}


CONSOLE = PACKAGE / "core/console.py"
OTHER_ENVIRONMENTS = PACKAGE / "models/codebases"
"""Runs without the package around it; its output is read by a process of ours."""


def prints(node: ast.AST) -> bool:
    """Whether a piece of code writes to the terminal by itself."""
    if not isinstance(node, ast.Call):
        return False
    last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if last not in ("print", "Console", "Text", "warn", "write", "echo", "secho") and not last.startswith("print_"):
        return False  # what stands below takes twenty times as long
    named = ast.unparse(node.func)
    return named in ("print", "Console", "rich.print", "Text", "warnings.warn") or named.startswith(
        ("sys.stdout.write", "sys.stderr.write", "typer.echo", "typer.secho", "traceback.print_")
    )


def test_only_the_console_prints() -> None:
    """What is printed elsewhere might steer the terminal, or hold a secret: `lmms_eval_plugins.core.console`."""
    found = []
    for path in MODULES:
        if path != CONSOLE and OTHER_ENVIRONMENTS not in path.parents:
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            found += [f"{path}:{node.lineno}" for node in nodes if isinstance(node, ast.expr) and prints(node)]
    assert found == []
