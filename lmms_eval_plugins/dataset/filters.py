"""The parts of a selection: conditions on videos, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.dataset.trial import FmaClip, Trial

ATTRIBUTES = {
    "patients": "patient",
    "cohorts": "cohort",
    "activities": "activity",
    "repetitions": "repetition",
    "views": "view",
    "video_ids": "video_id",
}
"""Key of a filter → attribute of a video."""


def _join_ids(value: object) -> object:
    if isinstance(value, dict) and all(isinstance(names, list) for names in value.values()):
        return [f"{patient}_{name}" for patient, names in value.items() for name in names]
    return value


class Filter(BaseModel):
    """Conditions on videos; a condition that is not given holds for every video.

    Attributes:
        patients: subject codes.
        cohorts: cohorts of the patients.
        activities: recordings' labels, or activities without a side (``RTT`` is ``RTT left side`` and the right one).
        repetitions: repetition numbers.
        views: camera names.
        video_ids: full ids, or by patient the ids without the leading ``<patient>_``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    patients: frozenset[str] | None = None
    cohorts: frozenset[str] | None = None
    activities: frozenset[str] | None = None
    repetitions: frozenset[int] | None = None
    views: frozenset[Annotated[str, Field(coerce_numbers_to_str=True)]] | None = None
    video_ids: Annotated[frozenset[str], BeforeValidator(_join_ids)] | None = None

    def conditions(self) -> dict[str, frozenset[object]]:
        """Return the given conditions by key."""
        return {key: wanted for key in ATTRIBUTES if (wanted := getattr(self, key)) is not None}

    def matches(self, video: Trial | FmaClip) -> bool:
        """Return whether a video meets every condition."""
        for key, wanted in self.conditions().items():
            value = getattr(video, ATTRIBUTES[key])
            if value not in wanted and not (key == "activities" and activity_of_label(value) in wanted):
                return False
        return True


class Selection(Filter):
    """A filter with exceptions that may narrow another selection and keep the first video of each group.

    Attributes:
        about: purpose of the selection, for readers.
        within: name of another selection; only its videos are considered.
        exclude: filters; videos that match one of them are left out.
        first_of: of all videos with the same values of these, only the first repetition's first view is kept.
        tuning_patients: patients on whose videos the published prompts were tuned; for readers.
        count: number of videos that it selects in the whole StrokeRehab dataset; for readers and tests.
    """

    about: str = ""
    within: str | None = None
    exclude: tuple[Filter, ...] = ()
    first_of: tuple[Literal["patient", "activity"], ...] = ()
    tuning_patients: tuple[str, ...] = ()
    count: int | None = None
