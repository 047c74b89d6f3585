"""Write docs/architectures.md to standard output: ``python -m tests.support.architectures``."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import make_dataset
from tests.support.architectures import ARCHITECTURES
from tests.support.architectures.asked import asked, rows_of
from tests.support.architectures.table import page, row_of


def main() -> None:
    """Ask every tiny checkpoint, and write the page."""
    with TemporaryDirectory() as folder:
        rows = rows_of(make_dataset(Path(folder) / "data"))
        lines = []
        for name, architecture in ARCHITECTURES.items():
            _, path = asked(architecture.make(Path(folder) / name), rows, Path(folder) / f"{name}.jsonl")
            lines.append(row_of(name, path.shares_prefix, path.frames))
    sys.stdout.write(page(lines))


main()
