"""The Fugl-Meyer assessment of the demo: a person, a task and its scores become the pictures of a clip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lmms_eval_plugins.demo.brush import Picture
from lmms_eval_plugins.demo.exam_body import ExamTake, examine
from lmms_eval_plugins.demo.exams import EXAM_FPS, EXAMS, ITEMS, Exam, View, item_scores
from lmms_eval_plugins.demo.paint_exam import paint_exam
from lmms_eval_plugins.demo.subjects import Subject
from lmms_eval_plugins.vocabulary import Hand

__all__ = ["EXAMS", "EXAM_FPS", "ITEMS", "Exam", "ExamTake", "View", "examine", "item_scores", "pictures"]


def pictures(
    subject: Subject, exam: Exam, arm: Hand, scores: Mapping[int, int], view: View, rng: np.random.Generator
) -> Iterator[Picture]:
    """The pictures of a clip at `EXAM_FPS`, HEIGHT × WIDTH × RGB: an arm does a task as well as ``scores`` say.

    ``scores`` has a score (0 to 2) for each of the exam's items; others are ignored.
    """
    return paint_exam(subject, exam, examine(subject, exam, arm, scores, rng), view)
