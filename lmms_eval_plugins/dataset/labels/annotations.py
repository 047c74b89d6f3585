"""Annotations as other tools have them: stretches of a video with the tool's own codes, before they become labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Hand

ToolFormat = Literal["csv", "elan", "boris", "label-studio"]
"""What labels are written as: our own CSV, or the files of a tool."""

TRUTH = "truth"
"""The rater whose labels are the truth, where several have names."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A stretch of time with a code; seconds on the clock of the video's container.

    Attributes:
        start_s: start in seconds; NaN where the tool has no time for it.
        end_s: exclusive end in seconds; None for a point event, which lasts until the next code of its hand.
        code: the tool's own word.
        tier: the tier, subject or track that it stands in; empty where the tool has none.
    """

    start_s: float
    end_s: float | None
    code: str
    tier: str = ""


@dataclass(frozen=True, slots=True)
class AnnotatedVideo:
    """The annotations of one video.

    Attributes:
        media: file name of the video as the tool has it, without folders; empty where the tool does not say.
        annotations: in order of their start.
        duration_s: the video's length by the tool, in seconds; None where it does not say.
        fps: the video's rate by the tool; None where it does not say.
        rater: who annotated; empty where the tool does not say, or has one only.
        in_frames: whether the times of the annotations are counts of frames from the first one, not seconds.
        meanings: what the tool's vocabulary says about a code, by code.
        remarks: what reading it had to decide.
    """

    media: str
    annotations: tuple[Annotation, ...]
    duration_s: float | None = None
    fps: float | None = None
    rater: str = ""
    in_frames: bool = False
    meanings: Mapping[str, str] = field(default_factory=dict, hash=False)
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class RatedVideo:
    """One rater's labels of one video, as tools of annotation get them.

    Attributes:
        name: of the video, without a suffix.
        hands: the labelled hands and their timelines, in seconds on the clock of the video's container.
        rater: who labelled it, ``truth``, ``prediction`` and ``decoded …`` included; empty where there is one only.
        media: path or file name of the video.
        fps: its rate; None where it is not known.
        duration_s: its length in seconds; None where it is not known.
        offset_s: time of its first frame on the container's clock, in seconds.
    """

    name: str
    hands: Mapping[Hand, Timeline] = field(hash=False)
    rater: str = ""
    media: str = ""
    fps: float | None = None
    duration_s: float | None = None
    offset_s: float = 0.0

    @property
    def media_name(self) -> str:
        """File name of the video; where it is not known, that of an MP4 of its name."""
        return self.media.replace("\\", "/").rpartition("/")[2] or f"{self.name}.mp4"


def is_prediction(rater: str) -> bool:
    """Return whether a rater's name stands for what a model made."""
    return rater.startswith(("prediction", "decoded"))
