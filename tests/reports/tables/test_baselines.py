from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lmms_eval_plugins.assessments.dose.video import predict_timeline
from lmms_eval_plugins.domain.sequences import count_labels, edit_score
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.tables.baselines import (
    DRAWS,
    MARKOV_DECOMPOSED,
    MARKOV_DIRECT,
    OMNISCIENT,
    TrueVideo,
    baseline_answers,
    baseline_rows,
)

STILL = Timeline.from_text("idle@0;idle@6")
BUSY = Timeline.from_text("reach@0;transport@2;transport@6")


def videos(*truths: Timeline) -> list[TrueVideo]:
    return [TrueVideo(f"v{n}", f"p{n}", "mild", "feeding", truth) for n, truth in enumerate(truths)]


def test_chains_know_the_other_patients_only() -> None:
    answers = baseline_answers(videos(STILL, BUSY, BUSY))
    _, draws = answers[MARKOV_DIRECT]
    assert len(draws) == DRAWS
    for still, _, _ in draws:
        assert {window.answers["primitive"] for window in still} <= {"reach", "transport"}
    assert "idle" in {window.answers["primitive"] for _, busy, _ in draws for window in busy}
    _, draws = answers[MARKOV_DECOMPOSED]
    assert {window.answers["motion"] for still, _, _ in draws for window in still} == {True}


def test_videos_of_one_patient_do_not_teach_each_other() -> None:
    one, other = videos(STILL, BUSY)
    same = TrueVideo("v2", one.patient, "mild", "feeding", BUSY)
    _, draws = baseline_answers([one, other, same])[MARKOV_DIRECT]
    assert {window.answers["primitive"] for _, _, drawn in draws for window in drawn} <= {"reach", "transport"}


def test_draws_are_seeded() -> None:
    three = videos(BUSY, STILL, BUSY)
    assert baseline_answers(three) == baseline_answers(three)
    assert baseline_answers(three, seed=1) != baseline_answers(three, seed=2)


def test_scores_are_means_over_the_draws_and_counts_are_of_the_first() -> None:
    three = videos(BUSY, STILL, BUSY)
    method, draws = baseline_answers(three)[MARKOV_DECOMPOSED]
    scores, _ = baseline_rows(three)
    own = scores[scores["run"] == MARKOV_DECOMPOSED].set_index("video_id")
    said = [predict_timeline(draw[0], method).labels for draw in draws]
    assert len(set(said)) > 1
    assert own.loc["v0", "edit_score"] == pytest.approx(np.mean([edit_score(labels, BUSY.labels) for labels in said]))
    assert own.loc["v0", "predicted_transport"] == count_labels(said[0])["transport"]


def test_one_patient_has_no_chains() -> None:
    assert list(baseline_answers(videos(BUSY))) == ["always transport", OMNISCIENT]


def test_scores_and_timelines_are_tables() -> None:
    scores, timelines = baseline_rows(videos(BUSY, STILL), chunk_s=1.0)
    best = scores[scores["run"] == OMNISCIENT]
    assert best["edit_score"].tolist() == [100, 100]
    assert best["cohort"].tolist() == ["mild", "mild"]
    said = timelines[(timelines["run"] == "always transport") & (timelines["video_id"] == "v0")]
    assert said[["primitive", "start_s", "end_s"]].iloc[0].tolist() == ["transport", 0, 6]
    assert scores[scores["run"] == "always transport"]["relative_counting_error"].tolist() == pytest.approx([0.5, 2])
    assert isinstance(scores, pd.DataFrame) and baseline_rows([])[0].empty
