"""Reading of label files, folders and datasets in any format, for one video after the other."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from lmms_eval_plugins.core.errors import UserError, without_file
from lmms_eval_plugins.core.safe_names import file_name, name_key, name_problem
from lmms_eval_plugins.dataset.found_files import FMA_MARKS_NAME, VIDEO_SUFFIXES
from lmms_eval_plugins.dataset.labels.annotations import TRUTH, AnnotatedVideo, RatedVideo
from lmms_eval_plugins.dataset.labels.formats.contents import LabelContent
from lmms_eval_plugins.dataset.labels.formats.known import BORIS_PROJECT, BORIS_TABLE, LABEL_SUFFIXES, read_tool_file
from lmms_eval_plugins.dataset.labels.label_file import (
    MARKER_COLUMN,
    TIME_COLUMN,
    LabelContext,
    LabelledHand,
    context_of,
    inspect_labels,
    named_hand_of,
)
from lmms_eval_plugins.dataset.labels.mapping import LabelMapping
from lmms_eval_plugins.dataset.labels.tool_hands import hand_timelines
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest
from lmms_eval_plugins.dataset.remarks import Remark, first_wrong
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme, scheme_of
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Hand

_TABLES = (MANIFEST_NAME, FMA_MARKS_NAME)
"""Tables of a dataset that are no label files."""

_SOUND_SUFFIXES = (".aac", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav")


@dataclass(frozen=True, slots=True)
class ReadLabels:
    """The labels of one rater of one video, from whichever source.

    Attributes:
        source: the file that they are from.
        video: the labels; None where they are refused.
        name: of the video, for messages.
        remarks: what is to say about them; one is wrong where they are refused.
        form: name of the file's format; empty where it is ours or none that is known.
    """

    source: Path
    video: RatedVideo | None
    name: str
    remarks: tuple[Remark, ...] = ()
    form: str = ""


class KnownVideos:
    """The videos of a dataset, found by the names that tools give them.

    Attributes:
        scheme: the labels of the dataset.
        by_id: video id → trial.
    """

    def __init__(self, trials: Sequence[Trial] = (), scheme: Scheme | None = None) -> None:
        """Take the trials of a dataset and its scheme; of none, the five primitives."""
        self.scheme = scheme or primitives_scheme()
        self.by_id = {trial.video_id: trial for trial in trials}
        self._by_name: dict[str, list[Trial]] = {}
        for trial in trials:
            for name in {name_key(trial.video_id), name_key(trial.path.stem)}:
                self._by_name.setdefault(name, []).append(trial)

    def find(self, name: str) -> Trial | None:
        """Return the trial of a video id or a file's name without suffix; None where there is none, or several."""
        found = self._by_name.get(name_key(name), [])
        own = [trial for trial in found if name_key(trial.video_id) == name_key(name)] or found
        return own[0] if len(own) == 1 else None

    def label_name(self, trial: Trial) -> str:
        """Return the name of a trial's label file without suffix: the video's, its id where two videos share that."""
        namesakes = self._by_name.get(name_key(trial.path.stem), ())
        return trial.path.stem if len(namesakes) <= 1 else trial.video_id


def known_in(manifest: Path) -> KnownVideos:
    """Return the videos of a dataset, with its scheme.

    Raises:
        UserError: its manifest or scheme cannot be read.
    """
    return KnownVideos(read_manifest(manifest), scheme_of(manifest))


