"""The outcome of a check of a dataset: the remarks about each video and file, and the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lmms_eval_plugins.dataset.raters import RaterAgreement, RaterScores, summarize_raters
from lmms_eval_plugins.dataset.remarks import GRADES, Grade, Remark, worst_grade
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.video.pace import pace_of
from lmms_eval_plugins.video.windows import Dense, Uniform


@dataclass(frozen=True, slots=True)
class Checked:
    """A video, or another file of a dataset, with the remarks about it.

    Attributes:
        name: the video's id, or the file's path in the dataset's folder.
        path: the file.
        remarks: the worst first.
        is_video: whether it is a video.
        fps: the video's rate; None where it is not known.
        duration_s: the video's length in seconds; None where it is not known.
        colour: its colour tags, in words.
        timeline: its labels; None where there are none that can be read.
        raters: column of a further rater → scores of their labels against these.
    """

    name: str
    path: Path
    remarks: tuple[Remark, ...]
    is_video: bool = True
    fps: float | None = None
    duration_s: float | None = None
    colour: str = ""
    timeline: Timeline | None = None
    raters: Mapping[str, RaterScores] = field(default_factory=dict)

    @property
    def grade(self) -> Grade:
        """Its worst grade; fine where there is nothing to say."""
        return worst_grade(self.remarks) or "fine"


@dataclass(frozen=True, slots=True)
class RateCount:
    """The videos of one rate.

    Attributes:
        fps: frames per second, to three decimals.
        n_videos: their number.
        window_s: true length of their windows in seconds; None where a window is the whole video.
    """

    fps: float
    n_videos: int
    window_s: float | None


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """The outcome of a check of a dataset.

    Attributes:
        source: the dataset's manifest, or its folder where it has none.
        videos: all videos, in the manifest's order.
        files: other files that there is something to say about.
        sampling: how a run would cut the videos into windows.
        scheme: of the labels.
    """

    source: Path
    videos: tuple[Checked, ...]
    files: tuple[Checked, ...]
    sampling: Dense | Uniform
    scheme: Scheme

    @property
    def hours(self) -> float:
        """The length of all videos together, where it is known."""
        return sum(video.duration_s or 0.0 for video in self.videos) / 3600

    @property
    def n_labelled(self) -> int:
        """The number of videos whose labels can be read."""
        return sum(video.timeline is not None for video in self.videos)

    @property
    def rates(self) -> tuple[RateCount, ...]:
        """The rates of the videos, the most frequent first."""
        counts = Counter(round(video.fps, 3) for video in self.videos if video.fps)
        dense = self.sampling if isinstance(self.sampling, Dense) else None
        return tuple(
            RateCount(fps, n, pace_of(fps, dense).window_s if dense else None) for fps, n in counts.most_common()
        )

    @property
    def colours(self) -> Counter[str]:
        """The number of videos by their colour tags."""
        return Counter(video.colour for video in self.videos if video.colour)

    @property
    def agreement(self) -> dict[str, RaterAgreement]:
        """Column of a further rater → agreement with the truth over videos."""
        columns = sorted(
            {column for video in self.videos for column in video.raters}, key=lambda name: (len(name), name)
        )
        return {
            column: summarize_raters([video.raters[column] for video in self.videos if column in video.raters])
            for column in columns
        }

    @property
    def all(self) -> tuple[Checked, ...]:
        """Videos and other files."""
        return (*self.videos, *self.files)

    @property
    def kinds(self) -> Counter[tuple[Grade, str]]:
        """The number of videos and files with a remark of a grade and kind, by grade, then by kind."""
        found = Counter(
            key for checked in self.all for key in {(remark.grade, remark.kind) for remark in checked.remarks}
        )
        return Counter(dict(sorted(found.items(), key=lambda item: (GRADES.index(item[0][0]), item[0][1]))))

    def n_graded(self, grade: Grade) -> int:
        """Return the number of videos of a grade."""
        return sum(video.grade == grade for video in self.videos)
