"""The choice among sampled sequences: the one of least expected loss (minimum Bayes risk).

The samples are both the candidates and the estimate of the posterior (Kumar & Byrne, Minimum Bayes-Risk Decoding for
Statistical Machine Translation, HLT-NAACL 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from lmms_eval_plugins.decoding.clock import Floats, Ints
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

Loss = Literal["edit", "counts"]

_LETTERS = "abcde"


def least_risk(paths: Ints, loss: Loss) -> int:
    """Return the index of the path of primitives with the least mean loss against all paths; of equal ones the first.

    Args:
        paths: sampled paths; (N, T).
        loss: ``edit``: ``Lev(p, r) / max(|p|, |r|)``, that is one minus a hundredth of the edit score; or ``counts``:
            ``Σ_k |c_p(k) − c_r(k)| / Σ_k c_r(k)``, the relative counting error.
    """
    sequences = [letters(path) for path in paths]
    return int(np.argmin(_edit_risk(sequences) if loss == "edit" else _count_risk(sequences)))


def letters(path: Ints) -> str:
    """Return a path as letters, one per primitive, with repeats merged."""
    kept = path[np.append(True, path[1:] != path[:-1])]
    return "".join(_LETTERS[primitive] for primitive in kept)


def _edit_risk(sequences: Sequence[str]) -> Floats:
    distances = cdist(sequences, sequences, scorer=Levenshtein.distance)
    lengths = np.array([len(sequence) for sequence in sequences])
    risk: Floats = (distances / np.maximum(lengths[:, None], lengths[None, :])).mean(axis=1)
    return risk


def _count_risk(sequences: Sequence[str]) -> Floats:
    counts = np.array([[sequence.count(letter) for letter in _LETTERS[: len(PRIMITIVES)]] for sequence in sequences])
    errors = np.abs(counts[:, None, :] - counts[None, :, :]).sum(axis=-1)
    risk: Floats = (errors / counts.sum(axis=1)[None, :]).mean(axis=1)
    return risk
