"""What was filmed: one `Trial` per video, one `FmaClip` per Fugl-Meyer clip."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lmms_eval_plugins.vocabulary import Cohort, Hand

_CONFIG = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


class Trial(BaseModel):
    """One video of one patient doing one activity.

    Empty strings mean *not known*. ``path`` and ``labels`` are relative to the manifest's folder (or absolute);
    after reading a manifest they are absolute. ``fps`` is the clock that frame indices count on.
    """

    model_config = _CONFIG

    video_id: str = Field(min_length=1)
    path: Path
    patient: str = Field(min_length=1)
    cohort: Cohort | Literal[""] = ""
    activity: str = ""
    repetition: int = Field(default=1, ge=0)
    view: str = Field(default="1", min_length=1)
    hand: Hand | Literal[""] = ""
    fps: float = Field(gt=0)
    n_frames: int = Field(ge=1)
    duration_s: float = Field(gt=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    labels: Path | None = None


class FmaClip(BaseModel):
    """One clip of a Fugl-Meyer assessment that shows items ``item_low`` to ``item_high`` (1 to 33).

    Attributes:
        laterality: the arm that is seen: ``A`` affected, ``H`` healthy, ``B`` both side by side.
        view: the camera, ``F`` front or ``S`` side.
        side_affected: the patient's affected side, ``Left`` or ``Right``; empty where there is none.
    """

    model_config = _CONFIG

    path: Path
    patient: str = Field(min_length=1)
    item_low: int = Field(ge=1, le=33)
    item_high: int = Field(ge=1, le=33)
    laterality: str = Field(min_length=1)
    view: str = Field(min_length=1)
    side_affected: str = ""
    duration_s: float = Field(gt=0)
