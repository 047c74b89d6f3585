"""What all raters labelled of videos: from datasets, and from runs, which record it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError, error_line, listed
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.dataset.labels.annotations import TRUTH
from lmms_eval_plugins.dataset.labels.convert import KnownVideos, known_in
from lmms_eval_plugins.dataset.labels.label_file import context_of, inspect_labels
from lmms_eval_plugins.dataset.labels.of_rater import further_raters, further_timelines, labels_of_no_video
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME
from lmms_eval_plugins.dataset.remarks import first_wrong, name_remark
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from lmms_eval_plugins.runs.find import find_all
from lmms_eval_plugins.runs.run import Run, is_run
from lmms_eval_plugins.runs.run_file import read_run_file


@dataclass(frozen=True, slots=True)
class RatersOfVideo:
    """A video with what its raters labelled of one hand.

    Attributes:
        video_id: the video.
        patient: who was filmed.
        label: what the recording is of; None where it is not known.
        view: the camera; None where it is not known.
        length_s: seconds.
        timelines: rater → labels, none of them empty; the truth comes first, as `TRUTH`.
    """

    video_id: str
    patient: str
    label: str | None
    view: str | None
    length_s: float
    timelines: Mapping[str, Timeline]


@dataclass(slots=True)
class GatheredRaters:
    """Videos with two raters or more.

    Attributes:
        videos: each once.
        runs: paths of the runs among the paths that record further raters.
        errors: what could not be read, a line each.
        remarks: what a reader of the tables should know, a line each.
    """

    videos: dict[str, RatersOfVideo] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _differing: list[str] = field(default_factory=list)

    def add(self, found: RatersOfVideo) -> None:
        """Add a video where two raters labelled it; of a rater who labelled it otherwise before, that counts."""
        if len(found.timelines) < 2:
            return
        known = self.videos.get(found.video_id, found)
        both = known.timelines.keys() & found.timelines.keys()
        if any(known.timelines[rater].to_text() != found.timelines[rater].to_text() for rater in both):
            self._differing.append(found.video_id)
        every = {**found.timelines, **known.timelines}
        names = _truth_first({**known.timelines, **found.timelines})
        self.videos[found.video_id] = replace(known, timelines={rater: every[rater] for rater in names})

    def say_what_differs(self) -> None:
        """Add a remark on the videos that a rater labelled in two ways."""
        if self._differing:
            names = listed(dict.fromkeys(self._differing))
            self.remarks.append(f"Labelled in two ways by one rater; those given first count: {names}.")

    def only(self, shown: VideoFilter) -> list[RatersOfVideo]:
        """Return the videos that are shown.

        Raises:
            UserError: there is no such video.
        """
        videos = list(self.videos.values())
        if not shown:
            return videos
        facts = pd.DataFrame(
            {
                "video_id": [video.video_id for video in videos],
                "patient": [video.patient for video in videos],
                "activity": [activity_of_label(video.label or "") for video in videos],
                "label": [video.label for video in videos],
                "view": [video.view for video in videos],
            }
        )
        kept = set(shown.shown({"scores": facts})["scores"]["video_id"])
        return [video for video in videos if video.video_id in kept]


def gather_raters(paths: Sequence[str]) -> GatheredRaters:
    """Return what all raters labelled.

    Args:
        paths: folders or manifests of datasets, run folders, folders of these, patterns.

    Raises:
        UserError: no video has a second rater.
    """
    found = GatheredRaters()
    datasets = [path for path in paths if _is_dataset(Path(path))]
    for path in datasets:
        try:
            for video in _in_dataset(Path(path), found):
                found.add(video)
        except UserError as error:
            found.errors.append(str(error))
    for path in find_all([path for path in paths if path not in datasets], found.errors):
        try:
            videos = list(_in_run(Path(path)))
        except UserError as error:
            found.errors.append(error_line(error, path))
            continue
        for video in videos:
            found.add(video)
        found.runs += [path] * bool(videos)
    found.say_what_differs()
    if not found.videos:
        why = "".join(f"; {line}" for line in (*found.errors, *found.remarks))
        raise UserError(
            "table raters: none of the runs given, nor any dataset, has labels of a second rater; give a dataset that"
            f" has them, or runs made since it had them (docs/raters.md){why}"
        )
    return found


def _is_dataset(path: Path) -> bool:
    return path.name == MANIFEST_NAME or (path / MANIFEST_NAME).is_file()


def _in_dataset(path: Path, found: GatheredRaters) -> Iterator[RatersOfVideo]:
    manifest = (path if path.name == MANIFEST_NAME else path / MANIFEST_NAME).absolute()
    known = known_in(manifest)
    found.remarks += [f"{line}." for line in labels_of_no_video(known, manifest.parent)]
    for trial in known.by_id.values():
        timelines = dict(_timelines_of(trial, known, manifest.parent, found.errors))
        length_s = trial.n_frames / trial.fps
        yield RatersOfVideo(trial.video_id, trial.patient, trial.activity or None, trial.view, length_s, timelines)


def _timelines_of(trial: Trial, known: KnownVideos, data: Path, errors: list[str]) -> Iterator[tuple[str, Timeline]]:
    """Yield the truth of a video and what further raters labelled of the same hand.

    Without a truth and a hand in the manifest, it is the hand that the first of the others labelled.
    """
    context = context_of(trial, known.scheme)
    hand = trial.hand or None
    if trial.labels:
        reading = inspect_labels(trial.labels, context)
        if wrong := first_wrong(reading.remarks):
            errors.append(name_remark(trial.labels, wrong))
        elif reading.labelled:
            hand = reading.labelled.hand
            yield TRUTH, reading.labelled.timeline
    for path in further_raters(trial, known, data).values() if hand is None else ():
        if labelled := inspect_labels(path, context).labelled:
            hand = labelled.hand
            break
    yield from further_timelines(trial, known, data, hand, errors)


def _in_run(path: Path) -> Iterator[RatersOfVideo]:
    if not is_run(path):
        return
    file = read_run_file(path)
    if file.scoring is None or not DOSE.owns(file.scoring):
        return
    nothing_asked = Run(path, file, {}, {})
    for video in file.videos:
        about = nothing_asked.answered(video, "default")
        if isinstance(about.truth, Timeline) and about.raters:
            timelines = {TRUTH: about.truth, **{name: own for name, own in about.raters.items() if own.segments}}
            yield RatersOfVideo(about.video_id, about.patient, about.activity, about.view, about.length_s, timelines)


def raters_in(videos: Iterable[RatersOfVideo]) -> list[str]:
    """Return the raters of videos, the truth first, then in order of appearance."""
    return _truth_first(dict.fromkeys(rater for video in videos for rater in video.timelines))


def _truth_first(raters: Iterable[str]) -> list[str]:
    return sorted(raters, key=lambda rater: rater != TRUTH)
