"""The filmed material: a `Trial` per video, an `FmaClip` per Fugl-Meyer clip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from lmms_eval_plugins.core.safe_names import name_problem, text_problem
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.video.windows import MAX_FPS, MAX_FRAMES, MIN_FPS

_CONFIG = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

_MAX_S, _MAX_SIDE = 1_000_000.0, 32_768
"""Longest video, in seconds (11 days), and longest side of a picture, in pixels: beyond them an entry is a mistake."""


def _safe_name(name: str) -> str:
    if problem := name_problem(name):
        raise ValueError(problem)
    return name


def _writable(path: Path) -> Path:
    if problem := text_problem(str(path)):
        raise ValueError(problem)
    return path


SafeName = Annotated[str, AfterValidator(_safe_name)]
"""A name of which a file or folder may be named (see `lmms_eval_plugins.core.safe_names`)."""

MediaPath = Annotated[Path, AfterValidator(_writable)]
"""The path of a file of the dataset, which may lie anywhere."""


class Trial(BaseModel):
    """A video of a patient who does an activity.

    Empty strings mean *not known*. ``path`` and ``labels`` are relative to the manifest's folder or absolute; once the
    manifest is read they are absolute. ``fps`` is the rate that turns frame indices into seconds. ``patient_box`` is
    the box of the patient in the first frame, ``left top right bottom`` in pixels, for a video of several people.
    ``date`` is the day of the session, see `lmms_eval_plugins.domain.sessions`; it is checked where it is used.
    ``offset_s`` is the time of the first frame on the container's clock, in seconds, which label files count from.
    ``labels`` is the truth; ``other_labels`` are those of further raters (columns ``labels_2``, ``labels_3``, …).
    ``other_columns`` are cells of columns that are the dataset's own, by column, kept as they are.
    """

    model_config = _CONFIG

    video_id: SafeName = Field(min_length=1)
    path: MediaPath
    patient: SafeName = Field(min_length=1)
    cohort: SafeName | Literal[""] = ""
    activity: str = ""
    repetition: int = Field(default=1, ge=0)
    view: str = Field(default="1", min_length=1)
    hand: Hand | Literal[""] = ""
    fps: float = Field(ge=MIN_FPS, le=MAX_FPS)
    n_frames: int = Field(ge=1, le=MAX_FRAMES)
    duration_s: float = Field(gt=0, le=_MAX_S)
    width: int = Field(ge=1, le=_MAX_SIDE)
    height: int = Field(ge=1, le=_MAX_SIDE)
    patient_box: str = Field(default="", pattern=r"^(-?\d+( -?\d+){3})?$")
    labels: MediaPath | None = None
    date: str = ""
    offset_s: float = Field(default=0.0, ge=-_MAX_S, le=_MAX_S)
    other_labels: tuple[MediaPath, ...] = ()
    other_columns: Mapping[str, str] = Field(default_factory=dict)


class FmaClip(BaseModel):
    """A clip of a Fugl-Meyer assessment that shows items ``item_low`` to ``item_high`` (1 to 33).

    Attributes:
        laterality: the arm shown: ``A`` affected, ``H`` the other one, ``B`` both in one picture.
        view: the camera, ``F`` front or ``S`` side.
        side_affected: the patient's affected side; for a control the side that stands for it; empty where not known.
        affected_place: place of the affected side in a picture of both, as ``Left`` or ``Top``; else empty.
        fps, n_frames: rate and number of the frames; None where the file was not probed.
    """

    model_config = _CONFIG

    path: MediaPath
    patient: SafeName = Field(min_length=1)
    cohort: SafeName | Literal[""] = ""
    item_low: int = Field(ge=1, le=33)
    item_high: int = Field(ge=1, le=33)
    laterality: Literal["A", "H", "B"]
    view: Literal["F", "S"]
    side_affected: Literal["Left", "Right", ""] = ""
    affected_place: Literal["Left", "Right", "Top", "Bottom", ""] = ""
    duration_s: float = Field(gt=0, le=_MAX_S)
    fps: float | None = Field(default=None, ge=MIN_FPS, le=MAX_FPS)
    n_frames: int | None = Field(default=None, ge=1, le=MAX_FRAMES)

    @field_validator("path")
    @classmethod
    def _names_the_clip(cls, path: Path) -> Path:
        _safe_name(path.stem)
        return path

    @field_validator("item_high")
    @classmethod
    def _not_below_the_first(cls, item_high: int, info: ValidationInfo) -> int:
        if item_high < info.data.get("item_low", item_high):
            raise ValueError("is below item_low")
        return item_high

    @property
    def video_id(self) -> str:
        """The clip's name: the file's name without its suffix."""
        return self.path.stem

    @property
    def items(self) -> range:
        """Numbers of the items shown."""
        return range(self.item_low, self.item_high + 1)


class ItemScore(BaseModel):
    """A therapist's score of a Fugl-Meyer item (0 cannot, 1 partly, 2 fully), affected side or a control's left."""

    model_config = _CONFIG

    patient: SafeName = Field(min_length=1)
    item: int = Field(ge=1, le=33)
    score: int = Field(ge=0, le=2)
