"""JSON files that are replaced at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path


def write_json(path: Path, values: Mapping[str, object], default: Callable[[object], object] = str) -> None:
    """Replace a JSON file at once, so that a reader never sees half of it; of lists every item is a line.

    Args:
        path: the file.
        values: its content.
        default: what to write for a value that JSON does not know.
    """
    partial = path.with_name(path.name + ".part")
    with partial.open("w", encoding="utf-8") as file:
        separator = "{\n"
        for key, value in values.items():
            file.write(f"{separator} {json.dumps(key, ensure_ascii=False)}: ")
            if isinstance(value, list | tuple) and value:
                before = "[\n  "
                for item in value:
                    file.write(before + json.dumps(item, ensure_ascii=False, default=default))
                    before = ",\n  "
                file.write("\n ]")
            else:
                file.write(json.dumps(value, indent=1, ensure_ascii=False, default=default).replace("\n", "\n "))
            separator = ",\n"
        file.write("\n}\n" if values else "{\n\n}\n")
    partial.replace(path)
