"""The clips of the assessment, and pictures of both arms."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.scenes.exams.clips import ExamJob, affected_arm, exam_jobs, film_exam
from lmms_eval_plugins.demo.scenes.exams.items import EXAMS
from lmms_eval_plugins.demo.scenes.subjects import make_subject

SHORT = {exam.name: exam for exam in EXAMS}


def first_picture(path: Path) -> npt.NDArray[np.int64]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return np.asarray(frame.to_ndarray(format="rgb24"), np.int64)


def test_every_task_is_filmed_in_all_its_views(tmp_path: Path) -> None:
    jobs = exam_jobs(tmp_path, 0, 2)
    assert len(jobs) == 20
    files = [f"{job.index} {job.exam.name}_{laterality}_{job.view}" for job in jobs for laterality in job.lateralities]
    assert len(set(files)) == 40
    assert "1 20_B_S" in files
    assert "0 31_33_H_F" in files
    assert not any("31_33_B" in name for name in files)


def test_the_left_half_shows_the_affected_arm(tmp_path: Path) -> None:
    for index in (1, 2):
        subject = make_subject(0, index)
        alone, both = film_exam(ExamJob(tmp_path, 0, index, SHORT["15"], "F", {15: 1}))
        assert (alone.laterality, both.laterality, both.affected_place) == ("A", "B", "Left")
        assert alone.side_affected == affected_arm(subject).capitalize()
        one, two = first_picture(tmp_path / alone.path), first_picture(tmp_path / both.path)
        half = two[:, :220]
        away = [np.abs(one[:, x : x + 220] - half).mean() for x in range(448 - 220)]
        assert min(away) < 4 < np.median(away)
        assert two[:, 222:226].mean() > 235


def test_the_affected_arm_of_a_control_is_the_left_one() -> None:
    for index in range(8):
        subject = make_subject(0, index)
        assert affected_arm(subject) == ("left" if subject.cohort == "healthy" else subject.hand)
