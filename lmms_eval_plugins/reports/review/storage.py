"""The labels that a rater draws, on disk: a label file of our form per video, replaced with every save."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.dataset.found_files import REVIEW_RECORDS
from lmms_eval_plugins.dataset.labels.annotations import RatedVideo
from lmms_eval_plugins.dataset.labels.convert import KnownVideos, labelled_hands
from lmms_eval_plugins.dataset.labels.label_file import LabelContext, inspect_labels, labelled_in, write_labels
from lmms_eval_plugins.dataset.labels.of_rater import label_place
from lmms_eval_plugins.dataset.labels.work_record import WorkRecord, read_record
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.reports.page.data.shared import in_thousandths
from lmms_eval_plugins.reports.review.data import DrawnSegment, SaveVideo, Tracks
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder


class SaveConflict(UserError):
    """A save that would write over what it does not know.

    Attributes:
        revision: of what lies on disk; None where that must not be written over at all.
    """

    def __init__(self, message: str, revision: str | None) -> None:
        super().__init__(message)
        self.revision = revision


@dataclass(frozen=True, slots=True)
class SavedLabels:
    """What a rater saved of a video: the revision (empty for nothing), the tracks, and the record of the work."""

    revision: str
    tracks: Tracks | None
    record: WorkRecord | None


def revision_of(content: bytes) -> str:
    """Return the name of a state on disk: a hash of its bytes, empty for no bytes."""
    return hashlib.sha256(content).hexdigest()[:32] if content else ""


class LabelStorage:
    """The labels of a rater."""

    def __init__(self, folder: RaterFolder, known: KnownVideos) -> None:
        self._folder, self._known = folder, known
        self._lock = threading.Lock()

    def path_of(self, trial: Trial) -> Path:
        """Return where the labels of a video lie."""
        return self._folder.path / f"{self._name_of(trial)}.csv"

    def _name_of(self, trial: Trial) -> str:
        return label_place(trial, self._known, self._folder.data)

    def read(self, trial: Trial) -> SavedLabels:
        """Return what is saved of a video.

        Raises:
            SaveConflict: its label file was not drawn here.
            UserError: it cannot be read.
        """
        with self._lock:
            content, record = self._on_disk(trial)
            path = self.path_of(trial)
            tracks = _tracks_in(path, trial, self._known.scheme) if content else None
            return SavedLabels(revision_of(content), tracks, record)

    def record_of(self, trial: Trial) -> WorkRecord | None:
        """Return the record of the work on a video; None where none is.

        Raises:
            UserError: it cannot be read.
        """
        return read_record(self._folder.path, self._name_of(trial))

    def save(self, trial: Trial, given: SaveVideo) -> str:
        """Save the tracks of a video, and return the new revision; without a segment its label file is deleted.

        What lies on disk already, as where the answer to a save was lost, is no conflict, and its seconds do not count
        again.

        Raises:
            SaveConflict: what lies on disk is not what the tracks are based on, or was not drawn here.
            UserError: the tracks cannot be labels of the video.
            OSError: they cannot be written; what was saved before is as it was.
        """
        hands = _timelines(given.tracks, trial, self._known.scheme)
        with self._lock:
            path = self.path_of(trial)
            before, record = self._on_disk(trial)
            content = self._content(path, trial, hands)
            is_behind = given.revision != revision_of(before)
            if is_behind and content != before:
                raise SaveConflict(
                    f"{path.name}: was saved from another tab or program since; take those labels or keep these",
                    revision_of(before),
                )
            name = self._name_of(trial)
            if record is None:  # a label file without a record is another program's
                self._folder.write_record(name, done=False, draft=given.draft, active_s=0)
            if not content:
                path.unlink(missing_ok=True)
            elif content != before:
                self._folder.replace(path, content)
            active_s = 0 if is_behind else given.active_s
            self._folder.write_record(name, done=given.done, draft=given.draft, active_s=active_s)
            return revision_of(content)

    def _on_disk(self, trial: Trial) -> tuple[bytes, WorkRecord | None]:
        """Return the bytes of a label file, none where there is no file, and the record beside it."""
        path, record = self.path_of(trial), self.record_of(trial)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return b"", record
        if record is None:
            raise SaveConflict(
                f"{path}: was not drawn here and is not written over; move it, or start again with another --rater",
                None,
            )
        return content, record

    def _content(self, path: Path, trial: Trial, hands: Mapping[Hand, Timeline]) -> bytes:
        if not hands:
            return b""
        partial = self._folder.path / REVIEW_RECORDS / f"{path.name}.drawn"
        try:
            on_clock = {hand: timeline.shifted(_offset_s(trial)) for hand, timeline in hands.items()}
            write_labels(partial, *labelled_hands(RatedVideo(path.stem, on_clock), trial.hand or None))
            if _read_hands(partial, trial, self._known.scheme) != hands:
                raise UserError(f"{path.name}: a label file cannot hold these labels apart; rename them in the scheme")
            return partial.read_bytes()
        finally:
            partial.unlink(missing_ok=True)


def length_ms(trial: Trial) -> int:
    """Return the length of a video in milliseconds, to the end of its last frame."""
    return in_thousandths(trial.n_frames / trial.fps)


def _timelines(tracks: Tracks, trial: Trial, scheme: Scheme) -> dict[Hand, Timeline]:
    """Return the timelines of the hands that are labelled, touching segments of one label joined.

    Raises:
        UserError: a segment has no length, begins before the one before it ends, ends after the video, or has a label
            that is none of the scheme.
    """
    for hand, segments in tracks.items():
        _check_track(hand, segments, trial, scheme)
    return {
        hand: Timeline(tuple(Segment(one.start_ms / 1000, one.end_ms / 1000, one.label) for one in segments)).merged()
        for hand, segments in tracks.items()
        if segments
    }


def _check_track(hand: Hand, segments: Sequence[DrawnSegment], trial: Trial, scheme: Scheme) -> None:
    end_ms = length_ms(trial)
    for one in segments:
        where = f"{hand} hand, {one.label!r} at {one.start_ms / 1000:.3f} s"
        if one.label not in scheme.labels:
            raise UserError(f"{where}: no label of the scheme {scheme.name}{nearest(one.label, scheme.names)}")
        if one.end_ms <= one.start_ms:
            raise UserError(f"{where}: has no length; draw it longer, or delete it")
        if one.end_ms > end_ms:
            raise UserError(f"{where}: ends after the video, which is {end_ms / 1000:.3f} s long")
    for one, following in pairwise(segments):
        if following.start_ms < one.end_ms:
            raise UserError(
                f"{hand} hand, {following.label!r} at {following.start_ms / 1000:.3f} s: begins before"
                f" {one.label!r} ends ({one.end_ms / 1000:.3f} s); segments of a hand do not overlap"
            )


def _offset_s(trial: Trial) -> float:
    """Return the time of the first frame on the container's clock to the millisecond, as label files have times."""
    return round(trial.offset_s, 3)


