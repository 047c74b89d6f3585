"""The check of a dataset: its videos, the tables beside them, and files that have the same content."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.dataset.check.beside import beside_remarks
from lmms_eval_plugins.dataset.check.duplicates import same_content
from lmms_eval_plugins.dataset.check.findings import Checked, DatasetCheck
from lmms_eval_plugins.dataset.check.listing import Listed, list_dataset
from lmms_eval_plugins.dataset.check.pose import PoseFiles
from lmms_eval_plugins.dataset.check.probing import ProbeProgress
from lmms_eval_plugins.dataset.check.videos import check_clip, check_trial
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import scheme_of
from lmms_eval_plugins.video.windows import Dense, Uniform


def check_dataset(
    data: Path,
    sampling: Dense | Uniform,
    *,
    labels_dir: Path | None = None,
    frames: bool = False,
    progress: ProbeProgress = lambda done, total, name: None,
) -> DatasetCheck:
    """Check the videos that a dataset's manifests list, or that are found below its folder, with their labels.

    Args:
        data: the dataset's folder or manifest.
        sampling: how a run cuts videos into windows.
        labels_dir: folder of the label files where there is no manifest; None where they lie beside the videos.
        frames: whether all frames are decoded.
        progress: called while files are measured.

    Raises:
        UserError: there is no dataset, or a table of it is not valid.
    """
    found = list_dataset(data, labels_dir, frames, progress)
    scheme = scheme_of(found.source)
    more = _copies(found)
    pose = PoseFiles(found.folder)
    measured = found.measured
    videos = [
        check_trial(trial, measured[trial.path], sampling, scheme, pose, more[trial.path]) for trial in found.trials
    ]
    videos += [check_clip(clip, measured[clip.path], sampling, more[clip.path]) for clip in found.clips]
    videos += [Checked(found.name_of(path), path, (remark,)) for path, remark in found.left_out.items()]
    return DatasetCheck(found.source, tuple(videos), tuple(beside_remarks(found, pose)), sampling, scheme)


def _copies(found: Listed) -> dict[Path, list[Remark]]:
    """Return video → remarks about other videos of the same content, and about labels of the same content."""
    remarks: dict[Path, list[Remark]] = defaultdict(list)
    ids: dict[Path, list[str]] = defaultdict(list)
    for video in found.filmed:
        ids[video.path].append(video.video_id)
    for path, names in ids.items():
        if len(names) > 1:
            remarks[path].append(Remark("doubtful", "same-content", f"is listed several times: {listed(names)}"))
    for group in same_content(path for path in ids if found.measured[path].info):
        names = [ids[path][0] for path in group]
        for path in group:
            text = f"the same content as {_others(names, ids[path][0])}: a patient counts twice; keep one"
            remarks[path].append(Remark("doubtful", "same-content", text))
    for path, text in _copied_labels(found.trials):
        remarks[path].append(Remark("doubtful", "same-labels", text))
    return remarks


def _others(names: Sequence[str], own: str) -> str:
    first = names[0] if names[0] != own else names[1]
    return first + (f" and {len(names) - 2:,} more" if len(names) > 2 else "")


def _copied_labels(trials: Iterable[Trial]) -> Iterator[tuple[Path, str]]:
    """Yield videos whose labels have the content of another trial's or rater's; cameras of a trial may share them."""
    owners: dict[Path, list[Trial]] = defaultdict(list)
    for trial in trials:
        for path in dict.fromkeys(filter(None, (trial.labels, *trial.other_labels))):
            owners[path].append(trial)
    groups = same_content(owners)
    grouped = {path for group in groups for path in group}
    for group in (*groups, *((path,) for path in owners if path not in grouped)):
        of_group = [trial for path in group for trial in owners[path]]
        of_scene = {_scene(trial): trial.video_id for trial in of_group}
        raters = Counter(trial.video_id for trial in of_group)
        for trial in of_group:
            if raters[trial.video_id] > 1:
                yield trial.path, "two raters' label files have the same content: no second rater"
            elif len(of_scene) > 1:
                names = list(of_scene.values())
                yield trial.path, f"its labels have the content of those of {_others(names, of_scene[_scene(trial)])}"


def _scene(trial: Trial) -> tuple[str, str, int]:
    return trial.patient, trial.activity, trial.repetition
