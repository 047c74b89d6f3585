"""Inference in hidden Markov chains, for many videos at once: posterior samples and the most likely path.

Forward filtering, backward sampling (Scott, J Am Stat Assoc 2002;97:337–351) and Viterbi (Rabiner, Proc IEEE
1989;77:257–286), tick by tick over all videos; videos are padded to the longest one and leave the batch at their end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.decoding.clock import Floats, Ints


@dataclass(frozen=True, slots=True)
class Chain:
    """One video as a chain; T ticks, S states.

    Attributes:
        evidence: log-likelihood of each state at each tick, up to a constant per tick; (T, S).
        initial: probability of each state at the first tick; (S,).
        transition: probability of each state (column) after each state (row); (S, S).
    """

    evidence: Floats
    initial: Floats
    transition: Floats


def sample_paths(chains: Sequence[Chain], uniform: Sequence[Floats]) -> list[Ints]:
    """Sample paths of states from the posterior of each chain.

    Args:
        chains: chains with the same number of states.
        uniform: random numbers in [0, 1), one per path and tick of each chain; each (N, T), N the same for all.

    Returns:
        N paths for each chain; each (N, T).
    """
    if not chains:
        return []
    batch = _Batch(chains)
    filtered = batch.filtered()
    backwards = np.ascontiguousarray(batch.transition.transpose(0, 2, 1))
    n_paths, n = len(uniform[0]), batch.n_states
    drawn = np.zeros((batch.longest, len(chains), n_paths))
    for row, place in enumerate(batch.order):
        drawn[: batch.lengths[row], row] = uniform[place].T
    paths = np.zeros((batch.longest, len(chains), n_paths), dtype=np.int64)
    state = np.zeros((len(chains), n_paths), dtype=np.int64)
    chain = np.arange(len(chains))[:, None]
    for tick in range(batch.longest - 1, -1, -1):
        here, later = batch.active[tick], batch.active[tick + 1]
        weights = np.repeat(filtered[tick, :here, None, :], n, axis=1)  # by the state that follows
        weights[:later] *= backwards[:later]
        cumulative = weights.cumsum(axis=-1)
        least = drawn[tick, :here] * cumulative[chain[:here], state[:here], -1]
        state[:here] = np.minimum(_count_up_to(cumulative, chain[:here] * n + state[:here], least), n - 1)
        paths[tick, :here] = state[:here]
    return [own.T for own in batch.by_chain(paths)]


def likeliest_paths(chains: Sequence[Chain]) -> list[Ints]:
    """Return the most likely path of states of each chain; each (T,)."""
    if not chains:
        return []
    batch = _Batch(chains)
    with np.errstate(divide="ignore"):
        transition = np.log(batch.transition)
        best = np.log(batch.initial) + batch.evidence[0]
    came_from = np.zeros((batch.longest, len(chains), batch.n_states), dtype=np.int64)
    final = best.copy()
    for tick in range(1, batch.longest):
        here = batch.active[tick]
        reached = best[:here, :, None] + transition[:here]
        came_from[tick, :here] = reached.argmax(axis=1)
        best = reached.max(axis=1) + batch.evidence[tick, :here]
        final[:here] = best
    paths = np.zeros((batch.longest, len(chains)), dtype=np.int64)
    state = final.argmax(axis=1)
    for tick in range(batch.longest - 1, -1, -1):
        here, later = batch.active[tick], batch.active[tick + 1]
        if later:
            state[:later] = came_from[tick + 1, np.arange(later), state[:later]]
        paths[tick, :here] = state[:here]
    return batch.by_chain(paths)


class _Batch:
    """Chains padded to one length, the longest first, so that the active ones are always the first rows."""

    def __init__(self, chains: Sequence[Chain]) -> None:
        lengths = np.array([len(chain.evidence) for chain in chains])
        self.order = np.argsort(-lengths, kind="stable")
        self.lengths = lengths[self.order]
        self.longest = int(self.lengths[0])
        self.n_states = len(chains[0].initial)
        self.active = [int(n) for n in (self.lengths[None, :] > np.arange(self.longest + 1)[:, None]).sum(axis=1)]
        self.initial = np.stack([chains[place].initial for place in self.order])
        self.transition = np.stack([chains[place].transition for place in self.order])
        self.evidence = np.zeros((self.longest, len(chains), self.n_states))
        for row, place in enumerate(self.order):
            self.evidence[: lengths[place], row] = chains[place].evidence

    def filtered(self) -> Floats:
        """Return the probability of each state given the evidence up to each tick; (longest, chains, states)."""
        likelihood = np.exp(self.evidence - self.evidence.max(axis=-1, keepdims=True))
        filtered: Floats = np.zeros_like(likelihood)
        filtered[0] = _shares(self.initial * likelihood[0])
        for tick in range(1, self.longest):
            here = self.active[tick]
            predicted = np.matmul(filtered[tick - 1, :here, None, :], self.transition[:here])[:, 0]
            filtered[tick, :here] = _shares(predicted * likelihood[tick, :here])
        return filtered

    def by_chain(self, paths: Ints) -> list[Ints]:
        """Split (tick, row, …) by chain, in the given order of chains and without padding."""
        places = np.argsort(self.order, kind="stable")
        return [paths[: self.lengths[row], row] for row in places]


def _count_up_to(ordered: Floats, rows: Ints, bounds: Floats) -> Ints:
    """Return how many numbers of a row are at most a bound, by bisection; of the shape of the rows and the bounds.

    Args:
        ordered: numbers that do not fall along the last axis; the other axes are those of the rows.
        rows: places of rows, as if these lay in one axis.
        bounds: a bound for each place.
    """
    n = ordered.shape[-1]
    width = 1 << n.bit_length()  # more than n
    padded = np.full((ordered.size // n, width), np.inf)
    padded[:, :n] = ordered.reshape(-1, n)
    flat = padded.ravel()
    begins = rows * width
    at: Ints = begins.copy()
    step = width // 2
    while step:
        at += step * (flat.take(at + (step - 1)) <= bounds)
        step //= 2
    count: Ints = at - begins
    return count


def _shares(weights: Floats) -> Floats:
    total: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return total
