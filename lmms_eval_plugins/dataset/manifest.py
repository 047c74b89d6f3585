"""Manifests: CSV files with one trial, Fugl-Meyer clip or item score per row, for people to read and diff."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.core.safe_names import inside, name_key, shown, text_problem
from lmms_eval_plugins.dataset.csv_table import CsvRow, plain_number, read_table
from lmms_eval_plugins.dataset.trial import FmaClip, ItemScore, Trial

MANIFEST_NAME = "manifest.csv"
FMA_MANIFEST_NAME = "fma_clips.csv"
FMA_SCORES_NAME = "fma_scores.csv"

_PATH_FIELDS = ("path", "labels")
_FURTHER_RATER = re.compile(r"labels_([2-9]|[1-9]\d+)")
_OWN_COLUMNS = "other_columns"
_WRITTEN_IF_SET = ("date", "offset_s", "other_labels")
"""Fields that have no column where no row sets them, so that older readers can read the manifest."""

RowModel = TypeVar("RowModel", bound=BaseModel)


def read_manifest(path: Path) -> list[Trial]:
    """Read a trial manifest; paths relative to the manifest's folder become absolute.

    Columns that are not of a `Trial` are kept with it, unless their name is nearly that of one: that is a typo.

    Raises:
        UserError: the file is missing or empty, a column is missing or misspelt, a value is not valid
            (the message names file, line and field), or two rows share a ``video_id``, or have ids that differ only by
            case or by how their letters are encoded.

    >>> [(trial.video_id, trial.activity, trial.fps) for trial in read_manifest(Path("manifest.csv"))]
    [('S1_drinking1_1', 'drinking', 60.0), ('S2_drinking1_1', 'drinking', 60.0)]
    """
    seen: dict[str, tuple[str, int]] = {}
    trials: list[Trial] = []
    for line, trial in _read_rows(path, Trial):
        key = name_key(trial.video_id)
        if key in seen:
            raise UserError(f"{path}, line {line}: {_namesake(trial.video_id, *seen[key])}; give each video its own")
        seen[key] = (trial.video_id, line)
        trials.append(trial)
    return trials


def _namesake(video_id: str, first: str, line: int) -> str:
    if video_id == first:
        return f"video_id {video_id!r} is already on line {line}"
    return (
        f"video_id {video_id!r} differs from {first!r} on line {line} only by case or by how its letters are encoded,"
        " which many file systems do not tell apart"
    )


def read_fma_manifest(path: Path) -> list[FmaClip]:
    """Read a Fugl-Meyer clip manifest; paths relative to the manifest's folder become absolute.

    Raises:
        UserError: as `read_manifest`; also where two clips show one item of a patient with the same arm and camera, or
            have the same file name.
    """
    known = ClipList()
    for line, clip in _read_rows(path, FmaClip):
        if problem := known.add(line, clip):
            raise UserError(f"{path}, {problem}")
    return known.clips


class ClipList:
    """Clips of a table of which no two show the same or have one name.

    Attributes:
        clips: the clips that were added.
    """

    def __init__(self) -> None:
        self.clips: list[FmaClip] = []
        self._items: dict[tuple[str, int, str, str], int] = {}
        self._names: dict[str, int] = {}

    def add(self, line: int, clip: FmaClip) -> str | None:
        """Add the clip of a line; where an earlier one shows the same, return that in words and leave it out."""
        shows = [(clip.patient, item, clip.laterality, clip.view) for item in clip.items]
        for key in shows:
            if key in self._items:
                return (
                    f"lines {self._items[key]} and {line}: two clips of item {key[1]} of {clip.patient} with laterality"
                    f" {clip.laterality} and view {clip.view}; keep one"
                )
        name = name_key(clip.video_id)
        if name in self._names:
            return f"lines {self._names[name]} and {line}: two clips are named {clip.video_id!r}; rename one"
        self._items |= dict.fromkeys(shows, line)
        self._names[name] = line
        self.clips.append(clip)
        return None


def read_filmed(manifest: Path) -> tuple[list[Trial], list[FmaClip]]:
    """Read the trials and the Fugl-Meyer clips of a dataset, which may have one of the two manifests alone.

    Args:
        manifest: path of the trials' manifest, as of `manifest_in`; that of the clips lies beside it.

    Raises:
        UserError: a manifest is not valid (see `read_manifest`), or there is neither.
    """
    clips = manifest.with_name(FMA_MANIFEST_NAME)
    has_clips = clips.is_file()
    trials = read_manifest(manifest) if manifest.is_file() or not has_clips else []
    return trials, read_fma_manifest(clips) if has_clips else []


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
        UserError: there are no rows, the file cannot be written, or only through a link to another folder.
    """
    if not rows:
        raise UserError(f"{path}: nothing to write, the list of videos is empty")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = inside(path.parent, path.with_name(path.name + ".part"))
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows(_to_table(rows, path.parent))
        partial.replace(path)


