"""From a dataset folder to the videos that a task is about: selected, labelled, cut into windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import NotInDataset, UserError, listed
from lmms_eval_plugins.core.places import DEMO_RECORD, default_data
from lmms_eval_plugins.dataset.check.headers import HeaderCheck
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.questions.sets import QuestionSet
from lmms_eval_plugins.runs.run_file import Problem
from lmms_eval_plugins.tasks.hands import describe_boxes
from lmms_eval_plugins.tasks.partners import with_partners
from lmms_eval_plugins.tasks.sources import Clips, Trials, VideoSource
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.tasks.videos import Video
from lmms_eval_plugins.video.pace import WindowPace, describe_other_paces, paces_of
from lmms_eval_plugins.video.perturb import note_on_perturbation


@dataclass(frozen=True, slots=True)
class PreparedTask:
    """A task with its videos.

    Attributes:
        videos: the videos, in the manifest's order.
        source: where they come from.
        problems: videos left out, and why.
        notes: what a reader of the scores should know.
        is_demo: the videos are synthetic demo scenes.
        paces: how long windows are in the videos of each rate; empty for uniform sampling.
        boxes: how large the boxes around hands are, in words; empty where hands are not cut out.
        doubts: those of the notes that are about what is doubtful in single videos or their labels.
    """

    videos: tuple[Video, ...]
    source: VideoSource
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    is_demo: bool = False
    paces: tuple[WindowPace, ...] = ()
    boxes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def others(self) -> Iterator[Video]:
        """Yield videos of the same dataset with known truth, of patients who are not among the task's.

        A damaged one is passed over: evaluating it reports the damage.
        """
        for filmed in self.source.others:
            try:
                yield self.source.video(filmed)
            except UserError:
                continue


def prepare_task(settings: TaskSettings, questions: QuestionSet) -> PreparedTask:
    """Read the dataset of a task and cut its videos into windows.

    Raises:
        UserError: there is no dataset, or the selection is unknown or matches nothing.
    """
    data = settings.data or default_data()
    needs = settings.assessment.needs
    of_clips = needs.filmed == "clips"
    source: VideoSource = Clips(data, settings, questions) if of_clips else Trials(data, settings, questions.questions)
    problems = [Problem("", reason) for reason in source.problems]
    files = HeaderCheck(_folder(data), source.chosen, settings.sampling)
    videos: list[Video] = []
    for filmed in source.chosen:
        try:
            files.check(filmed)
            videos.append(source.video(filmed))
        except UserError as error:
            problems.append(Problem(filmed.video_id, str(error)))
    if not videos:
        raise UserError(f"{data}: no video can be used; the first: {problems[0].reason}")
    if settings.perturb == "swap":
        videos = [*with_partners(videos)]
    doubts = (*source.doubts, *files.doubts)
    notes = [*source.notes, *settings.assessment.remarks(settings.scoring), *doubts]
    truth = needs.truth
    unknown = [video for video in videos if video.truth is None]
    if not questions.scored:
        notes.append("every question has truth: none: answers are recorded, nothing is scored")
    elif len(unknown) == len(videos):
        notes.append(f"no video has {truth}: answers are recorded, nothing is scored")
    else:
        problems += [
            Problem(video.video_id, f"{video.path}: does not have {truth}: asked, not scored") for video in unknown
        ]
    notes += _not_among_options(videos, questions)
    paces = paces_of((video.fps for video in videos), settings.sampling)
    notes += describe_other_paces(paces, settings.sampling)
    boxes = describe_boxes(videos, settings.pose)
    notes += boxes
    poses = [window.pose for video in videos for window in video.windows if window.pose]
    if lost := poses.count("abstain"):
        notes.append(f"the hand is not located in {lost:,} of {len(poses):,} windows")
    notes += _perturbed(settings, videos)
    is_demo = (_folder(data) / DEMO_RECORD).is_file()
    if is_demo:
        notes.append("these are synthetic demo scenes: the numbers say nothing about patients")
    return PreparedTask(
        tuple(videos), source, tuple(problems), tuple(notes), is_demo, tuple(paces), tuple(boxes), doubts
    )


def _perturbed(settings: TaskSettings, videos: Sequence[Video]) -> list[str]:
    """Return what is to be known of how frames are perturbed; nothing where they are shown as they are.

    Raises:
        NotInDataset: something is to be done to the hand, and it is located in no window.
    """
    if settings.perturb is None:
        return []
    notes = [note_on_perturbation(settings.perturb)]
    if settings.perturbs_hands:
        located = [bool(window.hand) for video in videos for window in video.windows]
        if not any(located):
            raise NotInDataset(
                f"--model_args: perturb={settings.perturb}: the hand is located in none of {len(located):,} windows"
            )
        if lost := located.count(False):
            notes.append(f"the hand is not located in {lost:,} of {len(located):,} windows: these are not asked about")
    return notes


def _not_among_options(videos: Sequence[Video], questions: QuestionSet) -> list[str]:
    """Return a line for each question about the activity that does not have all activities of the videos as options."""
    shown = {activity for video in videos if (activity := activity_of_label(video.activity or ""))}
    return [
        f"question {question.id} has no option for {listed(sorted(lacking))}: videos of that are never answered right"
        for question in questions.questions
        if question.activity_options and (lacking := shown - {*question.activity_options})
    ]


def _folder(data: Path) -> Path:
    return data.parent if data.is_file() else data
