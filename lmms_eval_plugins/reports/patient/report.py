"""From data frames to what a page says of one patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.totals import PatientTotal
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline, without_repeats
from lmms_eval_plugins.reports.patient.frames import PatientFrames
from lmms_eval_plugins.reports.patient.wrong import WrongAnswer, wrong_answers
from lmms_eval_plugins.reports.tables.chosen import Record, records
from lmms_eval_plugins.reports.tables.part import timelines_of
from lmms_eval_plugins.runs.data_frames.build import notes_in, text_in
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.runs.data_frames.items import names_of
from lmms_eval_plugins.runs.data_frames.video_filter import those_known
from lmms_eval_plugins.runs.scored import scores_of


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """How often each label of a scheme occurs, in the scheme's order; ``true`` is None without labels."""

    predicted: tuple[int, ...]
    true: tuple[int, ...] | None

    @property
    def error(self) -> float | None:
        """The relative counting error, 0 upwards; None where there is nothing to count, or it is not known."""
        if self.true is None or not sum(self.true):
            return None
        return sum(abs(one - other) for one, other in zip(self.predicted, self.true, strict=True)) / sum(self.true)


@dataclass(frozen=True, slots=True)
class CountedVideo:
    """A video of a dose run.

    Attributes:
        video_id: its name.
        activity: what is done in it, sides merged; None where it is not known.
        view: the camera; None where it is not known.
        duration_s: its length, seconds.
        counts: how often each label occurs.
        truth: the true timeline; None without labels.
        predicted: the predicted timeline.
        enough: whether enough replies came for it to enter means; of a video without labels that is not known: True.
    """

    video_id: str
    activity: str | None
    view: str | None
    duration_s: float
    counts: LabelCounts
    truth: Timeline | None
    predicted: Timeline
    enough: bool


@dataclass(frozen=True, slots=True)
class NamedActivity:
    """A video whose activity was asked for: the true one, the one answered if any, and the state of the answer."""

    video_id: str
    truth: str
    answer: str | None
    state: str


@dataclass(frozen=True, slots=True)
class QuestionTally:
    """What became of the requests of a question: how many there are, right, wrong, and without an answer."""

    question: str
    n: int
    n_right: int
    n_wrong: int
    n_without: int


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """A run about the patient's videos.

    Attributes:
        run: its name, a path shortened.
        task: the task.
        model: the model; None where it is not known.
        baseline: whether its answers are a baseline's, no model's.
        notes: what a reader of its numbers should know.
        scheme: the scheme of its labels.
        videos: counts and timelines, of a dose run.
        identified: of an identification run.
        questions: what became of the questions about the patient's videos.
        wrong: the wrong answers, the most telling first.
    """

    run: str
    task: str
    model: str | None
    baseline: bool
    notes: tuple[str, ...]
    scheme: Scheme
    videos: tuple[CountedVideo, ...]
    identified: tuple[NamedActivity, ...]
    questions: tuple[QuestionTally, ...]
    wrong: tuple[WrongAnswer, ...]


@dataclass(frozen=True, slots=True)
class ReportedItems:
    """A Fugl-Meyer run: its items of the patient, and the patient's totals where a therapist scored any."""

    run: str
    task: str
    model: str | None
    baseline: bool
    notes: tuple[str, ...]
    items: tuple[ItemResult, ...]
    total: PatientTotal | None


@dataclass(frozen=True, slots=True)
class PatientReport:
    """Everything that runs say of one patient.

    Attributes:
        patient: who.
        cohort: the cohort; None where it is not known.
        activities: what was filmed.
        views: the cameras.
        n_videos: number of videos, Fugl-Meyer clips among them.
        minutes: length of all of them together.
        runs: the runs about videos, dose first.
        assessments: the Fugl-Meyer runs.
    """

    patient: str
    cohort: str | None
    activities: tuple[str, ...]
    views: tuple[str, ...]
    n_videos: int
    minutes: float
    runs: tuple[ReportedRun, ...]
    assessments: tuple[ReportedItems, ...]


def patient_report(frames: PatientFrames, patient: str) -> PatientReport:
    """Return what runs say of a patient.

    Raises:
        UserError: none of them is about this patient.
    """
    if patient not in frames.patients:
        raise UserError(f"no patient is named {patient!r} in what was given{those_known(patient, frames.patients)}")
    tables = frames.loaded.tables
    own = {name: tables[name][tables[name]["patient"] == patient] for name in ("answers", "timelines", "scores")}
    answers = own["answers"]
    examined = _assessments(frames, patient)
    cohorts = [*answers["cohort"].dropna(), *(one.cohort for row in examined for one in row.items if one.cohort)]
    runs = [
        _run(run, {name: table[table["run"] == run["run"]] for name, table in own.items()}, frames)
        for run in records(tables["runs"])
        if run["method"] not in FUGL_MEYER.method_names and run["run"] in set(answers["run"])
    ]
    lengths = _lengths(answers, own["scores"])
    return PatientReport(
        patient=patient,
        cohort=str(cohorts[0]) if cohorts else None,
        activities=_distinct(answers["activity"]),
        views=_distinct(answers["view"]),
        n_videos=len(lengths),
        minutes=sum(lengths.values()) / 60,
        runs=tuple(sorted(runs, key=lambda run: not run.videos)),
        assessments=examined,
    )


