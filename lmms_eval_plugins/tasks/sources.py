"""Where the videos of a task come from: the trials of a dataset folder, or its Fugl-Meyer clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from lmms_eval_plugins.assessments.facts import VideoFacts
from lmms_eval_plugins.core.errors import NotInDataset, listed
from lmms_eval_plugins.dataset.index import index_folder
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, context_of, inspect_labels, labelled_in
from lmms_eval_plugins.dataset.labels.of_rater import further_timelines
from lmms_eval_plugins.dataset.manifest import (
    FMA_MANIFEST_NAME,
    FMA_SCORES_NAME,
    MANIFEST_NAME,
    manifest_in,
    read_fma_manifest,
    read_item_scores,
    read_manifest,
)
from lmms_eval_plugins.dataset.near_ids import near_id_lines
from lmms_eval_plugins.dataset.patients import described
from lmms_eval_plugins.dataset.remarks import Remark, remark_lines
from lmms_eval_plugins.dataset.selections import (
    SELECTIONS_NAME,
    Sources,
    near_patients,
    project_selections,
    read_cohorts,
    read_selections,
    select,
)
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.questions.sets import Question, QuestionSet
from lmms_eval_plugins.tasks.hands import Hands
from lmms_eval_plugins.tasks.own_truths import OwnTruths
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.tasks.videos import Video, arm_of, shows
from lmms_eval_plugins.video.probe import probe
from lmms_eval_plugins.video.windows import windows

Filmed = TypeVar("Filmed", Trial, FmaClip)


class VideoSource(Protocol):
    """A list of what was filmed.

    Attributes:
        problems: files that could not be listed, and why.
    """

    problems: list[str]

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the scores should know."""

    @property
    def doubts(self) -> Sequence[str]:
        """What is doubtful in the labels of the chosen videos that were cut so far."""

    @property
    def chosen(self) -> Sequence[Trial | FmaClip]:
        """What the task's selection picks."""

    @property
    def others(self) -> Sequence[Trial | FmaClip]:
        """Filmed patients with known truth who are not among the chosen; what may be learned is learned from them."""

    def video(self, filmed: Trial | FmaClip) -> Video:
        """Cut one of them into windows; UserError where it cannot be used."""


