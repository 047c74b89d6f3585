"""``run.json``: what a run is, for whoever writes it and for every reader; all that is needed to trust and score it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lmms_eval_plugins.assessments.registry import AnyAssessment, Method, assessment_of
from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.questions.kinds import AnswerKind, KindName
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.questions.sets import Arm
from lmms_eval_plugins.questions.truths import TruthSource
from lmms_eval_plugins.runs.hidden.recorded import RecordedStates
from lmms_eval_plugins.runs.reuse import ReusedAnswers
from lmms_eval_plugins.runs.shown_name import SetOtherwise, differing_args_of_old, note_on, with_differences
from lmms_eval_plugins.runs.wordings.run_variant import RunVariant
from lmms_eval_plugins.video.pose.joints import PoseStatus

RUN_NAME = "run.json"

BASELINES = ("blind", "ceiling")
"""Kinds of models that are baselines."""

SCHEMA_VERSION, NEWEST_VERSION = 1, 2
"""The version of ``run.json`` that is written, and the newest that is read.

A run whose labels are not the primitives has version 2, because readers of version 1 would count the primitives in it.
Files of before versions were counted have version 0 and say the same as those of version 1."""

_AS_RECORDED = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
"""Fields that this version does not know are kept, and written again: nothing recorded is lost."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A video that could not be used, or not wholly; ``video_id`` is empty where the file has none yet."""

    video_id: str
    reason: str


class QuestionSetVersion(BaseModel):
    """The question set of a run."""

    model_config = _AS_RECORDED

    id: str
    version: int


class RunQuestion(BaseModel):
    """A question of the run, as its question set has it (see `lmms_eval_plugins.questions.sets.Question`).

    Attributes:
        id: its name.
        verbatim, text, cropped, truth, source, view: how it was put; not needed for scoring, but whether it is scored.
        item: the Fugl-Meyer item that it scores, if any.
        arm, if_yes, if_no, reaches: how it scores that item.
        kind, options, yes_phrases, no_phrases, match: the form of its answer.
    """

    model_config = _AS_RECORDED

    id: str
    verbatim: bool = False
    text: str = ""
    cropped: str | None = None
    truth: str | None = None
    source: TruthSource | None = None
    item: int | None = None
    arm: Arm = "affected"
    view: str | None = None
    if_yes: int | None = None
    if_no: int | None = None
    reaches: int | None = None
    kind: KindName
    options: tuple[str, ...] = ()
    yes_phrases: tuple[str, ...] = ()
    no_phrases: tuple[str, ...] = ()
    match: Literal["set"] | None = None

    def answer_kind(self) -> AnswerKind:
        """Return the form of the answer; ValueError where its parts do not fit together."""
        return AnswerKind(
            kind=self.kind,
            options=self.options,
            yes_phrases=self.yes_phrases,
            no_phrases=self.no_phrases,
            match=self.match,
        )


class RunVideo(BaseModel):
    """A video of the run.

    Attributes:
        video_id: its name.
        patient, cohort, activity, hand, fps, n_frames: as the manifest has them.
        truth: as text, empty where there is none (see `lmms_eval_plugins.questions.answers.AnsweredVideo`).
        windows: start and exclusive end of each window in seconds.
        poses: what the hand does in each window; empty where hands were not located.
        shown: how many frames of each window were shown; empty where hands were not located.
        arm: the arm that a Fugl-Meyer clip shows.
        view: the camera, as the manifest names it; None in files of versions that did not record it.
        repetition: which time the patient did the activity; None where it is not known.
        date: the day of the session, as the manifest has it; None where it has none.
        asked: ids of the questions about each window; None where these are all questions of the run.
        raters: further rater → the labels of the same hand, as text like the truth of a dose task.
    """

    model_config = _AS_RECORDED

    video_id: str
    patient: str
    cohort: str | None = None
    activity: str | None = None
    hand: str | None = None
    fps: float | None = None
    n_frames: int | None = None
    truth: str = ""
    windows: tuple[tuple[float, float], ...] = ()
    poses: tuple[PoseStatus, ...] = ()
    shown: tuple[int, ...] = ()
    arm: Arm | None = None
    view: str | None = None
    repetition: int | None = None
    date: str | None = None
    asked: tuple[str, ...] | None = None
    raters: Mapping[str, str] = Field(default_factory=dict)

    @property
    def labelled_hand(self) -> Hand | None:
        """The hand that it is about; None where the manifest does not say."""
        return "left" if self.hand == "left" else "right" if self.hand == "right" else None

    @model_validator(mode="after")
    def _about_every_window(self) -> RunVideo:
        for name, of_windows in (("poses", self.poses), ("shown", self.shown)):
            if of_windows and len(of_windows) != len(self.windows):
                raise ValueError(f"{self.video_id}: {len(of_windows)} {name} of {len(self.windows)} windows")
        return self


