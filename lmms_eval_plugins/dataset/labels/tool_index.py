"""Label files of other tools among a folder's videos: found by their content, converted beside the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.core.safe_names import file_name, inside
from lmms_eval_plugins.dataset.labels.annotations import TRUTH, RatedVideo, is_prediction
from lmms_eval_plugins.dataset.labels.convert import (
    KnownVideos,
    LabelReader,
    ReadLabels,
    apart,
    is_own_labels,
    label_files,
    labelled_hands,
)
from lmms_eval_plugins.dataset.labels.formats.contents import LabelContent
from lmms_eval_plugins.dataset.labels.formats.known import FORMATS, named_for_a_tool
from lmms_eval_plugins.dataset.labels.label_file import context_of, inspect_labels, write_labels
from lmms_eval_plugins.dataset.labels.mapping import LabelMapping
from lmms_eval_plugins.dataset.remarks import first_wrong
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import Scheme

CONVERTED_NAME = ".converted"
"""The file that lists what was converted, in the folder of converted labels."""

_ABOUT_HANDS = ("both-hands", "hand-disagrees")
"""Remarks on the choice of the labelled hand, which is made when the converted file is read."""


@dataclass(frozen=True, slots=True)
class ToolFiles:
    """Label files of other tools.

    Attributes:
        given: those that the user named, or that lie in a folder of labels: they come before our own beside videos.
        beside: those beside the videos.
        earlier: labels of ours that were converted before.
    """

    given: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()
    earlier: tuple[Path, ...] = ()

    @property
    def all(self) -> frozenset[Path]:
        """All of them, which are no label files of ours."""
        return frozenset((*self.given, *self.beside, *self.earlier))


@dataclass(frozen=True, slots=True)
class WithToolLabels:
    """Trials with the labels that were converted.

    Attributes:
        trials: all of them.
        files: the label files that were written.
        problems, warnings: what is wrong, and what is doubtful, a line each.
    """

    trials: tuple[Trial, ...]
    files: tuple[Path, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def find_tool_files(folder: Path, given: Sequence[Path], target: Path) -> ToolFiles:
    """Find label files of other tools.

    Args:
        folder: folder of the videos.
        given: files, or folders of label files, that the user named.
        target: folder that converted labels are written to.
    """
    named = [path.absolute() for place in given for path in ([place] if place.is_file() else _tool_files_in(place))]
    earlier = tuple(path.absolute() for path in _converted(target))
    beside = [path for path in map(Path.absolute, _tool_files_in(folder)) if path not in named]
    return ToolFiles(tuple(named), tuple(beside), earlier)


def _tool_files_in(folder: Path) -> Iterator[Path]:
    """Find the files below a folder that are of a tool's format, or are named as if."""
    for path in sorted(label_files(folder)) if folder.is_dir() else ():
        try:
            content = LabelContent(path)
            if not is_own_labels(content) and any(form.recognises(content) for form in FORMATS):
                yield path
                continue
        except UserError:
            pass
        if named_for_a_tool(path):
            yield path


def _converted(target: Path) -> list[Path]:
    try:
        lines = (target / CONVERTED_NAME).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [target / line for line in lines if line]


def with_tool_labels(
    trials: Sequence[Trial], folder: Path, tools: ToolFiles, target: Path, mapping: LabelMapping, scheme: Scheme
) -> WithToolLabels:
    """Convert labels of other tools, and give them to their trials.

    Labels in files that the user named come before ours beside a video, and these before a tool's beside it. Of several
    raters the one without a name or called truth is the truth, else that of the first file, by name; what a model
    predicted is no rater. Labels are written where the video lies below its folder; where there are several raters,
    below a folder of the rater's name.

    Args:
        trials: of the folder.
        folder: folder of the videos.
        tools: the label files.
        target: folder to write to; files in it that were not converted are not written over.
        mapping: what tiers and codes mean.
        scheme: the labels.

    Raises:
        UserError: the folder cannot be written to.
    """
    reader = LabelReader(KnownVideos(trials, scheme), mapping)
    work = _Conversion(folder.absolute(), target, {path.resolve() for path in tools.earlier}, scheme)
    by_id = {trial.video_id: trial for trial in trials}
    for files, come_first in ((tools.given, True), (tools.beside, False)):
        found = apart([read for path in files for read in reader.read_file(path)])
        work.note(found)
        for trial, raters in _by_trial(found, files, reader.known, work).items():
            own = by_id[trial]
            if own.labels and not come_first:
                work.warnings.append(f"{raters[0].source}: is not used, {own.path.name} has {own.labels}")
            else:
                by_id[trial] = work.write(own, raters)
    work.warnings += reader.mistyped()
    work.list_files()
    return WithToolLabels(tuple(by_id.values()), tuple(work.files), tuple(work.problems), tuple(work.warnings))