class Trials:
    """The trials of a dataset: from its manifest, or from the videos found in its folder.

    Args:
        data: the dataset's folder or manifest.
        settings: the task's.
        questions: the task's questions, of which some may have truths of their own.

    Raises:
        NotInDataset: all its videos are Fugl-Meyer clips, or the selection matches nothing.
        UserError: there is no dataset, the selection is unknown, or a table of true answers is not valid.
    """

    def __init__(self, data: Path, settings: TaskSettings, questions: Sequence[Question] = ()) -> None:
        self._settings = settings
        self._notes: list[str] = []
        self._doubts: dict[str, Sequence[Remark]] = {}
        self.problems: list[str] = []
        manifest = manifest_in(data, MANIFEST_NAME)
        if manifest.is_file():
            trials = read_manifest(manifest)
        else:
            report = index_folder(data, probe=probe, cohorts=read_cohorts(_published(settings)))
            self.problems += report.problems
            clips = _clips_in(data)
            trials = [trial for trial in report.trials if trial.path not in clips]
            if not trials:
                raise NotInDataset(f"{data}: has no {MANIFEST_NAME}, and all its videos are Fugl-Meyer clips")
            self._notes.append(f"{data} has no {MANIFEST_NAME}: found {len(trials)} videos in it")
        trials = described(trials, manifest, self._notes)
        self._known, self._folder = KnownVideos(trials, settings.scheme), manifest.absolute().parent
        self._hands = Hands(manifest, settings.pose) if settings.locates_hands else None
        if self._hands:
            self._notes.append(f"hands located by {self._hands.source}")
        self._own = OwnTruths(manifest, trials, questions, settings.scheme, mirrored=settings.perturb == "mirror")
        self._notes += self._own.notes
        chosen = _selected(trials, settings, manifest, self._notes)
        self.chosen: list[Trial] = chosen[: settings.limit]
        patients = {trial.patient for trial in self.chosen}
        by_labels = settings.assessment.needs.labels
        self.others: list[Trial] = [
            trial for trial in trials if (trial.labels or not by_labels) and trial.patient not in patients
        ]

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the scores should know, also of true answers that videos lack which were cut so far."""
        return [*self._notes, *self._own.gaps([trial.video_id for trial in self.chosen])]

    @property
    def doubts(self) -> Sequence[str]:
        """What is doubtful in the labels of the chosen videos that were cut so far."""
        chosen = [trial.video_id for trial in self.chosen]
        doubts = [(name, remark) for name in chosen for remark in self._doubts.get(name, ())]
        return remark_lines(doubts, "video")

    def video(self, filmed: Trial | FmaClip) -> Video:
        """Return a trial with its labels; see `VideoSource.video`."""
        assert isinstance(filmed, Trial)
        assessment, method = self._settings.assessment, self._settings.scoring
        labelled = self._labelled(filmed) if assessment.needs.labels or self._own.reads_labels else None
        hand = labelled.hand if labelled else filmed.hand or None
        activity = filmed.activity or None
        cut = windows(filmed.n_frames, filmed.fps, self._settings.sampling, filmed.video_id)
        if self._hands and self._settings.poses_hands:
            cut = self._hands.locate(filmed, hand, cut, crop=self._settings.crop)
        if self._hands and self._settings.perturbs_hands:
            cut = self._hands.box_in(filmed, hand, cut)
        timeline = labelled.timeline if labelled and assessment.needs.labels else None
        answers = self._own.of(filmed, labelled)
        facts = VideoFacts(filmed.video_id, filmed.patient, activity, timeline, answers=answers)
        return Video(
            video_id=filmed.video_id,
            path=filmed.path,
            patient=filmed.patient,
            cohort=filmed.cohort or None,
            activity=activity,
            hand=hand,
            fps=filmed.fps,
            n_frames=filmed.n_frames,
            windows=cut,
            truth=assessment.truth_of(facts),
            view=filmed.view,
            repetition=filmed.repetition,
            date=filmed.date or None,
            decided=frozenset(
                window.index
                for window in cut
                if not method.asks(window.pose) or (self._settings.perturbs_hands and not window.hand)
            ),
            perturb=self._settings.perturb,
            picture=(filmed.width, filmed.height),
            raters=dict(further_timelines(filmed, self._known, self._folder, hand, self._notes)) if timeline else {},
        )

    def _labelled(self, trial: Trial) -> LabelledHand | None:
        if trial.labels is None:
            return None
        reading = inspect_labels(trial.labels, context_of(trial, self._settings.scheme))
        self._doubts[trial.video_id] = [remark for remark in reading.remarks if remark.grade == "doubtful"]
        return labelled_in(trial.labels, reading)


class Clips:
    """The Fugl-Meyer clips of a dataset that show what a question set is about.

    Raises:
        NotInDataset: the dataset has no clips, none that a question is about, or the selection matches nothing.
        UserError: there is no dataset, or a list in it is not valid.
    """

    def __init__(self, data: Path, settings: TaskSettings, questions: QuestionSet) -> None:
        self._settings = settings
        self.problems: list[str] = []
        self.notes: list[str] = []
        manifest = manifest_in(data, FMA_MANIFEST_NAME)
        if not manifest.is_file():
            raise NotInDataset(
                f"{data}: has no {FMA_MANIFEST_NAME}, which lists the Fugl-Meyer clips that this task is about"
            )
        scores = manifest.with_name(FMA_SCORES_NAME)
        self._scores = read_item_scores(scores) if scores.is_file() else {}
        clips = described(read_fma_manifest(manifest), manifest, self.notes)
        fitting = [clip for clip in clips if any(shows(clip, question) for question in questions.questions)]
        if not fitting:
            raise NotInDataset(
                f"{manifest}: none of its {len(clips)} clips shows an item that {settings.questions} asks about"
            )
        chosen = _selected(fitting, settings, manifest, self.notes)
        self.chosen: list[FmaClip] = chosen[: settings.limit]
        patients = {clip.patient for clip in self.chosen}
        self.others: list[FmaClip] = [
            clip for clip in fitting if clip.patient in self._scores and clip.patient not in patients
        ]
        having = {clip.patient for clip in clips}
        self.notes += near_id_lines(self._scores, having, str(scores), str(manifest))
        self.notes += gaps(chosen, questions)

    @property
    def doubts(self) -> Sequence[str]:
        """Nothing: clips have no labels."""
        return ()

    def video(self, filmed: Trial | FmaClip) -> Video:
        """Return a clip with the patient's scores; see `VideoSource.video`."""
        assert isinstance(filmed, FmaClip)
        fps, n_frames = filmed.fps, filmed.n_frames
        if fps is None or n_frames is None:
            info = probe(filmed.path)
            fps, n_frames = info.fps, info.n_frames
        facts = VideoFacts(filmed.video_id, filmed.patient, item_scores=self._scores.get(filmed.patient, {}))
        return Video(
            video_id=filmed.video_id,
            path=filmed.path,
            patient=filmed.patient,
            cohort=filmed.cohort or None,
            activity=None,
            hand=_hand(filmed),
            fps=fps,
            n_frames=n_frames,
            windows=windows(n_frames, fps, self._settings.sampling, filmed.video_id),
            truth=self._settings.assessment.truth_of(facts),
            clip=filmed,
            view=filmed.view,
            perturb=self._settings.perturb,
        )