def _read_hands(path: Path, trial: Trial, scheme: Scheme) -> dict[Hand, Timeline]:
    """Return the timelines in a label file.

    The video's length is not told to the reader: labels of a part of a video, as while somebody draws them, are right.

    Raises:
        UserError: it cannot be read.
    """
    context = LabelContext(scheme=scheme, offset_s=_offset_s(trial), hand=trial.hand or "right")
    reading = inspect_labels(path, context)
    labelled = labelled_in(path, reading)
    hands = {labelled.hand: labelled.timeline}
    if reading.other:
        hands[reading.other.hand] = reading.other.timeline
    return hands


def _tracks_in(path: Path, trial: Trial, scheme: Scheme) -> Tracks:
    return {hand: drawn_segments(timeline) for hand, timeline in _read_hands(path, trial, scheme).items()}


def drawn_segments(timeline: Timeline, end_ms: int | None = None) -> tuple[DrawnSegment, ...]:
    """Return the segments of a timeline in whole milliseconds, cut to the video; those without a length are left out.

    Args:
        timeline: in seconds from the first frame.
        end_ms: end of the video; None for no end.
    """
    latest = in_thousandths(timeline.end_s) if end_ms is None else end_ms
    spans = (
        (max(0, in_thousandths(one.start_s)), min(in_thousandths(one.end_s), latest), one.label)
        for one in timeline.segments
    )
    return tuple(DrawnSegment(start_ms=start, end_ms=end, label=label) for start, end, label in spans if end > start)
