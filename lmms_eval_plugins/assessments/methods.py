"""How the answers of a task are scored: what a task file can say under ``scoring``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lmms_eval_plugins.assessments.dose.video import DoseMethod


class IdentificationMethod(BaseModel):
    """Which activity a video shows.

    Attributes:
        method: ``identification``.
        activity: id of the question for the activity.
        tuning_patients: patients on whose videos the question was tuned; their videos count in ``accuracy_all`` only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["identification"]
    activity: str = "activity"
    tuning_patients: tuple[str, ...] = ()


class FuglMeyerMethod(BaseModel):
    """Item scores of the Fugl-Meyer assessment; the questions say which item they score, and how.

    Attributes:
        method: ``fugl_meyer``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["fugl_meyer"]


Method = Annotated[DoseMethod | IdentificationMethod | FuglMeyerMethod, Field(discriminator="method")]
