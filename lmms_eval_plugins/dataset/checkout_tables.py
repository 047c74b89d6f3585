"""The tables of a vlms4rehab checkout, as trials and Fugl-Meyer clips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.dataset.names import hand_of, parse_name
from lmms_eval_plugins.dataset.table import Row, Table, read_table
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.vocabulary import Cohort

Model = TypeVar("Model", bound=BaseModel)

_TRIAL_COLUMNS = ("id", "path_v", "path_l", "patient", "fps", "duration_s", "width", "height")
_CLIP_COLUMNS = {
    "patient": "patient",
    "item_low": "fm_low",
    "item_high": "fm_high",
    "laterality": "laterality",
    "view": "video_view",
    "side_affected": "side_affected",
    "duration_s": "duration",
}
"""For each field of a clip, its column."""


def read_trials(path: Path, videos: Path | None, cohorts: Mapping[str, Cohort]) -> list[tuple[Trial, Path]]:
    """The trials of ``fp_metadata.csv``, each with the relative path of its label file.

    Ids and paths keep the dataset's spelling, since files are named so; the activity is spelt as in the vocabulary.

    Raises:
        UserError: the table or a column is missing, or a value is not valid.
    """
    return [(_trial(row, path, videos, cohorts), Path(row.cells["path_l"])) for row in _read(path, _TRIAL_COLUMNS).rows]


def read_clips(path: Path, clips: Path | None) -> list[FmaClip]:
    """The clips of an ``ia_video_metadata….csv`` that questions are asked about: those marked ``is_question_view``.

    Raises:
        UserError: the table or a column is missing, or a value is not valid.
    """
    table = _read(path, ("path_v", "is_question_view", *_CLIP_COLUMNS.values()))
    return [
        _validated(
            FmaClip,
            {field: row.cells[column] for field, column in _CLIP_COLUMNS.items()}
            | {"path": _below(clips, row.cells["path_v"])},
            row,
            path,
        )
        for row in table.rows
        if row.cells["is_question_view"] == "True"
    ]


def _read(path: Path, columns: Iterable[str]) -> Table:
    if not path.is_file():
        raise UserError(f"{path}: no such file; is this the root of a vlms4rehab checkout, with its data/ folder?")
    return read_table(path, required=columns)


def _trial(row: Row, path: Path, videos: Path | None, cohorts: Mapping[str, Cohort]) -> Trial:
    cells = row.cells
    name = parse_name(cells["id"])
    if not name:
        raise UserError(
            f"{path}, line {row.line}, id: {cells['id']!r} is not <subject>_<activity><repetition>_<view>; correct it"
        )
    try:
        n_frames = round(float(cells["fps"]) * float(cells["duration_s"]))
    except ValueError:
        raise UserError(f"{path}, line {row.line}, fps or duration_s: not a number; correct it") from None
    values = {
        "video_id": cells["id"],
        "path": _below(videos, cells["path_v"]),
        "patient": cells["patient"],
        "cohort": cohorts.get(cells["patient"], ""),
        "activity": name.activity,
        "repetition": name.repetition,
        "view": name.view,
        "hand": hand_of(name.activity),
        "fps": cells["fps"],
        "n_frames": n_frames,
        "duration_s": cells["duration_s"],
        "width": cells["width"],
        "height": cells["height"],
    }
    return _validated(Trial, values, row, path)


def _below(root: Path | None, name: str) -> Path:
    return root.absolute() / name if root else Path(name)


def _validated(model: type[Model], values: Mapping[str, object], row: Row, path: Path) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise UserError(f"{path}, line {row.line}, {field}: {first['msg']} (found {values[field]!r})") from None
