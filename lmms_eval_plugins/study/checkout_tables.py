"""The tables of a vlms4rehab checkout, as trials, Fugl-Meyer clips and item scores."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.safe_names import check_relative, name_key, shown
from lmms_eval_plugins.dataset.csv_table import CsvRow, CsvTable, read_table
from lmms_eval_plugins.dataset.file_names import hand_of, parse_name
from lmms_eval_plugins.dataset.manifest import ClipList
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

_LEFT_OUT = " (this row is left out)"

_SUBJECT, _SIDE = "Subject ID", "Side of body affected"


def read_trials(
    path: Path, videos: Path | None, cohorts: Mapping[str, Cohort], problems: list[str]
) -> list[tuple[Trial, Path]]:
    """Read the trials of ``fp_metadata.csv``, each with the relative path of its label file.

    Ids and paths keep the dataset's spelling, as files do; the activity is spelt as in the vocabulary. A row that
    cannot be used, or that has an earlier row's id, is added to the problems and left out.

    Raises:
        UserError: the table or a column is missing.
    """
    trials: dict[str, tuple[Trial, Path]] = {}
    lines: dict[str, int] = {}
    for row in _read(path, _TRIAL_COLUMNS).rows:
        try:
            trial = _trial(row, path, videos, cohorts)
            labels = row.cells["path_l"]
            key = name_key(trial.video_id)
            if key in trials:
                raise UserError(
                    f"{path}, line {row.line}, id: {shown(trial.video_id)} is already on line {lines[key]}"
                    + " in another spelling" * (trial.video_id != trials[key][0].video_id)
                )
            trials[key] = trial, check_relative(labels, f"{path}, line {row.line}, path_l") if labels else Path()
            lines[key] = row.line
        except UserError as error:
            problems.append(f"{error}{_LEFT_OUT}")
    return list(trials.values())


def read_clips(path: Path, clips: Path | None, cohorts: Mapping[str, Cohort], problems: list[str]) -> list[FmaClip]:
    """Read all clips of an ``ia_video_metadata….csv``: every arm and view, with questions or without.

    A row that cannot be used, or that shows what an earlier one shows, is added to the problems and left out.

    Raises:
        UserError: the table or a column is missing.
    """
    table = _read(path, ("path_v", "affected_video_loc", *_CLIP_COLUMNS.values()))
    known = ClipList()
    for row in table.rows:
        try:
            twice = known.add(row.line, _clip(row, path, clips, cohorts))
        except UserError as error:
            problems.append(f"{error}{_LEFT_OUT}")
        else:
            if twice:
                problems.append(f"{path}, {twice}{_LEFT_OUT}")
    return known.clips


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

    A patient who is not in the table, one with an affected side that is not known, a second row of a patient, and an
    item without a score of 0, 1 or 2 are added to the problems and left out.

    Raises:
        UserError: the table or a column is missing.
    """
    columns = [f"{item}{side}" for item in ITEMS for side in "LR"]
    rows: dict[str, CsvRow] = {}
    for row in _read(path, (_SUBJECT, _SIDE, *columns)).rows:
        first = rows.setdefault(row.cells[_SUBJECT], row)
        if first is not row:
            problems.append(
                f"{path}, line {row.line}, {_SUBJECT}: {shown(row.cells[_SUBJECT])} is already on line {first.line}"
                + _LEFT_OUT
            )
    scores: list[ItemScore] = []
    for patient in patients:
        if patient not in rows:
            problems.append(f"{path}: {patient} has no item scores; clips of this patient cannot be scored")
            continue
        try:
            side = _scored_side(rows[patient], path, cohorts.get(patient))
        except UserError as error:
            problems.append(f"{error}; {patient} is left out")
            continue
        scores += _scores_of(patient, rows[patient], side, path, problems)
    return scores


def _scores_of(patient: str, row: CsvRow, side: str, path: Path, problems: list[str]) -> Iterator[ItemScore]:
    for item in ITEMS:
        where = f"{path}, line {row.line}, {item}{side}"
        cell = row.cells[f"{item}{side}"]
        if not cell:
            problems.append(f"{where}: {patient} has no score here; the item is left out")
            continue
        try:
            yield _validated(ItemScore, {"patient": patient, "item": item, "score": cell}, row, path)
        except UserError as error:
            problems.append(f"{error}; item {item}{side} of {patient} is left out")


def _scored_side(row: CsvRow, path: Path, cohort: Cohort | None) -> str:
    side = row.cells[_SIDE]
    if side in ("Left", "Right"):
        return side[0]
    if not side and cohort == "healthy":
        return "L"
    raise UserError(
        f"{path}, line {row.line}, {_SIDE}: {shown(side)} is neither Left nor Right; it may be empty for a control only"
    )


def _clip(row: CsvRow, path: Path, clips: Path | None, cohorts: Mapping[str, Cohort]) -> FmaClip:
    place = row.cells["affected_video_loc"]
    values: dict[str, object] = {field: row.cells[column] for field, column in _CLIP_COLUMNS.items()}
    values |= {
        "path": _below(clips, row, path),
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
            f"{path}, line {row.line}, id: {shown(cells['id'])} is not <subject>_<activity><repetition>_<view>;"
            " correct it"
        )
    fps, duration_s = (_positive(row, path, column) for column in ("fps", "duration_s"))
    frames = fps * duration_s
    if not math.isfinite(frames):
        raise UserError(f"{path}, line {row.line}, fps or duration_s: no video is this long; correct it")
    values = {
        "video_id": cells["id"],
        "path": _below(videos, row, path),
        "patient": cells["patient"],
        "cohort": cohorts.get(cells["patient"], ""),
        "activity": name.activity,
        "repetition": name.repetition,
        "view": name.view,
        "hand": hand_of(name.activity),
        "fps": fps,
        "n_frames": round(frames),
        "duration_s": duration_s,
        "width": cells["width"],
        "height": cells["height"],
    }
    return _validated(Trial, values, row, path)


def _positive(row: CsvRow, path: Path, column: str) -> float:
    cell = row.cells[column]
    try:
        number = float(cell)
    except ValueError:
        raise UserError(f"{path}, line {row.line}, fps or duration_s: not a number; correct it") from None
    if not (math.isfinite(number) and number > 0):
        raise UserError(f"{path}, line {row.line}, {column}: must be a number above 0 (found {shown(cell)})")
    return number


def _below(root: Path | None, row: CsvRow, path: Path) -> Path:
    """Return the path of a row's video below a root; UserError where it would lead out of it."""
    name = check_relative(row.cells["path_v"], f"{path}, line {row.line}, path_v")
    return root.absolute() / name if root else name


def _validated(model: type[Model], values: Mapping[str, object], row: CsvRow, path: Path) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        message = first["msg"].removeprefix("Value error, ")
        raise UserError(f"{path}, line {row.line}, {field}: {message} (found {shown(str(values[field]))})") from None
