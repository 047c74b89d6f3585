"""Manifests: CSV files that list trials or Fugl-Meyer clips, one per row, for people to read and diff."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.errors import UserError

MANIFEST_NAME = "manifest.csv"
FMA_MANIFEST_NAME = "fma_clips.csv"

_PATH_FIELDS = ("path", "labels")
RowModel = TypeVar("RowModel", bound=BaseModel)


def read_manifest(path: Path) -> list[Trial]:
    """Read a trial manifest; relative paths come back resolved against its folder.

    Raises:
        UserError: the file is missing or empty, a column is missing or unknown, a value is not valid
            (the message names file, line and field), or two rows share a ``video_id``.
    """
    trials = _read_rows(path, Trial)
    seen: dict[str, int] = {}
    for line, trial in enumerate(trials, start=2):
        if trial.video_id in seen:
            raise UserError(
                f"{path}, line {line}: video_id {trial.video_id!r} is already on line {seen[trial.video_id]};"
                " give each video its own"
            )
        seen[trial.video_id] = line
    return trials


def read_fma_manifest(path: Path) -> list[FmaClip]:
    """Read a Fugl-Meyer clip manifest; relative paths come back resolved. Raises UserError as `read_manifest`."""
    return _read_rows(path, FmaClip)


def write_manifest(path: Path, rows: Sequence[Trial] | Sequence[FmaClip]) -> None:
    """Write trials or clips as CSV, paths inside the manifest's folder relative to it; replaces the file at once."""
    if not rows:
        raise UserError(f"{path}: nothing to write, the list of videos is empty")
    folder = path.parent.resolve()
    partial = path.with_name(path.name + ".part")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(type(rows[0]).model_fields), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(_to_cells(row, folder))
    partial.replace(path)


def _read_rows(path: Path, model: type[RowModel]) -> list[RowModel]:
    if not path.is_file():
        raise UserError(f"{path}: no such manifest; make one with `strokerehab index FOLDER`")
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or []
        unknown = [name for name in columns if name not in model.model_fields]
        missing = [n for n, f in model.model_fields.items() if f.is_required() and n not in columns]
        if unknown or missing:
            what = f"unknown column {unknown[0]!r}" if unknown else f"column {missing[0]!r} is missing"
            raise UserError(f"{path}: {what}; the columns are {', '.join(model.model_fields)}")
        rows = [_from_cells(cells, model, path, line) for line, cells in enumerate(reader, start=2)]
    if not rows:
        raise UserError(f"{path}: the manifest lists no video")
    return rows


def _from_cells(cells: Mapping[str, str | None], model: type[RowModel], path: Path, line: int) -> RowModel:
    values: dict[str, object] = {k: v for k, v in cells.items() if k and v not in (None, "")}
    for field in _PATH_FIELDS:
        if field in values:
            values[field] = path.parent / str(values[field])
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "row"
        raise UserError(f"{path}, line {line}, {field}: {first['msg']} (found {cells.get(field)!r})") from error


def _to_cells(row: BaseModel, folder: Path) -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, value in row:
        if value is None:
            cells[name] = ""
        elif isinstance(value, Path):
            absolute = value.resolve() if value.is_absolute() else (folder / value).resolve()
            cells[name] = (absolute.relative_to(folder) if absolute.is_relative_to(folder) else absolute).as_posix()
        elif isinstance(value, float):
            cells[name] = f"{value:.6f}".rstrip("0").rstrip(".")
        else:
            cells[name] = str(value)
    return cells
