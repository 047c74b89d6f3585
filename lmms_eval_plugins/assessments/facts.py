"""What a family of tasks needs of a dataset, what it is told of a video, and what it says of a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.truths import KnownAnswers


@dataclass(frozen=True, slots=True)
class DataNeeds:
    """What a family needs of a dataset.

    Attributes:
        filmed: whether its videos are ``trials`` (``manifest.csv``) or Fugl-Meyer ``clips`` (``fma_manifest.csv``).
        labels: whether the label file of a trial is read.
        truth: what a video needs to be scored, in words that complete "does not have …".
        hand: whether it is about one hand, which can then be cut out of the frames.
    """

    filmed: Literal["trials", "clips"]
    labels: bool
    truth: str
    hand: bool = False


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a dataset says of a video; a family takes its truth from here.

    Attributes:
        video_id: the video.
        patient: who was filmed.
        activity: the recording's label; None where it is not known.
        timeline: the labels; None without a label file, or where the family reads none.
        item_scores: Fugl-Meyer item → the therapist's score, 0 to 2; empty for trials.
        answers: id of a question with a truth of its own → what is known of the video; none where nothing is.
    """

    video_id: str
    patient: str
    activity: str | None = None
    timeline: Timeline | None = None
    item_scores: Mapping[int, int] = field(default_factory=dict)
    answers: Mapping[str, KnownAnswers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CorrectAnswer:
    """The correct answer to a question about a window.

    Attributes:
        label: what is true of the window, such as the primitive at its centre; None where it is not known.
        reply: the answer in the words that its reader understands; None where it is not known.
    """

    label: str | None = None
    reply: str | None = None
