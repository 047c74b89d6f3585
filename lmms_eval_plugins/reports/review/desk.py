"""A rater at work on a dataset: the list of what is to be done, what is saved, and drafts to start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.dataset.labels.work_record import WorkRecord
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in, read_filmed
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.domain.fugl_meyer import ITEMS
from lmms_eval_plugins.domain.scheme import scheme_of
from lmms_eval_plugins.reports.page.data.shared import SCHEMA, PageScheme, in_thousandths
from lmms_eval_plugins.reports.review.clips import ClipStorage
from lmms_eval_plugins.reports.review.data import (
    ClipToReview,
    Draft,
    ReviewedClip,
    ReviewedVideo,
    ReviewSession,
    SaveClip,
    SaveVideo,
    VideoToReview,
)
from lmms_eval_plugins.reports.review.drafts import drafts_of_run
from lmms_eval_plugins.reports.review.order import uncertainty_of_run
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder
from lmms_eval_plugins.reports.review.storage import LabelStorage, length_ms
from lmms_eval_plugins.runs.run_file import read_run_file

Order = Literal["uncertain", "manifest"]
"""In which order videos are to be done: those first of which a run is least certain, or as in the manifest."""

_USUAL_FPS = 30.0
"""Frames per second that are stepped by in a clip of which the rate was not measured."""


@dataclass(frozen=True, slots=True)
class RunAtHand:
    """The run that drafts are from.

    Attributes:
        name: for people.
        drafts: by video.
        uncertainty: by video, 0 to 1; empty where videos are to stay in the manifest's order.
    """

    name: str
    drafts: Mapping[str, tuple[Draft, ...]] = field(hash=False)
    uncertainty: Mapping[str, float] = field(hash=False)


class Desk:
    """A session of a rater: places in its lists stay the same while it lasts.

    Attributes:
        dataset: its name.
        folder: of the labels.
        videos, clips: in the order in which they are to be done.
    """

    def __init__(
        self,
        dataset: str,
        known: KnownVideos,
        clips: Sequence[FmaClip],
        folder: RaterFolder,
        run: RunAtHand | None = None,
    ) -> None:
        """Lay everything out.

        Args:
            dataset: name of the dataset.
            known: its videos and scheme.
            clips: its Fugl-Meyer clips.
            folder: the rater's.
            run: where drafts are from, and by whose uncertainty videos are ordered; None without.

        Raises:
            UserError: there is neither a video nor a clip.
        """
        self.videos: tuple[Trial, ...] = tuple(known.by_id.values())
        self.clips = tuple(clips)
        if not self.videos and not self.clips:
            raise UserError(f"{dataset}: has no video to review")
        self.dataset, self.folder = dataset, folder.path
        self._known, self._folder, self._run = known, folder, run
        if run:
            self.videos = tuple(sorted(self.videos, key=lambda one: -run.uncertainty.get(one.video_id, -1.0)))
        self._labels, self._marks = LabelStorage(folder, known), ClipStorage(folder)

    def session(self) -> ReviewSession:
        """Return who works on what, and how far that is.

        Raises:
            UserError: a record of the work cannot be read.
        """
        return ReviewSession(
            schema_version=SCHEMA,
            rater=self._folder.rater,
            dataset=self.dataset,
            run=self._run.name if self._run else None,
            scheme=PageScheme.of(self._known.scheme),
            videos=tuple(self._listed_video(trial, self._labels.record_of(trial)) for trial in self.videos),
            clips=tuple(_listed_clip(clip, self._marks.record_of(clip)) for clip in self.clips),
        )

    def _listed_video(self, trial: Trial, record: WorkRecord | None) -> ReviewedVideo:
        return ReviewedVideo(
            id=trial.video_id,
            patient=trial.patient,
            activity=trial.activity,
            view=trial.view,
            duration_ms=length_ms(trial),
            fps=trial.fps,
            hand=trial.hand or None,
            uncertainty=self._run.uncertainty.get(trial.video_id) if self._run else None,
            state=record.state if record else "new",
            active_s=record.active_s if record else 0.0,
        )

    def video(self, place: int) -> VideoToReview:
        """Return what is saved of a video, and the drafts.

        Raises:
            SaveConflict, UserError: as `LabelStorage.read`.
        """
        trial = self.videos[place]
        saved = self._labels.read(trial)
        return VideoToReview(
            revision=saved.revision,
            media=f"media/videos/{place}",
            tracks=saved.tracks,
            draft=saved.record.draft if saved.record else None,
            drafts=self._run.drafts.get(trial.video_id, ()) if self._run else (),
            done=saved.record is not None and saved.record.state == "done",
        )

    def save_video(self, place: int, given: SaveVideo) -> str:
        """Save the tracks of a video; see `LabelStorage.save`."""
        return self._labels.save(self.videos[place], given)

    def clip(self, place: int) -> ClipToReview:
        """Return what is saved of a clip.

        Raises:
            SaveConflict, UserError: as `ClipStorage.read`.
        """
        saved = self._marks.read(self.clips[place])
        return ClipToReview(
            revision=saved.revision,
            media=f"media/clips/{place}",
            marks=saved.marks,
            done=saved.record is not None and saved.record.state == "done",
        )

    def save_clip(self, place: int, given: SaveClip) -> str:
        """Save the marks of a clip; see `ClipStorage.save`."""
        return self._marks.save(self.clips[place], given)


def _listed_clip(clip: FmaClip, record: WorkRecord | None) -> ReviewedClip:
    return ReviewedClip(
        id=clip.video_id,
        patient=clip.patient,
        duration_ms=in_thousandths(clip.duration_s),
        fps=clip.fps or _USUAL_FPS,
        items=tuple((item, ITEMS[item].name if item in ITEMS else f"item {item}") for item in clip.items),
        state=record.state if record else "new",
        active_s=record.active_s if record else 0.0,
    )


def open_desk(data: Path, rater: str, run: Path | None, order: Order, stack: ExitStack) -> Desk:
    """Open a dataset for a rater, whose folder is this process's until a stack closes.

    Args:
        data: the dataset's folder or manifest.
        rater: name of the rater.
        run: folder of the run that drafts are from; None without.
        order: in which order videos come; with a run only they can be ``uncertain``.
        stack: what lets go of the folder.

    Raises:
        UserError: the dataset or the run cannot be read, there is nothing to review, the name cannot be a rater's, or
            the rater's folder cannot be written to.
    """
    manifest = manifest_in(data, MANIFEST_NAME).absolute()
    trials, clips = read_filmed(manifest)
    known = KnownVideos(trials, scheme_of(manifest))
    folder = RaterFolder(manifest.parent, rater)
    at_hand = None
    if run:
        file = read_run_file(run)
        uncertainty = uncertainty_of_run(run) if order == "uncertain" else {}
        at_hand = RunAtHand(f"{file.shown_model} on {file.task}", drafts_of_run(run, known), uncertainty)
    dataset = manifest.parent.name
    desk = Desk(dataset, known, clips, folder, at_hand)
    folder.open(stack)
    return desk