def _read_rows(path: Path, model: type[RowModel]) -> list[tuple[int, RowModel]]:
    if not path.is_file():
        raise UserError(f"{path}: no such manifest; make one with `strokerehab index FOLDER`")
    fields = model.model_fields
    required = [name for name, field in fields.items() if field.is_required()]
    numbers = [name for name, field in fields.items() if _is_numeric(field)]
    table = read_table(path, required, known=fields, numbers=numbers)
    own = [name for name in table.columns if name not in fields and not _FURTHER_RATER.fullmatch(name)]
    for column in own:
        if _OWN_COLUMNS not in fields:
            raise UserError(f"{path}: unknown column {column!r}{nearest(column, fields)}")
        if _is_misspelt(column, fields):
            raise UserError(
                f"{path}: unknown column {column!r}{nearest(column, fields)} A column of your own needs another name"
            )
    if not table.rows:
        raise UserError(f"{path}: the manifest lists no video")
    folder = path.parent.absolute()
    return [(row.line, _from_row(row, model, path, folder)) for row in table.rows]


_ALIKE, _THE_SAME_BUT = 0.8, 0.9
"""From how alike on, 0 to 1, a name is a known one misspelt: where the first letter is right, and where it is not."""


def _is_misspelt(column: str, known: Iterable[str]) -> bool:
    """Return whether a column's name is most likely a known one with a slip; ``weight`` is not ``height``."""
    alike = ((SequenceMatcher(None, column.casefold(), name).ratio(), name[0] == column[0]) for name in known)
    return any(ratio >= (_ALIKE if same_start else _THE_SAME_BUT) for ratio, same_start in alike)


def _from_row(row: CsvRow, model: type[RowModel], path: Path, folder: Path) -> RowModel:
    fields = model.model_fields
    own = {name: cell for name, cell in row.cells.items() if name not in fields and not _FURTHER_RATER.fullmatch(name)}
    values: dict[str, object] = {name: cell for name, cell in row.cells.items() if cell and name not in own}
    if own:
        values[_OWN_COLUMNS] = own
    for field, cell in row.cells.items():
        is_numeric = field in fields and _is_numeric(fields[field])
        if cell and is_numeric and plain_number(cell) is None:
            raise UserError(f"{path}, line {row.line}, {field}: not a plain number such as 12.5 (found {shown(cell)})")
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
        if field == "other_labels":
            field = further[int(first["loc"][1])]
        message = first["msg"].removeprefix("Value error, ")
        what = "is empty" if first["type"] == "missing" else f"{message} (found {shown(row.cells[field])})"
        raise UserError(f"{path}, line {row.line}, {field}: {what}") from None


def _is_numeric(field: FieldInfo) -> bool:
    return field.annotation in (int, float, int | None, float | None)


def _to_table(rows: Sequence[BaseModel], folder: Path) -> Iterator[list[str]]:
    """Yield header and rows; a tuple of paths becomes one column per path, and the dataset's own columns come last."""
    fields = [
        name
        for name, field in type(rows[0]).model_fields.items()
        if name != _OWN_COLUMNS
        and (name not in _WRITTEN_IF_SET or any(getattr(row, name) != field.default for row in rows))
    ]
    n_further = max((len(row.other_labels) for row in rows if isinstance(row, Trial)), default=0)
    single = [name for name in fields if name != "other_labels"]
    own = list(dict.fromkeys(name for row in rows if isinstance(row, Trial) for name in row.other_columns))
    yield [*single, *(f"labels_{number + 2}" for number in range(n_further)), *own]
    for row in rows:
        others: tuple[Path, ...] = row.other_labels if isinstance(row, Trial) else ()
        padded: list[Path | None] = [*others, *[None] * (n_further - len(others))]
        cells = [_to_cell(value, folder) for value in (*(getattr(row, name) for name in single), *padded)]
        yield [*cells, *(row.other_columns.get(name, "") if isinstance(row, Trial) else "" for name in own)]


def _to_cell(value: object, folder: Path) -> str:
    if value is None:
        return ""
    if isinstance(value, Path):
        name = _relative(value, folder).as_posix()
        return name if name == name.lstrip() else f"./{name}"  # cells are read without the blanks around them
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
        UserError: there is no such folder, or no video's path in it could be written down.
    """
    if problem := text_problem(str(data.absolute())):
        raise UserError(f"{data}: the path of the dataset {problem}")
    if data.is_file():
        return data if data.name == name or name == MANIFEST_NAME else data.with_name(name)
    if not data.is_dir():
        raise UserError(
            f"{data}: no such dataset folder; give one with --data, or `strokerehab demo render` for the demo"
        )
    return data / name
