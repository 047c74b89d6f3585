"""The datasets of a report's runs: where a video lies, who else labelled it, whether it is painted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, counted, listed
from lmms_eval_plugins.core.places import DEMO_RECORD
from lmms_eval_plugins.dataset.labels.annotations import TRUTH
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.dataset.labels.label_file import LabelReading, context_of, inspect_labels
from lmms_eval_plugins.dataset.labels.of_rater import further_raters
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in, read_filmed
from lmms_eval_plugins.dataset.remarks import first_wrong, name_remark
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import Scheme, scheme_of


@dataclass(frozen=True, slots=True)
class DatasetVideo:
    """A video of a dataset.

    Attributes:
        path: its file.
        manifest: of the dataset.
        painted: whether it is of the demo dataset, which shows no person.
        scheme: of the dataset's labels.
        trial: its row of the manifest; None of a Fugl-Meyer clip.
        known: the videos of the dataset; None of a Fugl-Meyer clip.
    """

    path: Path
    manifest: Path
    painted: bool
    scheme: Scheme
    trial: Trial | None = None
    known: KnownVideos | None = None


@dataclass(frozen=True, slots=True)
class DatasetVideos:
    """The videos of some datasets by name, and a line about each dataset that cannot be read."""

    by_id: dict[str, DatasetVideo] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def filmed_videos(datasets: Iterable[Path]) -> DatasetVideos:
    """Return the videos of datasets; of two of one name the first one's.

    Args:
        datasets: folders or manifests.
    """
    found = DatasetVideos()
    for data in datasets:
        try:
            for video_id, video in _videos_in(data):
                found.by_id.setdefault(video_id, video)
        except UserError as error:
            found.problems.append(str(error))
    return found


def videos_on_disk(
    video_ids: Iterable[str], filmed: Mapping[str, DatasetVideo], problems: list[str]
) -> dict[str, DatasetVideo]:
    """Return the videos whose files are there; those in no dataset, and those that moved, become lines of problems."""
    names = tuple(video_ids)
    known = {name: filmed[name] for name in names if name in filmed}
    there = {name: video for name, video in known.items() if video.path.is_file()}
    if unknown := [name for name in names if name not in known]:
        problems.append(f"{counted(len(unknown), 'video')} of the runs in no dataset: {listed(unknown)}")
    if moved := [name for name in known if name not in there]:
        problems.append(f"{counted(len(moved), 'video')} not where the dataset says: {listed(moved)}; index it anew")
    return there


@dataclass(frozen=True, slots=True)
class Failures:
    """Why nothing could be made of videos: reason → their names. Paths are left out: they may say more of a patient."""

    by_reason: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, video: DatasetVideo, error: UserError) -> None:
        """Add a video with the error about it."""
        reason = str(error).removeprefix(f"{video.path}: ").replace(str(video.path), name)
        self.by_reason.setdefault(reason, []).append(name)

    @property
    def lines(self) -> list[str]:
        """A line for each reason."""
        return [f"{listed(names)}: {reason}" for reason, names in self.by_reason.items()]


def _videos_in(data: Path) -> Iterator[tuple[str, DatasetVideo]]:
    manifest = manifest_in(data, MANIFEST_NAME)
    trials, clips = read_filmed(manifest)
    scheme = scheme_of(manifest)
    known = KnownVideos(trials, scheme)
    painted = (manifest.parent / DEMO_RECORD).is_file()
    for trial in trials:
        yield trial.video_id, DatasetVideo(trial.path, manifest, painted, scheme, trial, known)
    for clip in clips:
        yield clip.video_id, DatasetVideo(clip.path, manifest, painted, scheme)


def readings_of(video: DatasetVideo, problems: list[str]) -> Iterator[tuple[str, LabelReading]]:
    """Yield rater and reading of each label file of a video, the truth first, as `TRUTH`.

    A file that cannot be read becomes a problem's line.
    """
    if video.trial is None or video.known is None:
        return
    truth = {TRUTH: video.trial.labels} if video.trial.labels else {}
    context = context_of(video.trial, video.scheme)
    for rater, path in (truth | further_raters(video.trial, video.known, video.manifest.absolute().parent)).items():
        reading = inspect_labels(path, context)
        if wrong := first_wrong(reading.remarks):
            problems.append(name_remark(path, wrong))
        else:
            yield rater, reading
