"""The record of a rater's work on a video, which a review keeps beside the labels."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.dataset.found_files import REVIEW_RECORDS


class WorkRecord(BaseModel):
    """What is known of a rater's work on a video or clip.

    Attributes:
        state: ``started``, or ``done`` where the rater says so.
        draft: name of the timeline that the labels began as; None where they began empty.
        active_s: seconds of work.
        first_saved, last_saved: times in ISO 8601.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Literal["started", "done"]
    draft: str | None
    active_s: float = Field(ge=0, allow_inf_nan=False)
    first_saved: str
    last_saved: str


def record_path(folder: Path, name: str) -> Path:
    """Return where the record of a video or clip lies.

    Args:
        folder: the rater's.
        name: of the video or clip, as its label file is named.
    """
    return folder / REVIEW_RECORDS / f"{name}.json"


def read_record(folder: Path, name: str) -> WorkRecord | None:
    """Return the record of a video or clip; None where there is none.

    Args:
        folder: the rater's.
        name: of the video or clip, as its label file is named.

    Raises:
        UserError: it cannot be read.
    """
    path = record_path(folder, name)
    try:
        return WorkRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise UserError(f"{path}: {describe_validation(error, WorkRecord)}; move it away") from None