def gaps(clips: Sequence[FmaClip], questions: QuestionSet) -> list[str]:
    """Return what no clip shows, in words: items that nobody has a clip of, and clips that single patients lack."""
    notes = []
    needed = {(question.item, question.arm, question.view): question for question in questions.questions}
    shown = {key: {clip.patient for clip in clips if shows(clip, question)} for key, question in needed.items()}
    nobody = {item for item, _, _ in needed} - {key[0] for key, patients in shown.items() if patients}
    if nobody:
        items = ", ".join(str(item) for item in sorted(filter(None, nobody)))
        notes.append(f"no clips of {'item' if len(nobody) == 1 else 'items'} {items}: not asked, not scored")
    patients = {clip.patient for clip in clips}
    for (item, arm, view), having in shown.items():
        if item not in nobody and (lacking := patients - having):
            notes.append(
                f"no clip of item {item} ({arm} arm{'s' * (arm == 'both')}, {view}) of {listed(sorted(lacking))}"
            )
    return notes


def _selected(videos: list[Filmed], settings: TaskSettings, manifest: Path, notes: list[str]) -> list[Filmed]:
    published = _published(settings)
    sources = Sources(manifest, (published,))
    if not sources.own.is_file() and settings.selection in read_selections(sources):
        subjects = read_cohorts(published)
        if not any(video.patient in subjects for video in videos):
            notes.append(
                f"selection {settings.selection} is about the study's subjects and {manifest.parent} has none:"
                " all videos are used"
            )
            return videos
    chosen = select(videos, settings.selection, sources=sources)
    notes += near_patients(videos, settings.selection, sources=sources)
    return chosen


def _clips_in(data: Path) -> set[Path]:
    """Return the files of a folder's Fugl-Meyer clips; they are no trials."""
    manifest = data / FMA_MANIFEST_NAME
    return {clip.path for clip in read_fma_manifest(manifest)} if manifest.is_file() else set()


def _published(settings: TaskSettings) -> Path:
    """Return the selections beside the task's file, or else the project's."""
    ours = project_selections()
    own = settings.folder / SELECTIONS_NAME if settings.folder else ours
    return own if own.is_file() else ours


def _hand(clip: FmaClip) -> str | None:
    """Return the side that a clip is about: the affected one, or the other where that one is seen."""
    affected = clip.side_affected.lower() or None
    if arm_of(clip) != "other" or affected is None:
        return affected
    return "right" if affected == "left" else "left"


def chosen_trials(data: Path, selection: str, limit: int | None) -> list[Trial]:
    """Return the trials of a dataset that a selection picks, and of them the first so many.

    Raises:
        UserError: there is no manifest, or the selection is unknown or matches nothing.
    """
    manifest = manifest_in(data, MANIFEST_NAME)
    ours = project_selections()
    return select(described(read_manifest(manifest), manifest, []), selection, sources=Sources(manifest, (ours,)))[
        :limit
    ]
