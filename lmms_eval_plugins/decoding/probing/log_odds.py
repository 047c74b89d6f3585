"""Scores of probes as log-odds, by what the same scores meant in other patients."""

from __future__ import annotations

import numpy as np

from lmms_eval_plugins.decoding.clock import Floats, Ints
from lmms_eval_plugins.decoding.probing.ridge import Singles
from lmms_eval_plugins.decoding.probing.targets import UNKNOWN, ProbeTarget


def log_odds_for(target: ProbeTarget, scores: Singles, others: Singles) -> tuple[Floats, Floats]:
    """Return the log-odds of each class against all others, for one patient; a column as scores have it.

    A regression of two numbers on the scores of the other patients' windows (Platt, in Smola et al., Advances in Large
    Margin Classifiers, 2000, pp. 61–74), whose probes saw none of their own patient. Log-odds that are above those of
    the class's share speak for it.

    Args:
        target: the target; labels of windows of which ``others`` is NaN are not used.
        scores: of any windows; (n, columns).
        others: of the windows of the target; NaN about the patient's own.

    Returns:
        The log-odds, (n, columns), and those of each class's share among the other patients' windows, (columns,).
    """
    from sklearn.linear_model import LogisticRegression

    taught = np.flatnonzero((target.labels != UNKNOWN) & ~np.isnan(others[:, 0]))
    true = target.indicators()[taught]
    n_yes, n = true.sum(axis=0), len(taught)
    shares = np.log((n_yes + 0.5) / (n - n_yes + 0.5))
    odds = np.tile(shares, (len(scores), 1))
    for column in range(target.n_columns):
        own = others[taught, column : column + 1].astype(float)
        spread = float(own.std())
        if spread > 0 and 0 < n_yes[column] < n:
            fitted = LogisticRegression().fit(own / spread, true[:, column])
            odds[:, column] = fitted.decision_function(scores[:, column : column + 1].astype(float) / spread)
    return odds, shares


def classes_of(target: ProbeTarget, odds: Floats, shares: Floats) -> Ints:
    """Return the class of each window: the one whose log-odds are furthest above those of its share.

    So every class counts alike, however rare, as in balanced accuracy.

    Args:
        target: the target.
        odds, shares: see `log_odds_for`.
    """
    if target.n_columns == 1:
        above: Ints = (odds[:, 0] > shares[0]).astype(int)
        return above
    best: Ints = (odds - shares).argmax(axis=1)
    return best