@dataclass(frozen=True, slots=True)
class LabelReader:
    """How label files are read: with which dataset and mapping in mind.

    Attributes:
        known: the videos of the dataset.
        mapping: what tiers and codes mean.
        met: the names of tiers and videos that the label files read so far hold.
    """

    known: KnownVideos = field(default_factory=KnownVideos)
    mapping: LabelMapping = field(default_factory=LabelMapping)
    met: Mapping[str, set[str]] = field(default_factory=lambda: {"tiers": set(), "videos": set()})

    def mistyped(self) -> list[str]:
        """Return a line for each name in the mapping file that no label file holds, while one holds a name near it."""
        lines = []
        for key, met in self.met.items():
            names = [name.strip() for name in getattr(self.mapping, key)]
            free = {name.casefold(): name for name in met}
            missing = [name for name in names if name.casefold() not in free]
            for name in names:
                free.pop(name.casefold(), None)
            for name in missing:
                if near := get_close_matches(name.casefold(), free, 1):
                    text = f"mapping file, {key}: {name!r} stands in none of the label files"
                    lines.append(f"{text}; did you mean {free[near[0]]!r}?")
        return lines

    def read_file(self, path: Path) -> Iterator[ReadLabels]:
        """Yield the labels in a file of any format; a file that cannot be read is one refused video of its name."""
        try:
            content = LabelContent(path)
            if is_own_labels(content):
                yield self._read_own(path, path.stem, "")
                return
            form, videos = read_tool_file(path, content)
        except UserError as error:
            yield ReadLabels(path, None, path.name, (Remark("wrong", "file", without_file(error, path)),))
            return
        for video in videos:
            yield replace(self._read_video(path, video), form=form.name)

    def read_folder(self, folder: Path) -> Iterator[ReadLabels]:
        """Yield the labels of all label files below a folder; hidden files are passed over.

        Raises:
            UserError: there is none.
        """
        files = sorted(label_files(folder))
        if not files:
            raise UserError(f"{folder}: no label file in this folder or below it (looked for {_suffixes()})")
        for path in files:
            yield from self.read_file(path)

    def read_trials(self, trials: Sequence[Trial]) -> Iterator[ReadLabels]:
        """Yield the labels that a manifest names, further raters' among them."""
        for trial in trials:
            raters = raters_of(trial)
            for rater, path in raters.items():
                yield self._read_own(path, trial.path.stem, rater, trial)

    def _read_own(self, path: Path, stem: str, rater: str, trial: Trial | None = None) -> ReadLabels:
        trial = trial or self.known.find(stem)
        context = self._context(stem, trial)
        reading = inspect_labels(path, context)
        if any(remark.kind == "hand-unknown" for remark in reading.remarks):  # both are read: none has to be chosen
            reading = inspect_labels(path, replace(context, hand="right"))
        name = self.known.label_name(trial) if trial else stem
        hands: dict[Hand, Timeline] = {}
        for labelled in (reading.labelled, reading.other):
            if labelled is not None:
                hands[labelled.hand] = labelled.timeline.shifted(context.offset_s)
        video = _rated(name, hands, rater, "", context, trial) if hands else None
        return ReadLabels(path, video, name, reading.remarks)

    def _read_video(self, path: Path, video: AnnotatedVideo) -> ReadLabels:
        media, stem = video.media or path.name, _stem(video.media) or path.stem
        self.met["tiers"].update(one.tier.strip() for one in video.annotations)
        self.met["videos"].update((media, stem))
        by_key = {name_key(theirs): ours for theirs, ours in self.mapping.videos.items()}
        name = by_key.get(name_key(media)) or by_key.get(name_key(stem)) or stem
        trial = self.known.find(name) or self.known.find(media)
        context = self._context(name, trial)
        result = hand_timelines(video, self.mapping, context)
        shown = f"{media} ({video.rater})" if video.rater else media
        remarks = result.remarks
        if problem := name_problem(name):
            remarks = (*remarks, Remark("wrong", "name", f"the video's name {name!r} {problem}"))
        label_name = self.known.label_name(trial) if trial else name
        rated = None
        if not first_wrong(remarks):
            rated = _rated(
                label_name, result.hands, file_name(video.rater) if video.rater else "", media, context, trial
            )
            rated = replace(
                rated, fps=rated.fps or self.mapping.fps or video.fps, duration_s=rated.duration_s or video.duration_s
            )
        return ReadLabels(path, rated, shown, remarks)

    def _context(self, name: str, trial: Trial | None) -> LabelContext:
        if trial:
            return context_of(trial, self.known.scheme)
        return LabelContext(scheme=self.known.scheme, named_hand=named_hand_of("", name))


def _stem(media: str) -> str:
    """Return the name of a video or sound without its suffix; a name without such a suffix is whole."""
    suffix = PurePosixPath(media).suffix
    return media.removesuffix(suffix) if suffix.lower() in (*VIDEO_SUFFIXES, *_SOUND_SUFFIXES) else media


