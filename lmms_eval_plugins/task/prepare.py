"""From a dataset folder to the videos that a task is about: selected, labelled, cut into windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.dataset.index import index_folder
from lmms_eval_plugins.dataset.labels import read_labels
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest
from lmms_eval_plugins.dataset.selections import SELECTIONS_NAME, Sources, read_cohorts, read_selections, select
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.places import DEMO_RECORD, default_data, shipped
from lmms_eval_plugins.task.spec import TASK_FOLDER, TaskSettings
from lmms_eval_plugins.timeline import Timeline
from lmms_eval_plugins.video.probe import probe
from lmms_eval_plugins.video.windows import Window, windows


@dataclass(frozen=True, slots=True)
class Video:
    """One video of a task.

    Attributes:
        trial: the video itself.
        hand: the hand asked about, ``left``, ``right``, or ``""`` where it is not known.
        truth: its primitives, or None where it has no label file; it is then asked about but not scored.
        windows: the windows asked about, in order.
    """

    trial: Trial
    hand: str
    truth: Timeline | None
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A video that could not be used, or not wholly; ``video_id`` is empty where the file has none yet."""

    video_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a task asks about.

    Attributes:
        videos: the videos, in the manifest's order.
        others: labelled videos of the same dataset whose patients are not among the task's; what may be learned is
            learned from them.
        problems: videos left out, and why.
        notes: what a reader of the scores should know.
        is_demo: the videos are synthetic demo scenes.
    """

    videos: tuple[Video, ...]
    others: tuple[Trial, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    is_demo: bool = False


def prepare(settings: TaskSettings) -> Prepared:
    """Read the dataset of a task and cut its videos into windows.

    Raises:
        UserError: there is no dataset, or the selection is unknown or matches nothing.
    """
    data = settings.data or default_data()
    trials, problems, notes = _trials(data, settings)
    chosen, note = _selected(trials, settings, data)
    notes += note
    kept = chosen[: settings.limit]
    videos: list[Video] = []
    for trial in kept:
        try:
            videos.append(_labelled(trial, settings))
        except UserError as error:
            problems.append(Problem(trial.video_id, str(error)))
    if not videos:
        raise UserError(f"{data}: no video can be used; the first: {problems[0].reason}")
    unlabelled = [video.trial for video in videos if video.truth is None]
    if len(unlabelled) == len(videos):
        notes.append("no video has a label file: answers are recorded, nothing is scored")
    else:
        problems += [
            Problem(trial.video_id, f"{trial.path}: has no label file (`labels` in the manifest): asked, not scored")
            for trial in unlabelled
        ]
    is_demo = (_folder(data) / DEMO_RECORD).is_file()
    if is_demo:
        notes.append("these are synthetic demo scenes: the numbers say nothing about patients")
    patients = {trial.patient for trial in kept}
    others = tuple(trial for trial in trials if trial.labels and trial.patient not in patients)
    return Prepared(tuple(videos), others, tuple(problems), tuple(notes), is_demo)


def _folder(data: Path) -> Path:
    return data.parent if data.is_file() else data


def _trials(data: Path, settings: TaskSettings) -> tuple[list[Trial], list[Problem], list[str]]:
    if data.is_file():
        return read_manifest(data), [], []
    if not data.is_dir():
        raise UserError(
            f"{data}: no such dataset folder; give one with --data, or `strokerehab demo render` for the demo"
        )
    if (data / MANIFEST_NAME).is_file():
        return read_manifest(data / MANIFEST_NAME), [], []
    report = index_folder(data, probe=probe, cohorts=read_cohorts(_published(settings)))
    problems = [Problem("", reason) for reason in report.problems]
    return list(report.trials), problems, [f"{data} has no {MANIFEST_NAME}: found {len(report.trials)} videos in it"]


def _selected(trials: list[Trial], settings: TaskSettings, data: Path) -> tuple[list[Trial], list[str]]:
    manifest = data if data.is_file() else data / MANIFEST_NAME
    published = _published(settings)
    sources = Sources(manifest, (published,))
    if not sources.own.is_file() and settings.selection in read_selections(sources):
        subjects = read_cohorts(published)
        if not any(trial.patient in subjects for trial in trials):
            note = (
                f"selection {settings.selection} is about the study's subjects and {data} has none: all videos are used"
            )
            return trials, [note]
    return select(trials, settings.selection, sources=sources), []


def _published(settings: TaskSettings) -> Path:
    return (settings.folder or shipped("tasks") / TASK_FOLDER) / SELECTIONS_NAME


def _labelled(trial: Trial, settings: TaskSettings) -> Video:
    cut = windows(trial.n_frames, trial.fps, settings.sampling, trial.video_id)
    if trial.labels is None:
        return Video(trial, trial.hand, None, cut)
    labelled = read_labels(trial.labels)
    return Video(trial, labelled.hand, labelled.timeline, cut)
