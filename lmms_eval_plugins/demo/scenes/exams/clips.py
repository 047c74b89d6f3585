"""The clips of one task of the assessment from one camera: each arm alone, or both in one picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lmms_eval_plugins.dataset.trial import FmaClip
from lmms_eval_plugins.demo.scenes.exams.body import ExamTake, examine_arm
from lmms_eval_plugins.demo.scenes.exams.items import EXAM_FPS, EXAMS, ITEMS, Exam, View, item_scores
from lmms_eval_plugins.demo.scenes.painting.brush import Picture
from lmms_eval_plugins.demo.scenes.painting.exam import half_of, paint_exam, paint_side_by_side
from lmms_eval_plugins.demo.scenes.recorder import Grain, PictureRecorder
from lmms_eval_plugins.demo.scenes.subjects import Subject, generator, make_subject
from lmms_eval_plugins.domain.vocabulary import Hand

Laterality = Literal["A", "H", "B"]
"""The arms in a clip: the affected one, the other one, both."""


@dataclass(frozen=True, slots=True)
class ExamJob:
    """Clips to make: the ``index``-th person of a seed does a task in front of a camera; files go under ``folder``.

    ``scores`` has a score (0 to 2) for each of the exam's items; the affected arm moves accordingly.
    """

    folder: Path
    seed: int
    index: int
    exam: Exam
    view: View
    scores: Mapping[int, int]

    @property
    def lateralities(self) -> tuple[Laterality, Laterality]:
        """The clips' lateralities: the affected arm, and both arms or, where time counts, the other one."""
        return ("A", "H") if self.exam.name == "31_33" else ("A", "B")


def exam_jobs(folder: Path, seed: int, subjects: int) -> list[ExamJob]:
    """Return the jobs of a number of people, person by person."""
    return [
        ExamJob(folder, seed, index, exam, view, scores)
        for index in range(subjects)
        for scores in (item_scores(seed, index),)
        for exam in EXAMS
        for view in exam.views
    ]


def affected_arm(subject: Subject) -> Hand:
    """Return the affected arm; of a control it is the left one."""
    return "left" if subject.cohort == "healthy" else subject.hand


def film_exam(job: ExamJob, wanted: Collection[Laterality] = ("A", "H", "B")) -> tuple[FmaClip, ...]:
    """Write the wanted clips of a job and return their manifest rows (paths relative to the folder).

    Both cameras of a task see the same performance. Raises as `film.film`.
    """
    subject, exam = make_subject(job.seed, job.index), job.exam
    affected = affected_arm(subject)
    other: Hand = "right" if affected == "left" else "left"
    (job.folder / subject.code).mkdir(exist_ok=True)
    task = exam.items[0]
    grain = Grain(subject.visit.noise, generator(job.seed, job.index, 4, task, exam.views.index(job.view)))
    takes = [
        examine_arm(subject, exam, arm, scores, generator(job.seed, job.index, 3, task, number))
        for number, (arm, scores) in enumerate(((affected, job.scores), (other, dict.fromkeys(ITEMS, 2))))
    ]
    shown: tuple[Iterable[Picture], Iterable[Picture]]
    if "H" in job.lateralities:
        shown = (paint_exam(subject, exam, takes[0], job.view), paint_exam(subject, exam, takes[1], job.view))
    else:
        alone = list(paint_exam(subject, exam, takes[0], job.view))
        shown = (alone, _both(subject, job, takes, alone))
    return tuple(
        _write(job, subject, laterality, pictures, grain)
        for laterality, pictures in zip(job.lateralities, shown, strict=True)
        if laterality in wanted
    )


def _both(subject: Subject, job: ExamJob, takes: list[ExamTake], alone: list[Picture]) -> Iterator[Picture]:
    """Yield pictures with the affected arm in the left half and the other arm in the right half."""
    affected, other = (half_of(subject, job.exam, taken, job.view) for taken in takes)
    for one, two in zip(alone, paint_exam(subject, job.exam, takes[1], job.view), strict=True):
        yield paint_side_by_side(one[:, affected], two[:, other])


def _write(
    job: ExamJob, subject: Subject, laterality: Laterality, pictures: Iterable[Picture], grain: Grain
) -> FmaClip:
    path = Path(subject.code) / f"{subject.code}_FM{job.exam.name}_{laterality}_{job.view}.mp4"
    n_frames = 0
    with PictureRecorder(job.folder / path, EXAM_FPS) as recorder:
        for picture in pictures:
            recorder.write(grain(picture))
            n_frames += 1
    return FmaClip(
        path=path,
        patient=subject.code,
        cohort=subject.cohort,
        item_low=job.exam.items[0],
        item_high=job.exam.items[-1],
        laterality=laterality,
        view=job.view,
        side_affected="Left" if affected_arm(subject) == "left" else "Right",
        affected_place="Left" if laterality == "B" else "",
        duration_s=round(n_frames / EXAM_FPS, 3),
        fps=EXAM_FPS,
        n_frames=n_frames,
    )
