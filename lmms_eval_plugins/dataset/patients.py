"""What is known of patients: ``patients.csv`` beside a manifest, for which the manifest's own cells come first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.core.safe_names import shown
from lmms_eval_plugins.dataset.csv_table import CsvRow, read_table
from lmms_eval_plugins.dataset.near_ids import near_id_lines, near_ids
from lmms_eval_plugins.dataset.trial import FmaClip, SafeName, Trial
from lmms_eval_plugins.dataset.words import DatasetWords, words_of

PATIENTS_NAME = "patients.csv"

Filmed = TypeVar("Filmed", bound=Trial | FmaClip)


class Patient(BaseModel):
    """A patient, as a row of ``patients.csv`` has them; empty strings mean *not known*.

    Attributes:
        patient: the code, as in the manifest.
        cohort: any name; the one that stands for ``healthy`` has had no stroke (see `DatasetWords`).
        side_affected: ``Left`` or ``Right``, in any case.
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    patient: SafeName = Field(min_length=1)
    cohort: SafeName | Literal[""] = ""
    side_affected: Literal["Left", "Right", ""] = ""

    @field_validator("side_affected", mode="before")
    @classmethod
    def _in_any_case(cls, side: object) -> object:
        return side.strip().capitalize() if isinstance(side, str) else side


def read_patients(path: Path) -> dict[str, Patient]:
    """Read a list of patients; columns that are none of its own, such as ``date``, are for people.

    Raises:
        UserError: the file cannot be read, has no column ``patient``, one that is nearly a known one, a value that is
            not valid (the message names file, line and column), or a patient twice.
    """
    table = read_table(path, ["patient"], known=Patient.model_fields, numbers=())
    for column in table.columns:
        near = get_close_matches(column, Patient.model_fields, n=1, cutoff=0.8)
        if near and near != [column]:
            raise UserError(f"{path}: column {column!r} is not read; did you mean {near[0]!r}?")
    found: dict[str, tuple[int, Patient]] = {}
    for row in table.rows:
        one = _patient(path, row)
        if one.patient in found:
            first = found[one.patient][0]
            raise UserError(f"{path}, line {row.line}, patient: {one.patient!r} is already on line {first}; keep one")
        found[one.patient] = row.line, one
    return {name: one for name, (_, one) in found.items()}


def _patient(path: Path, row: CsvRow) -> Patient:
    try:
        return Patient.model_validate({name: row.cells.get(name, "") for name in Patient.model_fields})
    except ValidationError as error:
        first = error.errors()[0]
        column = str(first["loc"][0])
        cell = row.cells.get(column, "")
        what = first["msg"].removeprefix("Value error, ") if cell else "is empty"
        if column == "side_affected":
            what = "is Left, Right or empty"
        raise UserError(f"{path}, line {row.line}, {column}: {what} (found {shown(cell)})") from None


def patients_of(manifest: Path) -> dict[str, Patient]:
    """Return the patients of a dataset, from the list beside its manifest; none without one.

    Raises:
        UserError: as `read_patients`.
    """
    path = manifest.with_name(PATIENTS_NAME)
    return read_patients(path) if path.is_file() else {}


def patient_lines(patients: Collection[str], filmed: Collection[str], path: Path, manifest: Path) -> list[str]:
    """Return a line for each patient of a list whom videos have in another spelling, and one for all without any.

    Args:
        patients: of the list; nothing is said of an empty one.
        filmed: the patients of the videos.
        path: the list.
        manifest: the videos.
    """
    if not patients:
        return []
    lines = near_id_lines(patients, filmed, str(path), str(manifest))
    near = near_ids(patients, filmed)
    if far := [name for name in patients if name not in filmed and name not in near]:
        lines.append(f"{path}: {listed(far)}: no video in {manifest}")
    if missing := [name for name in dict.fromkeys(filmed) if name not in patients and name not in near.values()]:
        lines.append(f"{path}: has no row of {listed(missing)}")
    return lines


def with_patients(videos: Sequence[Filmed], patients: Mapping[str, Patient], words: DatasetWords) -> list[Filmed]:
    """Return videos with cohorts and activities in the dataset's words; empty cells are filled from its patients.

    Args:
        videos: as a manifest has them.
        patients: by code; fills ``cohort``, and ``side_affected`` of clips.
        words: of the dataset.
    """
    filled: list[Filmed] = []
    for video in videos:
        values = _cells(video, patients.get(video.patient, Patient(patient=video.patient)), words)
        filled.append(cast("Filmed", video.model_copy(update=values)))
    return filled


def _cells(video: Trial | FmaClip, known: Patient, words: DatasetWords) -> dict[str, str]:
    cohort = words.cohort(video.cohort or known.cohort)
    if isinstance(video, Trial):
        return {"cohort": cohort, "activity": words.activity(video.activity)}
    return {"cohort": cohort, "side_affected": video.side_affected or known.side_affected}


def described(videos: Sequence[Filmed], manifest: Path, notes: list[str]) -> list[Filmed]:
    """Return the videos of a manifest with what the files beside it say of them; what is doubtful is noted.

    Raises:
        UserError: a file beside the manifest is not valid.
    """
    patients, words = patients_of(manifest), words_of(manifest)
    filmed = {video.patient for video in videos}
    notes += near_id_lines(patients, filmed, str(manifest.with_name(PATIENTS_NAME)), str(manifest))
    filled = with_patients(videos, patients, words)
    notes += words.doubts(
        [video.cohort for video in filled], [video.activity for video in filled if isinstance(video, Trial)]
    )
    return filled
