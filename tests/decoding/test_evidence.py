from __future__ import annotations

import numpy as np
import pytest

from lmms_eval_plugins.decoding.clock import UNLABELLED, Clock, Ticks, cut_into_ticks
from lmms_eval_plugins.decoding.evidence import EvidenceFitter, learn_trust
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers

N = 300


def video(seed: int, useful: bool = True) -> tuple[np.ndarray, Ticks, np.ndarray]:
    """Return rows of one column that separates primitive 4 from 2, or nothing; ticks; labels."""
    rng = np.random.default_rng(seed)
    ticks = cut_into_ticks([WindowAnswers(place, place + 1, {}) for place in range(N)], Clock(1.0, 1.0))
    flags = rng.random(N) < 0.5
    labels = np.where(flags, 4, 2)[ticks.window]
    return (flags if useful else rng.permutation(flags)).astype(float)[:, None], ticks, labels


def test_evidence_for_what_the_answers_say() -> None:
    rows, ticks, labels = video(0)
    evidence = EvidenceFitter([rows], [ticks], len(PRIMITIVES)).fit([labels], [0])
    ratios = evidence.ratios(np.array([[1.0], [0.0]]), np.zeros(2))
    assert ratios[0, 4] > 0.5 > 0 > ratios[0, 2]
    assert ratios[1, 2] > 0.5 > 0 > ratios[1, 4]
    assert (ratios[:, [0, 1, 3]] == 0).all()  # never seen: nothing for or against them


def test_only_the_chosen_videos_are_looked_at() -> None:
    videos = [video(seed) for seed in range(3)]
    fitter = EvidenceFitter([rows for rows, _, _ in videos], [ticks for _, ticks, _ in videos], len(PRIMITIVES))
    labels = [labels for _, _, labels in videos]
    first = fitter.fit(labels, [0, 1])
    labels[2] = np.zeros_like(labels[2])
    second = fitter.fit(labels, [0, 1])
    assert (first.weights == second.weights).all() and (first.bias == second.bias).all()
    assert (fitter.ratios(first, 2) == first.ratios(videos[2][0][videos[2][1].window], videos[2][1].phase)).all()


def test_one_primitive_only_says_nothing() -> None:
    rows, ticks, labels = video(0)
    evidence = EvidenceFitter([rows], [ticks], len(PRIMITIVES)).fit([np.full_like(labels, 3)], [0])
    assert (evidence.ratios(rows[:2], np.zeros(2)) == 0).all()
    with pytest.raises(ValueError, match="no labelled time"):
        EvidenceFitter([rows], [ticks], len(PRIMITIVES)).fit([np.full_like(labels, UNLABELLED)], [0])


def test_a_useful_model_is_trusted_and_a_useless_one_is_not() -> None:
    good, ticks, labels = video(0)
    bad, _, _ = video(0, useful=False)
    ratios = []
    for rows in (good, bad):
        other = video(1, useful=rows is good)
        fitter = EvidenceFitter([other[0]], [other[1]], len(PRIMITIVES))
        ratios.append(fitter.fit([other[2]], [0]).ratios(rows[ticks.window], ticks.phase))
    trust = learn_trust([ratios], [labels])
    assert trust[0] > 0.5
    assert 0 <= trust[1] <= trust[0]
    assert list(learn_trust([ratios[:1]], [labels])) == [1]
