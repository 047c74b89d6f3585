from __future__ import annotations

import pandas as pd
import pytest

from lmms_eval_plugins.results.tables.baselines import (
    MARKOV_DECOMPOSED,
    MARKOV_DIRECT,
    OMNISCIENT,
    TRANSPORT,
    TrueVideo,
    baseline_answers,
    baselines,
)
from lmms_eval_plugins.timeline import Timeline

STILL = Timeline.from_text("idle@0;idle@6")
BUSY = Timeline.from_text("reach@0;transport@2;transport@6")


def videos(*truths: Timeline) -> list[TrueVideo]:
    return [TrueVideo(f"v{n}", f"p{n}", "mild", "feeding", truth) for n, truth in enumerate(truths)]


def test_chains_know_the_other_patients_only() -> None:
    answers = baseline_answers(videos(STILL, BUSY, BUSY))
    _, (still, busy, _) = answers[MARKOV_DIRECT]
    assert {window.answers["primitive"] for window in still} <= {"reach", "transport"}
    assert "idle" in {window.answers["primitive"] for window in busy}
    _, (still, *_) = answers[MARKOV_DECOMPOSED]
    assert {window.answers["motion"] for window in still} == {True}


def test_videos_of_one_patient_do_not_teach_each_other() -> None:
    one, other = videos(STILL, BUSY)
    same = TrueVideo("v2", one.patient, "mild", "feeding", BUSY)
    _, (_, _, drawn) = baseline_answers([one, other, same])[MARKOV_DIRECT]
    assert {window.answers["primitive"] for window in drawn} <= {"reach", "transport"}


def test_draws_are_seeded() -> None:
    three = videos(BUSY, STILL, BUSY)
    assert baseline_answers(three) == baseline_answers(three)
    assert baseline_answers(three, seed=1) != baseline_answers(three, seed=2)


def test_one_patient_has_no_chains() -> None:
    assert list(baseline_answers(videos(BUSY))) == [TRANSPORT, OMNISCIENT]


def test_scores_and_timelines_are_tables() -> None:
    scores, timelines = baselines(videos(BUSY, STILL), chunk_s=1.0)
    best = scores[scores["run"] == OMNISCIENT]
    assert best["edit_score"].tolist() == [100, 100]
    assert best["cohort"].tolist() == ["mild", "mild"]
    said = timelines[(timelines["run"] == TRANSPORT) & (timelines["video_id"] == "v0")]
    assert said[["primitive", "start_s", "end_s"]].iloc[0].tolist() == ["transport", 0, 6]
    assert scores[scores["run"] == TRANSPORT]["relative_counting_error"].tolist() == pytest.approx([0.5, 2])
    assert isinstance(scores, pd.DataFrame) and baselines([])[0].empty
