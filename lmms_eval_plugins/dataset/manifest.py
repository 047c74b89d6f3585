"""Manifests: CSV files with one trial, Fugl-Meyer clip or item score per row, for people to read and diff."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.dataset.csv_table import CsvRow, read_table
from lmms_eval_plugins.dataset.trial import FmaClip, ItemScore, Trial

MANIFEST_NAME = "manifest.csv"
FMA_MANIFEST_NAME = "fma_clips.csv"
FMA_SCORES_NAME = "fma_scores.csv"

_PATH_FIELDS = ("path", "labels")
_FURTHER_RATER = re.compile(r"labels_([2-9]|[1-9]\d+)")
_WRITTEN_IF_SET = ("offset_s", "other_labels")
"""Fields that have no column where no row sets them, so that older readers can read the manifest."""

RowModel = TypeVar("RowModel", bound=BaseModel)


def read_manifest(path: Path) -> list[Trial]:
    """Read a trial manifest; paths relative to the manifest's folder become absolute.

    Raises:
        UserError: the file is missing or empty, a column is missing or unknown, a value is not valid
            (the message names file, line and field), or two rows share a ``video_id``.

    >>> [(trial.video_id, trial.activity, trial.fps) for trial in read_manifest(Path("manifest.csv"))]
    [('S1_drinking1_1', 'drinking', 60.0), ('S2_drinking1_1', 'drinking', 60.0)]
    """
    seen: dict[str, int] = {}
    trials: list[Trial] = []
    for line, trial in _read_rows(path, Trial):
        if trial.video_id in seen:
            raise UserError(
                f"{path}, line {line}: video_id {trial.video_id!r} is already on line {seen[trial.video_id]};"
                " give each video its own"
            )
        seen[trial.video_id] = line
        trials.append(trial)
    return trials


def read_fma_manifest(path: Path) -> list[FmaClip]:
    """Read a Fugl-Meyer clip manifest; paths relative to the manifest's folder become absolute.

    Raises:
        UserError: as `read_manifest`; also where two clips show one item of a patient with the same arm and camera, or
            have the same file name.
    """
    shown: dict[tuple[str, int, str, str], int] = {}
    named: dict[str, int] = {}
    clips: list[FmaClip] = []
    for line, clip in _read_rows(path, FmaClip):
        for item in clip.items:
            first = shown.setdefault((clip.patient, item, clip.laterality, clip.view), line)
            if first != line:
                raise UserError(
                    f"{path}, lines {first} and {line}: two clips of item {item} of {clip.patient} with laterality"
                    f" {clip.laterality} and view {clip.view}; keep one"
                )
        first = named.setdefault(clip.video_id, line)
        if first != line:
            raise UserError(f"{path}, lines {first} and {line}: two clips are named {clip.video_id!r}; rename one")
        clips.append(clip)
    return clips


def read_item_scores(path: Path) -> dict[str, dict[int, int]]:
    """Read therapists' item scores: patient → item → 0, 1 or 2.

    Raises:
        UserError: as `read_manifest`; also where a patient's item is scored twice.
    """
    scores: dict[str, dict[int, int]] = {}
    for line, row in _read_rows(path, ItemScore):
        own = scores.setdefault(row.patient, {})
        if row.item in own:
            raise UserError(f"{path}, line {line}: item {row.item} of {row.patient} is already scored; keep one score")
        own[row.item] = row.score
    return scores


def write_manifest(path: Path, rows: Sequence[Trial] | Sequence[FmaClip] | Sequence[ItemScore]) -> None:
    """Write trials, clips or scores as CSV, with paths below its folder relative; the file is replaced at once.

    Raises:
        UserError: there are no rows.
    """
    if not rows:
        raise UserError(f"{path}: nothing to write, the list of videos is empty")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(_to_table(rows, path.parent))
    partial.replace(path)


def _read_rows(path: Path, model: type[RowModel]) -> list[tuple[int, RowModel]]:
    if not path.is_file():
        raise UserError(f"{path}: no such manifest; make one with `strokerehab index FOLDER`")
    fields = model.model_fields
    table = read_table(path, required=(name for name, field in fields.items() if field.is_required()))
    for column in table.columns:
        if column not in fields and not _FURTHER_RATER.fullmatch(column):
            raise UserError(f"{path}: unknown column {column!r}{nearest(column, fields)}")
    if not table.rows:
        raise UserError(f"{path}: the manifest lists no video")
    folder = path.parent.absolute()
    return [(row.line, _from_row(row, model, path, folder)) for row in table.rows]


def _from_row(row: CsvRow, model: type[RowModel], path: Path, folder: Path) -> RowModel:
    values: dict[str, object] = {name: cell for name, cell in row.cells.items() if cell}
    further = sorted(filter(_FURTHER_RATER.fullmatch, values), key=lambda name: int(name.split("_")[1]))
    for field in (*_PATH_FIELDS, *further):
        if field in values:
            values[field] = folder / str(values[field])
    if further:
        values["other_labels"] = tuple(values.pop(name) for name in further)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        what = "is empty" if first["type"] == "missing" else f"{first['msg']} (found {row.cells[field]!r})"
        raise UserError(f"{path}, line {row.line}, {field}: {what}") from None


def _to_table(rows: Sequence[BaseModel], folder: Path) -> Iterator[list[str]]:
    """Yield header and rows; a tuple of paths becomes one column per path."""
    fields = [
        name
        for name, field in type(rows[0]).model_fields.items()
        if name not in _WRITTEN_IF_SET or any(getattr(row, name) != field.default for row in rows)
    ]
    n_further = max((len(row.other_labels) for row in rows if isinstance(row, Trial)), default=0)
    single = [name for name in fields if name != "other_labels"]
    yield [*single, *(f"labels_{number + 2}" for number in range(n_further))]
    for row in rows:
        others: tuple[Path, ...] = row.other_labels if isinstance(row, Trial) else ()
        padded: list[Path | None] = [*others, *[None] * (n_further - len(others))]
        yield [_to_cell(value, folder) for value in (*(getattr(row, name) for name in single), *padded)]


def _to_cell(value: object, folder: Path) -> str:
    if value is None:
        return ""
    if isinstance(value, Path):
        return _relative(value, folder).as_posix()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def _relative(path: Path, folder: Path) -> Path:
    for base in (folder.absolute(), folder.resolve()):
        if path.is_relative_to(base):
            return path.relative_to(base)
    return path


def manifest_in(data: Path, name: str) -> Path:
    """Return the path of a dataset's manifest: the file itself where it is given, else that name in the folder.

    Args:
        data: the dataset's folder or manifest.
        name: file name of the manifest.

    Raises:
        UserError: there is no such folder.
    """
    if data.is_file():
        return data if data.name == name or name == MANIFEST_NAME else data.with_name(name)
    if not data.is_dir():
        raise UserError(
            f"{data}: no such dataset folder; give one with --data, or `strokerehab demo render` for the demo"
        )
    return data / name