class RateWindows(BaseModel):
    """The windows in videos of one rate.

    Attributes:
        video_fps: frames per second of the videos.
        videos: number of such videos.
        stride: every so many frames one is shown.
        fps: frames shown per second of video.
        window_s: length of a window, in seconds.
    """

    model_config = _AS_RECORDED

    video_fps: float
    videos: int
    stride: int
    fps: float
    window_s: float


class Speed(BaseModel):
    """What a process of a run measured.

    Attributes:
        questions, windows: how many it put to the model.
        seconds: how long that took.
        questions_per_s, windows_per_s: both per second.
        answers_reused: answers that were known already.
        phase_seconds: seconds by phase, as ``decode`` and ``prefill``.
        frames_reused: frames that came from the frame cache.
        peak_memory_mib, peak_gpu_memory_mib: peak memory in MiB.
        device_busy: share of the seconds in which the network was at work; None where nothing was asked.
        batch_size: questions that were answered at once.
    """

    model_config = _AS_RECORDED

    questions: int = 0
    windows: int = 0
    seconds: float = 0.0
    questions_per_s: float = 0.0
    windows_per_s: float = 0.0
    answers_reused: int = 0
    phase_seconds: Mapping[str, float] = Field(default_factory=dict)
    frames_reused: int = 0
    peak_memory_mib: float = 0.0
    peak_gpu_memory_mib: float = 0.0
    device_busy: float | None = None
    batch_size: int | None = None


class RunFile(BaseModel):
    """The content of ``run.json``.

    Attributes:
        schema_version: of this file.
        task, model: their names.
        label: what the model's card says about it, with what was set otherwise.
        kind: of the model, as ``model``, ``blind`` or ``features``.
        card: the model's card; arguments that are secret are hidden.
        wrapper_args: arguments from the command line.
        differences: what is not as the card and the task's file say, where anything is; see `shown_model`.
        settings: what the task's file says on inputs and windows.
        generation: how replies were generated.
        sampling: how windows were made; also in ``settings``.
        windows_by_rate: how long windows are in videos of each rate; empty where all are as long as ``sampling`` says.
        scheme: the labels of the dataset; None for the five primitives.
        scoring, reading: how answers are scored (None for a task without scoring), and how replies are read.
        questions, question_set, videos: what was put to the model.
        variants: the wordings in which the questions were put to it beside their own; scores do not read them.
        notes: what a reader of the scores should know.
        versions, git_revision, seeds: of the program, its packages and its random numbers.
        status: ``submitted``, ``running``, ``incomplete``, ``partial`` (a merge without some shards) or ``finished``.
        problems_planned: videos that were found unusable before the run was submitted.
        started, finished: times in ISO 8601.
        device, weights: what the model ran on, and the weights that it loaded.
        plan, fingerprint: hashes of what the run does (the same means the same answers), and of model and weights.
        problems: videos that could not be used, and why.
        n_asked: answers that were generated, not found from an earlier run.
        reused: answers of earlier processes, by what they were given under, where there are any.
        speed: what each of the run's processes measured.
        hidden: what hidden states there are beside the answers; None where there are none.
        left_out: videos that a partial merge has no answers about, or not all.
        command_complete: whether all runs of its command are done, so that the same command makes a run of its own.
    """

    model_config = _AS_RECORDED

    schema_version: int = 0
    task: str
    model: str
    label: str | None = None
    kind: str | None = None
    card: Mapping[str, object] = Field(default_factory=dict)
    wrapper_args: Mapping[str, object] = Field(default_factory=dict)
    differences: tuple[SetOtherwise, ...] = ()
    settings: Mapping[str, object] = Field(default_factory=dict)
    generation: Mapping[str, object] | None = None
    sampling: Mapping[str, object] = Field(default_factory=dict)
    windows_by_rate: tuple[RateWindows, ...] = ()
    scheme: Scheme | None = None
    scoring: Method | None = None
    reading: Policy = "default"
    questions: tuple[RunQuestion, ...] = ()
    variants: tuple[RunVariant, ...] = ()
    question_set: QuestionSetVersion | None = None
    videos: tuple[RunVideo, ...] = ()
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str | None] = Field(default_factory=dict)
    git_revision: str | None = None
    seeds: Mapping[str, int] = Field(default_factory=dict)
    plan: str | None = None
    status: str | None = None
    problems_planned: tuple[Problem, ...] = ()
    started: str | None = None
    device: str | None = None
    weights: Mapping[str, object] | None = None
    finished: str | None = None
    fingerprint: str | None = None
    problems: tuple[Problem, ...] = ()
    n_asked: int = 0
    speed: tuple[Speed, ...] = ()
    reused: tuple[ReusedAnswers, ...] = ()
    hidden: RecordedStates | None = None
    left_out: tuple[str, ...] = ()
    command_complete: bool = False

    @property
    def set_otherwise(self) -> tuple[SetOtherwise, ...]:
        """What is not as the card and the task's file say; of an older file, what its command line shows."""
        return self.differences or differing_args_of_old(self.card, self.wrapper_args)

    @property
    def perturb(self) -> str:
        """How the frames were changed before they were shown; empty where they were shown as they are."""
        return str(self.settings.get("perturb") or "")

    @property
    def shown_model(self) -> str:
        """The model's name with what was set otherwise: what every table, figure and line calls the run's model."""
        return with_differences(self.model, self.set_otherwise)

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes, with the one on what was set otherwise, which older files do not have."""
        return tuple(dict.fromkeys((*self.notes, *note_on(self.set_otherwise))))

    @property
    def label_scheme(self) -> Scheme:
        """The scheme of the dataset's labels."""
        return self.scheme or primitives_scheme()

    @property
    def assessment(self) -> AnyAssessment | None:
        """The family of the task, for the labels of its dataset; None without a method of scoring."""
        return None if self.scoring is None else assessment_of(self.scoring).by_scheme(self.label_scheme)

    def without_left_out(self) -> RunFile:
        """Return the run of a partial merge without the videos left out; its model and notes say what is missing."""
        kept = tuple(video for video in self.videos if video.video_id not in set(self.left_out))
        counts = f"{len(kept)} of {len(self.videos)} videos"
        note = f"a partial merge: {counts}; the others are not answered yet"
        model = f"{self.model} ({counts})"
        return self.model_copy(update={"videos": kept, "model": model, "notes": (*self.notes, note)})


