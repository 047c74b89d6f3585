"""The vectorised chain against all paths, tried one by one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest

from lmms_eval_plugins.decoding.chain import Chain, likeliest_paths, sample_paths
from lmms_eval_plugins.decoding.clock import Floats

LENGTHS = (4, 1, 3)
STATES = 3


@pytest.fixture
def chains() -> list[Chain]:
    rng = np.random.default_rng(3)
    made = []
    for length in LENGTHS:
        transition = rng.dirichlet(np.ones(STATES), STATES)
        transition[0, 1] = 0
        transition /= transition.sum(axis=1, keepdims=True)
        made.append(Chain(rng.normal(size=(length, STATES)), rng.dirichlet(np.ones(STATES)), transition))
    return made


def probabilities(chain: Chain) -> dict[tuple[int, ...], float]:
    """Every path with its posterior probability."""
    weights = {}
    for path in product(range(STATES), repeat=len(chain.evidence)):
        weight = chain.initial[path[0]] * np.prod([chain.transition[a, b] for a, b in pairwise(path)])
        weights[path] = float(weight * np.exp(sum(chain.evidence[tick, state] for tick, state in enumerate(path))))
    total = sum(weights.values())
    return {path: weight / total for path, weight in weights.items()}


def test_the_likeliest_path_is_the_best_of_all(chains: list[Chain]) -> None:
    for chain, path in zip(chains, likeliest_paths(chains), strict=True):
        exact = probabilities(chain)
        assert exact[tuple(path)] == pytest.approx(max(exact.values()))


def test_samples_come_as_often_as_they_are_likely(chains: list[Chain]) -> None:
    n = 20_000
    uniform = [np.random.default_rng(1).random((n, length)) for length in LENGTHS]
    for chain, paths in zip(chains, sample_paths(chains, uniform), strict=True):
        assert paths.shape == (n, len(chain.evidence))
        seen = Counter(map(tuple, paths.tolist()))
        exact = probabilities(chain)
        assert all(exact[path] > 0 for path in seen)
        for path, p in exact.items():
            assert seen[path] / n == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n) + 1e-9)


def sampled_by_hand(chain: Chain, uniform: Floats) -> list[list[int]]:
    """Paths of a chain, state after state: forward filtering, backward sampling as in a textbook."""
    filtered = []
    expected = chain.initial
    for evidence in chain.evidence:
        likely = expected * np.exp(evidence - evidence.max())
        filtered.append(likely / likely.sum())
        expected = filtered[-1] @ chain.transition
    paths = []
    for draws in uniform:
        path: list[int] = []
        for tick in reversed(range(len(filtered))):
            weights = filtered[tick] * (chain.transition[:, path[0]] if path else 1)
            bounds = weights.cumsum()
            path.insert(0, int(np.searchsorted(bounds, draws[tick] * bounds[-1], side="right")))
        paths.append(path)
    return paths


def test_many_paths_at_once_are_those_sampled_one_by_one(chains: list[Chain]) -> None:
    uniform = [np.random.default_rng(length).random((50, length)) for length in LENGTHS]
    for chain, own, paths in zip(chains, uniform, sample_paths(chains, uniform), strict=True):
        assert paths.tolist() == sampled_by_hand(chain, own)


def test_a_chain_is_decoded_alike_in_any_company(chains: list[Chain]) -> None:
    uniform = [np.random.default_rng(length).random((5, length)) for length in LENGTHS]
    together = sample_paths(chains, uniform)
    for place, chain in enumerate(chains):
        (alone,) = sample_paths([chain], [uniform[place]])
        assert (alone == together[place]).all()
        assert (likeliest_paths([chain])[0] == likeliest_paths(chains)[place]).all()


def test_no_chains() -> None:
    assert sample_paths([], []) == likeliest_paths([]) == []


def test_strong_evidence_does_not_overflow() -> None:
    evidence = np.array([[-5000.0, 0, -5000], [5000, 0, 0]])
    chain = Chain(evidence, np.full(3, 1 / 3), np.full((3, 3), 1 / 3))
    (paths,) = sample_paths([chain], [np.random.default_rng(0).random((4, 2))])
    assert (paths == [1, 0]).all()