def _distinct(names: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if isinstance(name, str)}))


def _lengths(answers: pd.DataFrame, scores: pd.DataFrame) -> dict[str, float]:
    """Return video → its length in seconds, where that is not known the end of its last window."""
    ends = {str(video): float(end) for video, end in answers.groupby("video_id", sort=False)["end_s"].max().items()}
    known = scores.dropna(subset="duration_s")
    return ends | {str(video): float(s) for video, s in zip(known["video_id"], known["duration_s"], strict=True)}


def _run(run: Record, own: dict[str, pd.DataFrame], frames: PatientFrames) -> ReportedRun:
    scheme = frames.loaded.schemes[str(run["run"])]
    return ReportedRun(
        run=str(run["run"]),
        task=str(run["task"]),
        model=text_in(run["model"]),
        baseline=bool(run["baseline"]),
        notes=tuple(notes_in(run["notes"])),
        scheme=scheme,
        videos=_counted(own, scheme) if run["method"] in DOSE.method_names else (),
        identified=_identified(own["scores"]) if run["method"] in IDENTIFICATION.method_names else (),
        questions=_questions(own["answers"]),
        wrong=wrong_answers(own["answers"]),
    )


def _counted(own: dict[str, pd.DataFrame], scheme: Scheme) -> tuple[CountedVideo, ...]:
    scores = own["scores"].set_index("video_id")
    enough = set(answered(own["scores"])["video_id"])
    timelines = {
        source: timelines_of(own["timelines"][own["timelines"]["source"] == source])
        for source in ("truth", "predicted")
    }
    lengths = _lengths(own["answers"], own["scores"])
    firsts = own["answers"].drop_duplicates("video_id")
    videos = []
    for video, activity, view in zip(firsts["video_id"], firsts["activity"], firsts["view"], strict=True):
        predicted = timelines["predicted"].get(video, Timeline(()))
        scored = video in scores.index
        counts = (
            LabelCounts(*(_cells(scores.loc[video], side, scheme.names) for side in ("predicted", "true")))
            if scored
            else LabelCounts(_occurrences(predicted, scheme.names), None)
        )
        videos.append(
            CountedVideo(
                video_id=str(video),
                activity=text_in(activity),
                view=text_in(view),
                duration_s=lengths[video],
                counts=counts,
                truth=timelines["truth"].get(video) if scored else None,
                predicted=predicted,
                enough=not scored or video in enough,
            )
        )
    return tuple(videos)


def _cells(row: pd.Series[int], side: str, labels: Sequence[str]) -> tuple[int, ...]:
    return tuple(int(row[f"{side}_{label}"]) for label in labels)


def _occurrences(timeline: Timeline, labels: Sequence[str]) -> tuple[int, ...]:
    found = Counter(without_repeats(timeline.labels))
    return tuple(found[label] for label in labels)


def _identified(scores: pd.DataFrame) -> tuple[NamedActivity, ...]:
    columns = (scores[column] for column in ("video_id", "truth", "answer", "answer_state"))
    return tuple(
        NamedActivity(str(video), str(truth), text_in(answer), str(state))
        for video, truth, answer, state in zip(*columns, strict=True)
    )


def _questions(answers: pd.DataFrame) -> tuple[QuestionTally, ...]:
    """Return what became of each question whose correct answer is known for any window."""
    known = answers[answers["right"].notna()]
    return tuple(
        QuestionTally(
            question=str(question),
            n=len(own),
            n_right=int(own["right"].sum()),
            n_wrong=int((~own["right"].astype(bool) & own["value"].notna()).sum()),
            n_without=int(own["value"].isna().sum()),
        )
        for question, own in known.groupby("question", sort=False)
    )


def _assessments(frames: PatientFrames, patient: str) -> tuple[ReportedItems, ...]:
    scored = scores_of(frames.assessed, FUGL_MEYER)
    names = names_of([row for row, _ in scored])
    found = [
        ReportedItems(
            run=name,
            task=row.task,
            model=row.model,
            baseline=row.baseline,
            notes=(*row.notes, *row.coverage.notes),
            items=tuple(result for result in score.items if result.patient == patient),
            total=next((total for total in score.totals if total.patient == patient), None),
        )
        for name, (row, score) in zip(names, scored, strict=True)
    ]
    return tuple(one for one in found if one.items)
