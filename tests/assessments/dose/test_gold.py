from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.gold import gold_windows
from lmms_eval_plugins.assessments.dose.method import DoseMethod, DoseMethodName
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import load_questions
from lmms_eval_plugins.runs.data_frames.read import dose_sources

TRUTH = Timeline.from_text("reach@0.300;transport@1.000;stabilize@1.800;reposition@2.100;idle@2.900;idle@4.000")
WINDOWS = tuple(WindowAnswers(place / 2, place / 2 + 0.5, {}) for place in range(9))


@pytest.mark.parametrize(
    ("questions", "method"),
    [
        ("primitives_1", "sequence"),
        ("primitives_2", "one_primitive"),
        ("primitives_3", "motion_grasp"),
        ("primitives_3_conditional", "conditional"),
        ("prim", "prim"),
    ],
)
def test_they_are_the_answers_of_the_tasks_questions(questions: str, method: str) -> None:
    """What the card ``omniscient`` says of a window and what tables score as the reference are one thing."""
    asked = load_questions(shipped("tasks") / f"strokerehab/questions/{questions}.yaml").questions
    found = gold_windows(TRUTH, WINDOWS, DoseMethod(method=cast(DoseMethodName, method)))
    for window, gold in zip(WINDOWS, found, strict=True):
        correct = DOSE.correct_answers(asked, TRUTH, activity=None, start_s=window.start_s, end_s=window.end_s)
        assert gold.answers == {
            question.id: read(question.answer, answer.reply or "")
            for question, answer in zip(asked, correct, strict=True)
            if question.id in gold.answers
        }
        assert gold.answers


def test_the_study(published: Path) -> None:
    """The reference of the study's main task is no optimum: its own omniscient bound is 88.47 / .116 / .115."""
    folder = published / "logs/strokerehab_primitives_3_all_models/longva_7b"
    (source,) = dose_sources([str(folder)], [], False, None).values()
    scores = {}
    names: tuple[DoseMethodName, ...] = ("motion_grasp", "one_primitive", "sequence")
    for name in names:
        method = DoseMethod(method=name)
        videos = [
            AnsweredVideo(
                video_id=video.answered.video_id,
                patient=video.answered.patient,
                cohort=None,
                activity=None,
                truth=truth,
                windows=tuple(gold_windows(truth, video.answered.windows, method)),
            )
            for video in source.videos
            if (truth := video.answered.truth)
        ]
        metrics = DOSE.score(method, videos).metrics
        scores[name] = [metrics[key][0] for key in ("edit_score", "action_error_rate", "relative_counting_error")]
    assert scores["motion_grasp"] == [
        pytest.approx(78.85, abs=5e-3),
        pytest.approx(0.212, abs=5e-4),
        pytest.approx(0.214, abs=5e-4),
    ]
    assert scores["one_primitive"][0] == pytest.approx(82.50, abs=5e-3)
    assert scores["sequence"][0] == pytest.approx(99.86, abs=5e-3)