class _Version(BaseModel):
    """The version alone, which tells whether the rest can be read."""

    schema_version: int = 0


class _SchemeAlone(BaseModel):
    """The scheme alone, for readers of tables, which have read the rest before."""

    scheme: Scheme | None = None


def read_run_file(folder: Path) -> RunFile:
    """Read the ``run.json`` of a run folder.

    Raises:
        UserError: it is missing, damaged, or written by a newer version of this program.
    """
    path = folder / RUN_NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        file = RunFile.model_validate_json(content)
        version = file.schema_version
    except ValidationError as error:
        version = _version_of(content)
        if version <= NEWEST_VERSION:
            raise UserError(f"{path}: {describe_validation(error)}") from error
    if version > NEWEST_VERSION:
        raise UserError(
            f"{path}: written by a newer version (schema {version}, this one reads up to {NEWEST_VERSION}):"
            " update strokerehab-eval"
        )
    return file


def recorded_scheme(folder: Path) -> Scheme:
    """Return the scheme of a run's labels; the primitives' where it records none, or is no run folder of ours.

    Raises:
        UserError: what it records is no scheme.
    """
    try:
        content = (folder / RUN_NAME).read_bytes()
    except OSError:
        return primitives_scheme()
    try:
        own = _SchemeAlone.model_validate_json(content).scheme if b'"scheme"' in content else None
    except ValidationError as error:
        raise UserError(f"{folder / RUN_NAME}: {describe_validation(error)}") from error
    return own or primitives_scheme()


def find_run_file(folder: Path) -> RunFile | None:
    """Read the ``run.json`` of a run folder; None where it is missing, damaged or of a newer version."""
    try:
        return read_run_file(folder)
    except UserError:
        return None


def write_run_file(folder: Path, file: RunFile) -> None:
    """Replace the ``run.json`` of a run folder at once, in the current schema version."""
    file = file.model_copy(update={"schema_version": NEWEST_VERSION if file.scheme else SCHEMA_VERSION})
    recorded = {name: getattr(file, name) for name in RunFile.model_fields if name in file.model_fields_set}
    write_json(folder / RUN_NAME, {**recorded, **(file.model_extra or {})}, as_recorded)


def as_recorded(value: object) -> object:
    """Return a part of a run's file as values that JSON knows, without the fields that were not recorded."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True)
    return asdict(value) if isinstance(value, Problem) else str(value)


def _version_of(content: bytes) -> int:
    """Return the schema version of a file of which the rest cannot be read."""
    try:
        return _Version.model_validate_json(content).schema_version
    except ValidationError:
        return 0
