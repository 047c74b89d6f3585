"""Choose one of several candidates on some patients and report it on others: leave one patient out.

What is best on some patients is so partly by chance; on the same patients its value flatters. So each patient's value
is that of the candidate that was best on all *other* patients (Varma & Simon, BMC Bioinformatics 2006;7:91).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.statistics.paired import Comparison, compare

Floats = NDArray[np.float64]

_DIGITS = 12
"""Means that agree so far are equal: of equally good candidates the first is chosen."""


@dataclass(frozen=True, slots=True)
class NestedChoice:
    """What choosing among K candidates brought P patients.

    Attributes:
        candidates: their names; the first is the one that is used without choosing, the base.
        patients: the patients.
        values: each patient's value by each candidate, the higher the better; (P, K).
        chosen: the place of the candidate that was best on the others, for each patient; of equals the first.
        gain: the values of the chosen candidates against those of the base, paired by patient.
    """

    candidates: tuple[str, ...]
    patients: tuple[str, ...]
    values: Floats
    chosen: tuple[int, ...]
    gain: Comparison

    @property
    def base(self) -> Floats:
        """The value of each patient by the base."""
        return self.values[:, 0]

    @property
    def nested(self) -> Floats:
        """The value of each patient by the candidate that was chosen on the others."""
        return self.values[np.arange(len(self.patients)), list(self.chosen)]

    @property
    def best(self) -> int:
        """The place of the candidate that is best on all patients: the one to take for new ones."""
        return _best(self.values.mean(axis=0))

    @property
    def flattering(self) -> float:
        """The mean value of the best candidate on the very patients on which it is best."""
        return float(self.values[:, self.best].mean())


def choose_nested(candidates: Sequence[str], patients: Sequence[str], values: Floats) -> NestedChoice:
    """Choose a candidate for each patient by the mean over the others.

    Args:
        candidates: names, the base first.
        patients: the patients.
        values: each patient's value by each candidate; (P, K). Patients with a NaN are left out.

    Raises:
        UserError: fewer than two patients have values.

    >>> choice = choose_nested(["a", "b"], ["S1", "S2", "S3"], np.array([[1.0, 2.0], [1.0, 2.0], [5.0, 2.0]]))
    >>> choice.chosen, float(choice.nested.mean()), choice.flattering
    ((0, 0, 1), 1.3333333333333333, 2.3333333333333335)
    """
    known = np.flatnonzero(~np.isnan(values).any(axis=1))
    kept = values[known]
    names = tuple(patients[int(place)] for place in known)
    if len(names) < 2:
        only = f"only {names[0]} has values" if names else "no patient has values"
        raise UserError(f"{only}, and choosing on some patients and reporting on others needs two")
    chosen = tuple(_best((kept.sum(axis=0) - own) / (len(kept) - 1)) for own in kept)
    nested = kept[np.arange(len(kept)), list(chosen)]
    return NestedChoice(tuple(candidates), names, kept, chosen, compare(nested, kept[:, 0], names))


def _best(means: Floats) -> int:
    return int(np.round(means, _DIGITS).argmax())
