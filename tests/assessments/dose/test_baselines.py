"""The baselines that need no video: omniscient, constant, Markov chains."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.assessment import Metric
from lmms_eval_plugins.assessments.dose.baselines import (
    MarkovChain,
    chunk_labels,
    constant_answers,
    decomposed_answers,
    direct_answers,
    omniscient_answers,
)
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.summary import summarize_dose
from lmms_eval_plugins.assessments.dose.video import score_video
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers

SHARED = Path(__file__).resolve().parents[4] / "shared/vlms4rehab"
PAIRS, ONE = DoseMethod(method="motion_grasp"), DoseMethod(method="one_primitive")


@pytest.fixture(scope="module")
def truths() -> list[Timeline]:
    logs = sorted(SHARED.glob("logs/strokerehab_primitives_3_all_models/*/*/*_samples_*.jsonl"))
    if not logs:
        pytest.skip(f"no published logs at {SHARED}")
    return [Timeline.from_text(json.loads(line)["target"]) for line in logs[0].read_text().splitlines()]


def headline(
    truths: Sequence[Timeline], answers: Iterable[Sequence[WindowAnswers]], method: DoseMethod
) -> list[Metric]:
    scores = [
        score_video(video_id="v", patient="", cohort=None, activity=None, truth=truth, windows=windows, method=method)
        for truth, windows in zip(truths, answers, strict=True)
    ]
    metrics = summarize_dose(scores).metrics
    return [metrics[name] for name in ("edit_score", "action_error_rate", "relative_counting_error")]


def test_a_chunk_has_the_middle_one_of_its_labels() -> None:
    truth = Timeline.from_text("idle@0.500;reach@1.000;transport@1.100;idle@1.200;idle@2.500")
    assert [(chunk.start_s, chunk.end_s, chunk.label) for chunk in chunk_labels(truth, 1.0)] == [
        (0.0, 1.0, "idle"),
        (1.0, 2.0, "transport"),
        (2.0, 2.5, "idle"),
    ]
    assert chunk_labels(Timeline.from_text("idle@0.000;reach@0.500;reach@1.000"), 1.0)[0].label == "idle"
    assert [chunk.start_s for chunk in chunk_labels(Timeline.from_text("idle@2.000;idle@3.000"), 1.0)] == [2.0]
    assert chunk_labels(Timeline(())) == ()
    with pytest.raises(ValueError, match="chunks of 0"):
        chunk_labels(truth, 0)


def test_omniscient_on_the_study(truths: Sequence[Timeline]) -> None:
    edit_score, action_error, counting_error = headline(truths, map(omniscient_answers, truths), PAIRS)
    assert edit_score == pytest.approx((88.4701, 0.8652), abs=5e-5)
    assert action_error[0] == pytest.approx(0.116448, abs=5e-7)
    assert counting_error[0] == pytest.approx(0.114993, abs=5e-7)


def test_transport_only_on_the_study(truths: Sequence[Timeline]) -> None:
    edit_score, action_error, counting_error = headline(truths, map(constant_answers, truths), ONE)
    assert edit_score == pytest.approx((3.66, 0.39), abs=5e-3)
    assert (action_error[0], counting_error[0]) == pytest.approx((0.96, 0.98), abs=5e-3)


@pytest.mark.parametrize(
    ("moving", "counts"),
    [(MOTION_PRIMITIVES, (1486, 1157, 4840, 1144)), (GRASP_PRIMITIVES, (3085, 868, 3807, 867))],
)
def test_transition_counts_of_the_study(
    truths: Sequence[Timeline], moving: Collection[str], counts: tuple[int, ...]
) -> None:
    chain = MarkovChain.fit([[chunk.label in moving for chunk in chunk_labels(truth)] for truth in truths])
    no, yes = chain.states.index(False), chain.states.index(True)
    c = chain.transition_counts
    assert (c[no, no], c[no, yes], c[yes, yes], c[yes, no]) == counts


@pytest.mark.parametrize(
    ("answers", "method", "ranges"),
    [
        (decomposed_answers, PAIRS, ((45.1, 48.3), (0.66, 0.78), (0.58, 0.71))),
        (direct_answers, ONE, ((48.3, 51.1), (0.60, 0.71), (0.56, 0.67))),
    ],
)
def test_chains_on_the_study(
    truths: Sequence[Timeline],
    answers: Callable[..., list[list[WindowAnswers]]],
    method: DoseMethod,
    ranges: tuple[tuple[float, ...], ...],
) -> None:
    for seed in range(5):
        found = headline(truths, answers(truths, np.random.default_rng(seed)), method)
        for (mean, _), (low, high) in zip(found, ranges, strict=True):
            assert mean is not None and low <= mean <= high


def test_a_seed_fixes_the_draws() -> None:
    truths = [Timeline.from_text("idle@0.000;reach@2.000;transport@5.000;idle@8.000;idle@20.000")]
    for answers in (decomposed_answers, direct_answers):
        first, again = (answers(truths, np.random.default_rng(3)) for _ in range(2))
        assert first == again
        assert first != answers(truths, np.random.default_rng(4))


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=5), st.integers(0, 20))
def test_a_chain_is_a_chain_of_probabilities(sequences: list[list[str]], n: int) -> None:
    if not any(sequences):
        with pytest.raises(ValueError, match="not empty"):
            MarkovChain.fit(sequences)
        return
    chain = MarkovChain.fit(sequences)
    assert chain.initial.sum() == pytest.approx(1)
    assert np.allclose(chain.transitions.sum(axis=1), 1)
    sampled = chain.sample(n, np.random.default_rng(0))
    assert len(sampled) == n
    assert set(sampled) <= set(chain.states)


def test_a_state_that_nothing_follows_is_left_by_frequency() -> None:
    chain = MarkovChain.fit([["a", "a", "b"]])
    assert chain.transitions[chain.states.index("b")] == pytest.approx([2 / 3, 1 / 3])


def test_a_certain_chain_repeats_what_it_saw() -> None:
    chain = MarkovChain.fit([["a", "b", "a", "b"]])
    assert chain.sample(5, np.random.default_rng(1)) == ["a", "b", "a", "b", "a"]