def _rated(
    name: str, hands: Mapping[Hand, Timeline], rater: str, media: str, context: LabelContext, trial: Trial | None
) -> RatedVideo:
    place = str(trial.path) if trial else media
    return RatedVideo(name, hands, rater, place, context.fps, context.duration_s, context.offset_s)


def is_own_labels(content: LabelContent) -> bool:
    """Return whether a file is a label CSV of ours: with the two columns, in any case."""
    try:
        if not content.is_table:
            return False
    except UserError:
        return MARKER_COLUMN.lower() in content.text[:1000].lower()
    columns = {cell.lower() for cell in content.rows[0][1]}
    return {TIME_COLUMN.lower(), MARKER_COLUMN.lower()} <= columns


def label_files(folder: Path) -> Iterator[Path]:
    """Find the files below a folder that may hold labels, by their suffix; hidden ones and manifests are left out."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            suffix = Path(name).suffix.lower()
            packed = suffix == ".gz" and not name.lower().endswith(".boris.gz")
            is_meant = suffix in LABEL_SUFFIXES and not packed and not name.startswith(".") and name not in _TABLES
            if is_meant and Path(place, name).is_file():
                yield Path(place, name)


def _suffixes() -> str:
    return ", ".join(sorted(suffix[1:] for suffix in LABEL_SUFFIXES))


def raters_of(trial: Trial) -> dict[str, Path]:
    """Return rater → label file: the truth, then those of further raters by their folder's name, or their number."""
    if trial.labels is None:
        return {}
    if not trial.other_labels:
        return {"": trial.labels}
    folders = [path.parent.name for path in (trial.labels, *trial.other_labels)]
    raters = {TRUTH: trial.labels}
    for place, path in enumerate(trial.other_labels, start=2):
        name = path.parent.name if folders.count(path.parent.name) == 1 and path.parent.name else f"rater {place}"
        raters[name if name not in raters else f"rater {place}"] = path
    return raters


def apart(found: Sequence[ReadLabels]) -> list[ReadLabels]:
    """Return labels with the raters of a video together, each with a name of its own.

    Labels of one video from several files without a rater get their folders' names as raters; what stands for the same
    rater then is refused. Tables of events that `labels convert` wrote with a BORIS project give way to the project.
    """
    found = _without_tables_of_projects(found)
    counts = Counter((read.video.name, read.video.rater) for read in found if read.video)
    kept: dict[tuple[str, str], ReadLabels] = {}
    others: list[ReadLabels] = []
    for read in found:
        if read.video is None:
            others.append(read)
            continue
        video = read.video
        if counts[video.name, video.rater] > 1 and not video.rater:
            video = replace(video, rater=file_name(read.source.parent.name))
        key = video.name, video.rater
        if key in kept:
            text = f"a second file with labels of {video.name!r}, after {kept[key].source}; keep one of them"
            others.append(replace(read, video=None, remarks=(*read.remarks, Remark("wrong", "twice", text))))
        else:
            kept[key] = replace(read, video=video)
    names = dict.fromkeys(name for name, _ in kept)
    return [*(read for name in names for key, read in kept.items() if key[0] == name), *others]


def _without_tables_of_projects(found: Sequence[ReadLabels]) -> list[ReadLabels]:
    """Leave out BORIS tables beside a project, or a folder below it, that labels the same video for the same rater."""
    projects = {
        (read.source.parent, read.video.name, read.video.rater)
        for read in found
        if read.video and read.form == BORIS_PROJECT
    }

    def has_project(read: ReadLabels) -> bool:
        if read.video is None or read.form != BORIS_TABLE or read.video.rater:
            return False
        folder, name = read.source.parent, read.video.name
        return (folder, name, "") in projects or (folder.parent, name, folder.name) in projects

    return [read for read in found if not has_project(read)]


def labelled_hands(video: RatedVideo, first: Hand | None = None) -> tuple[LabelledHand, LabelledHand | None]:
    """Return the labelled hand of a video, and the other where it is labelled too.

    Args:
        video: the labels.
        first: the hand that comes first; None for that with more labels.
    """
    ordered = sorted(video.hands, key=lambda hand: (hand != first, -len(video.hands[hand].segments), hand))
    both = [LabelledHand(hand, video.hands[hand]) for hand in ordered]
    return both[0], both[1] if len(both) > 1 else None