def _by_trial(
    found: Sequence[ReadLabels], files: Sequence[Path], known: KnownVideos, work: _Conversion
) -> Mapping[str, list[ReadLabels]]:
    """Return video id → the labels of its raters, the truth first."""
    by_trial: dict[str, list[ReadLabels]] = {}
    places = {path: place for place, path in enumerate(files)}
    for read in found:
        if read.video is None:
            continue
        if trial := known.find(read.video.name):
            by_trial.setdefault(trial.video_id, []).append(read)
        else:
            near = nearest(read.video.name, known.by_id)
            work.problems.append(f"{read.source}: no video is named {read.video.name!r}{near}")
    for raters in by_trial.values():
        guesses = [read for read in raters if read.video and is_prediction(read.video.rater)]
        if len(guesses) < len(raters):
            for read in guesses:
                raters.remove(read)
                work.warnings.append(
                    f"{read.source}: {read.name}: what a model predicted is not read as a rater's labels"
                )
        raters.sort(key=lambda read: (_rater(read) not in ("", TRUTH), places[read.source], _rater(read)))
    return by_trial


def _rater(read: ReadLabels) -> str:
    return read.video.rater if read.video else ""


class _Conversion:
    """Writer of converted labels, with what is to say about them."""

    def __init__(self, folder: Path, target: Path, earlier: set[Path], scheme: Scheme) -> None:
        self.folder, self.target, self.earlier, self.scheme = folder, target, earlier, scheme
        self.files: list[Path] = []
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def note(self, found: Sequence[ReadLabels]) -> None:
        """Keep the remarks that reading made about labels."""
        for read in found:
            name = "" if read.name == read.source.name else f"{read.name}: "
            texts = {grade: [r.text for r in read.remarks if r.grade == grade] for grade in ("wrong", "doubtful")}
            if texts["wrong"]:
                self.problems.append(f"{read.source}: {name}{listed(texts['wrong'], by='; ')} (not converted)")
            elif texts["doubtful"]:
                self.warnings.append(f"{read.source}: {name}{listed(texts['doubtful'], by='; ')}")

    def write(self, trial: Trial, raters: Sequence[ReadLabels]) -> Trial:
        """Write the labels of a trial, and return the trial with them."""
        written = [path for read in raters if read.video and (path := self._write(trial, read.video, len(raters) > 1))]
        if not written:
            return trial
        if len(written) > 1:
            names = listed(_rater(read) or TRUTH for read in raters[1:])
            self.warnings.append(f"{trial.path}: {_rater(raters[0]) or TRUTH} is its truth, {names} for agreement")
        reading = inspect_labels(written[0], replace(context_of(trial, self.scheme), hand=""))
        if reading.labelled is None:
            wrong = first_wrong(reading.remarks)
            assert wrong
            self.problems.append(f"{raters[0].source}: {trial.path.name}: {wrong.text}")
            return trial
        of_hands = [
            remark.text for remark in reading.remarks if remark.grade == "doubtful" and remark.kind in _ABOUT_HANDS
        ]
        self.warnings += [f"{raters[0].source}: {trial.path.name}: {text}" for text in of_hands]
        return trial.model_copy(
            update={"labels": written[0], "other_labels": tuple(written[1:]), "hand": reading.labelled.hand}
        )

    def _write(self, trial: Trial, video: RatedVideo, is_one_of_several: bool) -> Path | None:
        place = trial.path.relative_to(self.folder) if trial.path.is_relative_to(self.folder) else Path(trial.path.name)
        root = self.target / file_name(video.rater or TRUTH) if is_one_of_several else self.target
        path = root / place.with_suffix(".csv")
        if path.exists() and path.resolve() not in self.earlier:
            self.problems.append(
                f"{path}: is there and was not converted from a tool's file; move it, or it stays as it is"
            )
            return None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            inside(self.target, path)
            write_labels(path, *labelled_hands(video, trial.hand or None))
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror})") from error
        self.files.append(path)
        return path

    def list_files(self) -> None:
        """Write down which files were converted, those of earlier times that are still there included."""
        if self.files:
            kept = [path for path in self.earlier if path.exists() and path.is_relative_to(self.target.resolve())]
            names = {path.resolve().relative_to(self.target.resolve()).as_posix() for path in (*kept, *self.files)}
            listed = self.target / CONVERTED_NAME
            with writing(listed):
                listed.write_text("\n".join(sorted(names)) + "\n", encoding="utf-8")
