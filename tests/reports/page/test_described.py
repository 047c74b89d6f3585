"""What a run's facts, questions and replies say."""

from __future__ import annotations

import pandas as pd

from lmms_eval_plugins.reports.page.data.overview import Overview, PageReplies
from lmms_eval_plugins.reports.page.described import family_of, replies_of


def test_replies_are_counted_by_their_state_and_cut_ones_besides() -> None:
    states = ["read", "read", "unreadable", "refused", "contradictory", "missing"]
    ends = ["length", "stop", "length", None, None, None]
    answers: pd.DataFrame = pd.DataFrame({"state": states, "finish_reason": ends})
    assert replies_of(answers) == PageReplies(6, 2, 1, 1, 1, 1, 2)


def test_a_run_says_how_its_windows_were_made(page_overview: Overview) -> None:
    facts = dict(page_overview.runs[3].facts)
    assert facts["windows"] == "4 frames at 4 per second; 1.000 s long, one every 1.000 s"
    assert facts["declared rate"] == "the true rate of the frames shown"
    assert facts["scoring"] == "motion_grasp" and facts["run"] == "dose/tiny/20250101_000000"
    names = [name for name, _ in page_overview.runs[3].facts]
    assert len(names) == len(set(names))


def test_a_baseline_is_declared_no_rate(page_overview: Overview) -> None:
    assert "declared rate" not in dict(page_overview.runs[2].facts)


def test_questions_are_as_they_were_asked(page_overview: Overview) -> None:
    motion, grasp = page_overview.runs[3].questions
    assert (motion.id, motion.kind, motion.choices, grasp.id) == ("motion", "yes_no", ("yes", "no"), "grasp")
    (activity,) = page_overview.runs[5].questions
    assert activity.choices == ("feeding", "shelf", "combing") and activity.text is None


def test_a_method_of_no_family_is_not_scored() -> None:
    assert family_of({"method": float("nan")}) == "unscored"
    assert family_of({"method": "prim"}) == "dose"
