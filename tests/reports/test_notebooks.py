"""The notebooks in postprocess/: thin, without output, and they run: on tiny runs, and on the published logs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.logs import SHARED
from tests.support.tiny_runs import write_tiny_runs

FOLDER = Path(__file__).resolve().parents[2] / "postprocess"
NAMES = ("identification", "primitives", "sampling", "counting", "impairment", "failure_modes", "left_v_right")

Shown = dict[str, dict[str, list[Any]]]
"""Folder of runs → notebook → its executed cells."""


@pytest.fixture(scope="module")
def nbformat() -> Any:  # has no types
    """Imported here: it takes seconds, in every process that collects tests."""
    return pytest.importorskip("nbformat")


@pytest.fixture(scope="module")
def notebooks(nbformat: Any) -> dict[str, Any]:
    return {name: nbformat.read(FOLDER / f"{name}.ipynb", as_version=4) for name in NAMES}


def test_there_are_no_others() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_thin_and_without_output(name: str, nbformat: Any, notebooks: dict[str, Any]) -> None:
    notebook = notebooks[name]
    nbformat.validate(notebook)
    assert len(notebook.cells) < 15
    assert notebook.metadata.kernelspec.name == "python3"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert sum("RUNS = " in cell.source for cell in code) == 1
    for cell in code:
        assert not cell.outputs
        assert cell.execution_count is None
        assert len(cell.source.splitlines()) <= 4
        imported = [line for line in cell.source.splitlines() if line.startswith(("import ", "from "))]
        assert all(line == "import os" or "lmms_eval_plugins.reports." in line for line in imported)


@pytest.fixture(scope="module")
def shown(nbformat: Any, notebooks: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Every notebook on tiny runs, and some on the published logs, one after the other in one kernel, each with an
    empty namespace: which of both → name → its cells."""
    client, new_code_cell = pytest.importorskip("nbclient").NotebookClient, nbformat.v4.new_code_cell
    places: dict[str, tuple[Path, tuple[str, ...]]] = {
        "tiny": (write_tiny_runs(tmp_path_factory.mktemp("runs")), NAMES)
    }
    if (SHARED / "EXPECTED.json").is_file():
        places["published"] = (SHARED, ("identification", "sampling", "impairment", "left_v_right"))
    whole, cells = nbformat.v4.new_notebook(), {}
    for place, (runs, names) in places.items():
        whole.cells.append(new_code_cell(f"%env STROKEREHAB_RUNS={runs}"))
        cells[place] = {
            name: [one.copy() for one in notebooks[name].cells if one.cell_type == "code"] for name in names
        }
        for own in cells[place].values():
            whole.cells += [new_code_cell("%reset -f"), *own]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(FOLDER.parent))
        client(whole, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}).execute()
    return cells


def outcome_of(cells: Sequence[Any]) -> tuple[str, int, int]:
    """What the cells printed, and how many of them show a picture or a table."""
    outputs = [output for cell in cells for output in cell.outputs]
    printed = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
    data = [output.data for output in outputs if output.output_type == "execute_result"]
    return printed, sum("image/png" in one for one in data), sum("text/html" in one for one in data)


def test_on_tiny_runs(shown: Shown) -> None:
    outputs = {name: outcome_of(own) for name, own in shown["tiny"].items()}
    figures = {name: pictures for name, (_, pictures, _) in outputs.items()}
    assert figures == {
        "identification": 1,
        "primitives": 4,
        "sampling": 2,
        "counting": 2,
        "impairment": 1,
        "failure_modes": 2,
        "left_v_right": 0,
    }
    printed, _, _ = outputs["left_v_right"]
    assert len(printed.splitlines()) == 1
    assert "no left_v_right_activation_results.csv" in printed
    assert outputs["failure_modes"][2] == 2


def test_on_the_published_logs(published: Path, shown: Shown) -> None:
    outputs = {name: outcome_of(own) for name, own in shown["published"].items()}
    assert [pictures for _, pictures, _ in outputs.values()] == [2, 2, 0, 1]
    assert "no figure fugl_meyer" in outputs["impairment"][0]
    assert outputs["sampling"][2] == 2
