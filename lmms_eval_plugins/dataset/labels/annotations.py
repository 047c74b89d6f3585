"""Annotations as other tools have them: stretches of a video with the tool's own codes, before they become labels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Annotation:
    """A stretch of time with a code; seconds on the clock of the video's container.

    Attributes:
        start_s: start in seconds.
        end_s: exclusive end in seconds; None for a point event, which lasts until the next code of its tier.
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
        media: file name of the video as the tool has it, without folders.
        annotations: in order of their start.
        duration_s: the video's length by the tool, in seconds; None where it does not say.
        fps: the video's rate by the tool; None where it does not say.
        rater: who annotated; empty where the tool does not say.
    """

    media: str
    annotations: tuple[Annotation, ...]
    duration_s: float | None = None
    fps: float | None = None
    rater: str = ""
