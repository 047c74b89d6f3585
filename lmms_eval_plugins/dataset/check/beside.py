"""The files beside the videos of a dataset: tables, labels, keypoints, selections, and what they lack of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed, without_file
from lmms_eval_plugins.dataset.check.findings import Checked
from lmms_eval_plugins.dataset.check.listing import Listed
from lmms_eval_plugins.dataset.check.pose import PoseFiles
from lmms_eval_plugins.dataset.check.tables import (
    id_remarks,
    patients_written_twice,
    selection_remarks,
    without_partner,
)
from lmms_eval_plugins.dataset.keypoints import keypoint_file
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.dataset.labels.found import has_label_header
from lmms_eval_plugins.dataset.labels.label_file import context_of, inspect_labels
from lmms_eval_plugins.dataset.labels.of_rater import labels_in_folders
from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME, MANIFEST_NAME
from lmms_eval_plugins.dataset.near_ids import id_key
from lmms_eval_plugins.dataset.patients import PATIENTS_NAME, patients_of, with_patients
from lmms_eval_plugins.dataset.remarks import Remark, first_wrong, worst_first
from lmms_eval_plugins.dataset.selections import SELECTIONS_NAME, Sources, read_selections
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.dataset.words import WORDS_NAME, words_of
from lmms_eval_plugins.domain.scheme import Scheme, scheme_of

_MOST_ALONE = 3
"""So many files without a video have a line each."""

_TABLES = frozenset({MANIFEST_NAME, FMA_MANIFEST_NAME, FMA_SCORES_NAME, PATIENTS_NAME})


def beside_remarks(found: Listed, pose: PoseFiles) -> Iterator[Checked]:
    """Yield the tables and files with remarks: ids without a partner, labels and keypoints without a video."""
    about: dict[Path, list[Remark]] = defaultdict(list)
    for side, remark in id_remarks(found.clips, found.scores):
        about[found.folder / {"clips": FMA_MANIFEST_NAME, "scores": FMA_SCORES_NAME}[side]].append(remark)
    patients = dict.fromkeys([*(video.patient for video in found.filmed), *found.scores])
    about[found.source] += patients_written_twice(patients)
    about[found.folder / SELECTIONS_NAME] += _about_selections(found)
    for path, remark in _about_groups(found):
        about[path].append(remark)
    for path, reason in found.broken.items():
        about[path].append(Remark("wrong", "table", reason))
    for alone in (_labels_alone(found), _keypoints_alone(found, pose)):
        for path, remark in _few(list(alone), found):
            about[path].append(remark)
    for path, remark in _unlisted(found):
        about[path].append(remark)
    return (
        Checked(found.name_of(path), path, worst_first(remarks), is_video=False)
        for path, remarks in about.items()
        if remarks
    )


def _about_selections(found: Listed) -> list[Remark]:
    sources = Sources(found.folder / MANIFEST_NAME, ())
    try:
        defined = read_selections(sources)
    except UserError as error:
        return [Remark("wrong", "table", without_file(error, sources.own))]
    own = {name: selection for name, (selection, _) in defined.items()}
    return [*selection_remarks(own, found.trials, found.clips)]


def _about_groups(found: Listed) -> Iterator[tuple[Path, Remark]]:
    """Yield what is doubtful in the list of patients, in cohorts and activities, with its file."""
    manifest, listed_in, own = (found.folder / name for name in (MANIFEST_NAME, PATIENTS_NAME, WORDS_NAME))
    try:
        patients = patients_of(manifest)
    except UserError as error:
        patients = {}
        yield listed_in, Remark("wrong", "table", without_file(error, listed_in))
    try:
        words = words_of(manifest)
    except UserError as error:
        yield own, Remark("wrong", "table", without_file(error, own))
        return
    what = "no video of"
    for remark in without_partner(patients, {video.patient for video in found.filmed}, "patient-without-video", what):
        yield listed_in, remark
    videos = with_patients(found.filmed, patients, words)
    activities = [video.activity for video in videos if isinstance(video, Trial)]
    for line in words.doubts([video.cohort for video in videos], activities):
        yield found.source, Remark("doubtful", "group", line)


def _few(alone: Sequence[tuple[Path, Remark]], found: Listed) -> Iterable[tuple[Path, Remark]]:
    """Return remarks about files, as one about the dataset's folder where they are many."""
    if len(alone) <= _MOST_ALONE:
        return alone
    first = alone[0][1]
    names = listed((found.name_of(path) for path, _ in alone), most=_MOST_ALONE)
    return [(found.folder, Remark(first.grade, first.kind, f"{len(alone):,} files: {names}; the first: {first.text}"))]


def _labels_alone(found: Listed) -> Iterator[tuple[Path, Remark]]:
    if not found.has_manifest:
        return  # what index says of them is among its lines
    used = {path.resolve() for trial in found.trials for path in (trial.labels, *trial.other_labels) if path}
    known = KnownVideos(found.trials, scheme_of(found.folder))
    used |= {path.resolve() for path in labels_in_folders(known, found.folder.absolute())}
    near = {id_key(trial.path.stem): trial for trial in found.trials}
    for path in found.files.tables:
        if path.name in _TABLES or path.resolve() in used:
            continue
        trial = near.get(id_key(path.stem))
        is_beside = trial is not None and trial.path.parent == path.parent and path.is_file()
        if is_beside or has_label_header(path):
            hint = f"; {_how_to_name(path, trial, known.scheme)}" if trial else ""
            yield path, Remark("doubtful", "labels-without-video", f"labels of no video{hint}")


def _how_to_name(path: Path, trial: Trial, scheme: Scheme) -> str:
    """Return whose labels a file seems to hold, and what to do about them."""
    wrong = first_wrong(inspect_labels(path, context_of(trial, scheme)).remarks)
    mend = f"Then mend it ({wrong.text}) and" if wrong else "Then"
    return f"is it of {trial.video_id!r}? {mend} name it in the manifest's column `labels`"


def _keypoints_alone(found: Listed, pose: PoseFiles) -> Iterator[tuple[Path, Remark]]:
    files = (keypoint_file(path.parent, trial.video_id) for path in pose.files[:1] for trial in found.trials)
    known = {file.stem.partition(".")[0] for file in files}
    for path in pose.files:
        if path.name.partition(".")[0] not in known:
            yield path, Remark("doubtful", "keypoints-without-video", "keypoints of no video of the manifest")


def _unlisted(found: Listed) -> Iterator[tuple[Path, Remark]]:
    for line in found.lines:
        yield found.folder, Remark("doubtful", "not-read", line.removeprefix(f"{found.folder}: "))
    if found.of_tools:
        names = listed((found.name_of(path) for path in found.of_tools), most=_MOST_ALONE)
        text = f"label files of other tools: {names}; `strokerehab index` converts them, check again then"
        yield found.folder, Remark("doubtful", "labels-of-tools", text)
    if found.has_manifest:
        known = {video.path.resolve() for video in found.filmed}
        for path in found.files.videos:
            if path.resolve() not in known:
                yield path, Remark("fine", "unlisted-video", "a video that the manifest does not list")
