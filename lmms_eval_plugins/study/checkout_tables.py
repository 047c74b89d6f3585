"""The tables of a vlms4rehab checkout, as trials, Fugl-Meyer clips and item scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.csv_table import CsvRow, CsvTable, read_table
from lmms_eval_plugins.dataset.file_names import hand_of, parse_name
from lmms_eval_plugins.dataset.trial import FmaClip, ItemScore, Trial
from lmms_eval_plugins.domain.fugl_meyer import ITEMS
from lmms_eval_plugins.domain.vocabulary import Cohort

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
"""Field of a clip → column."""

_SUBJECT, _SIDE = "Subject ID", "Side of body affected"


def read_trials(path: Path, videos: Path | None, cohorts: Mapping[str, Cohort]) -> list[tuple[Trial, Path]]:
    """Read the trials of ``fp_metadata.csv``, each with the relative path of its label file.

    Ids and paths keep the dataset's spelling, as files do; the activity is spelt as in the vocabulary.

    Raises:
        UserError: the table or a column is missing, or a value is not valid.
    """
    return [(_trial(row, path, videos, cohorts), Path(row.cells["path_l"])) for row in _read(path, _TRIAL_COLUMNS).rows]


def read_clips(path: Path, clips: Path | None, cohorts: Mapping[str, Cohort]) -> list[FmaClip]:
    """Read all clips of an ``ia_video_metadata….csv``: every arm and view, with questions or without.

    Raises:
        UserError: the table or a column is missing, or a value is not valid.
    """
    table = _read(path, ("path_v", "affected_video_loc", *_CLIP_COLUMNS.values()))
    return [_clip(row, path, clips, cohorts) for row in table.rows]


def read_clip_patients(path: Path) -> list[str]:
    """Read the patient of each clip of an ``ia_video_metadata….csv`` that has questions (``is_question_view``).

    Raises:
        UserError: the table or a column is missing.
    """
    rows = _read(path, ("patient", "is_question_view")).rows
    return [row.cells["patient"] for row in rows if row.cells["is_question_view"] == "True"]


def read_scores(
    path: Path, patients: Collection[str], cohorts: Mapping[str, Cohort], problems: list[str]
) -> list[ItemScore]:
    """Read therapists' scores of items 3 to 33 from ``fm_item_scores.csv``: of the affected side, of a control's left.

    A patient who is not in the table and an item without a score are added to the problems.

    Raises:
        UserError: the table or a column is missing, an affected side is not known, or a score is not 0, 1 or 2.
    """
    columns = [f"{item}{side}" for item in ITEMS for side in "LR"]
    table = _read(path, (_SUBJECT, _SIDE, *columns))
    scores: list[ItemScore] = []
    rows = {row.cells[_SUBJECT]: row for row in table.rows}
    for patient in patients:
        if patient not in rows:
            problems.append(f"{path}: {patient} has no item scores; clips of this patient cannot be scored")
            continue
        row = rows[patient]
        side = _scored_side(row, path, cohorts.get(patient))
        for item in ITEMS:
            cell = row.cells[f"{item}{side}"]
            if not cell:
                problems.append(
                    f"{path}, line {row.line}, {item}{side}: {patient} has no score here; the item is left out"
                )
                continue
            scores.append(_validated(ItemScore, {"patient": patient, "item": item, "score": cell}, row, path))
    return scores


def _scored_side(row: CsvRow, path: Path, cohort: Cohort | None) -> str:
    side = row.cells[_SIDE]
    if side in ("Left", "Right"):
        return side[0]
    if not side and cohort == "healthy":
        return "L"
    raise UserError(
        f"{path}, line {row.line}, {_SIDE}: {side!r} is neither Left nor Right; it may be empty for a control only"
    )


def _clip(row: CsvRow, path: Path, clips: Path | None, cohorts: Mapping[str, Cohort]) -> FmaClip:
    place = row.cells["affected_video_loc"]
    values: dict[str, object] = {field: row.cells[column] for field, column in _CLIP_COLUMNS.items()}
    values |= {
        "path": _below(clips, row.cells["path_v"]),
        "cohort": cohorts.get(row.cells["patient"], ""),
        "affected_place": "" if place == "Center" else place,
    }
    return _validated(FmaClip, values, row, path)


def _read(path: Path, columns: Iterable[str]) -> CsvTable:
    if not path.is_file():
        raise UserError(f"{path}: no such file; is this the root of a vlms4rehab checkout, with its data/ folder?")
    return read_table(path, required=columns)


def _trial(row: CsvRow, path: Path, videos: Path | None, cohorts: Mapping[str, Cohort]) -> Trial:
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


def _validated(model: type[Model], values: Mapping[str, object], row: CsvRow, path: Path) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise UserError(f"{path}, line {row.line}, {field}: {first['msg']} (found {values[field]!r})") from None
