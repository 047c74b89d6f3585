"""What the review page and its server say to each other, as JSON; the same as in ``web/src/review/types.ts``.

Times are whole milliseconds from a video's first frame, as in `lmms_eval_plugins.reports.page.data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.reports.page.data.shared import PageScheme

_CONFIG = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

Ms = Annotated[int, Field(ge=0, le=10**9)]
State = Literal["new", "started", "done"]


class DrawnSegment(BaseModel):
    """A segment that a person drew, or of a draft: start, exclusive end, and the name of its label."""

    model_config = _CONFIG

    start_ms: Ms
    end_ms: Ms
    label: str


Tracks = Mapping[Hand, tuple[DrawnSegment, ...]]
"""Hand → its segments in order; they do not overlap, and gaps are allowed."""


class ReviewedVideo(BaseModel):
    """A video in the list of a session.

    Attributes:
        id: its name.
        patient, activity, view: where they are known, else empty.
        duration_ms, fps: of the video.
        hand: the hand that the dataset's labels are about; None where it is not known.
        uncertainty: of the run about it, 0 to 1; None without a run.
        state: how far this rater is with it.
        active_s: how many seconds this rater has worked on it.
    """

    model_config = _CONFIG

    id: str
    patient: str
    activity: str
    view: str
    duration_ms: Ms
    fps: float
    hand: Hand | None
    uncertainty: float | None
    state: State
    active_s: float


class ReviewedClip(BaseModel):
    """A Fugl-Meyer clip in the list of a session: its items as number and name."""

    model_config = _CONFIG

    id: str
    patient: str
    duration_ms: Ms
    fps: float
    items: tuple[tuple[int, str], ...]
    state: State
    active_s: float


class ReviewSession(BaseModel):
    """``GET api/session``: who works on what; both lists are in the order in which they are to be done."""

    model_config = _CONFIG

    schema_version: int
    rater: str
    dataset: str
    run: str | None
    scheme: PageScheme
    videos: tuple[ReviewedVideo, ...]
    clips: tuple[ReviewedClip, ...]


class Draft(BaseModel):
    """A timeline to start from: its name, as ``decoded``, and its tracks."""

    model_config = _CONFIG

    name: str
    tracks: Tracks


class VideoToReview(BaseModel):
    """``GET api/videos/{place}``: what this rater saved, if anything, and the drafts.

    Attributes:
        revision: names the state on disk; a save must name the one that it is based on. Empty: nothing is saved.
        media: relative address of the video.
        tracks: as saved; None where nothing is.
        draft: name of the draft that the saved tracks began as; None if empty.
        drafts: to begin with, the best one first.
        done: whether the rater said so.
    """

    model_config = _CONFIG

    revision: str
    media: str
    tracks: Tracks | None
    draft: str | None
    drafts: tuple[Draft, ...]
    done: bool


class SaveVideo(BaseModel):
    """``PUT api/videos/{place}``: save tracks.

    Attributes:
        revision: the state on disk that these are based on.
        tab: name of the open tab, so that one that is behind another hears who saved.
        draft: name of the draft that the tracks began as.
        tracks: everything, not only what changed.
        active_s: seconds of work since the last save that succeeded.
        done: whether the rater says that the video is finished.
    """

    model_config = _CONFIG

    revision: str
    tab: Annotated[str, Field(max_length=80)]
    draft: str | None
    tracks: Tracks
    active_s: Annotated[float, Field(ge=0, le=3600)]
    done: bool


class ClipMarks(BaseModel):
    """What a rater says of a clip: when the movement starts and ends, and the score of each item (by number)."""

    model_config = _CONFIG

    start_ms: Ms | None
    end_ms: Ms | None
    scores: Mapping[int, Annotated[int, Field(ge=0, le=2)]]


class ClipToReview(BaseModel):
    """``GET api/clips/{place}``: see `VideoToReview`."""

    model_config = _CONFIG

    revision: str
    media: str
    marks: ClipMarks | None
    done: bool


class SaveClip(BaseModel):
    """``PUT api/clips/{place}``: see `SaveVideo`."""

    model_config = _CONFIG

    revision: str
    tab: Annotated[str, Field(max_length=80)]
    marks: ClipMarks
    active_s: Annotated[float, Field(ge=0, le=3600)]
    done: bool


class SaveDone(BaseModel):
    """The answer to a save that succeeded (200): the new state on disk."""

    model_config = _CONFIG

    revision: str


class SaveRefused(BaseModel):
    """The answer to any request that did not succeed, with its status, in one line for the person.

    400: not what is understood; 403: not this page; 404: no such video; 409: another tab or program saved first, and
    ``revision`` is what lies on disk now, None where that is another's and must stay; 507: the disk is full or cannot
    be written; 500: a bug.
    """

    model_config = _CONFIG

    message: str
    revision: str | None = None
