"""The items of Fugl-Meyer runs: by how many points their scores are off, and by how many that is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.totals import ERROR_WITHOUT_SCORE, error_of, with_true_score
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM
from lmms_eval_plugins.reports.tables.selective.ranked import (
    BY_ALIKE,
    BY_PROBABILITY,
    POINTS,
    WRONG,
    Ranked,
    by_alike,
    by_probability,
    refuse_silence,
    refuse_single,
)
from lmms_eval_plugins.runs.data_frames.build import probabilities_in, probability_of

Probabilities = Mapping[tuple[str, int], float]
"""Patient and item → mean probability of the answers to the item's questions, where all of them were recorded."""


def ranked_items(
    results: Sequence[ItemResult], probabilities: Probabilities, run: str | None, label: str, *, reference: bool
) -> list[Ranked]:
    """Return the items of a run ranked by the points they are off, and by whether they are wrong.

    By 1 − the mean probability of the answers about an item, where these are known of every item with a score; else
    alike are items with the same number and the same score. An item without a score is wrong by 2 points, and expected
    to be. Item 18, which follows from others, and items whose replies never came are left out.

    Args:
        results: the items.
        probabilities: of their answers.
        run: its path; None of a control.
        label: what its row is called.
        reference: whether it is a control or a baseline.

    Raises:
        ValueError: there is no item has a score, or there is nobody else to learn from.
    """
    known = [one for one in with_true_score(results) if one.averaged and one.item != INFERRED_ITEM]
    if not known:
        return []
    points = np.array([float(error_of(one)) for one in known])
    patients, items = tuple(one.patient for one in known), [one.item for one in known]
    said = [one.predicted for one in known]
    without = np.array([score is None for score in said])
    refuse_single(patients)
    refuse_silence(without)
    given = np.array([probabilities.get((one.patient, one.item), np.nan) for one in known])
    by = BY_ALIKE if np.isnan(given[~without]).any() else BY_PROBABILITY
    no_numbers = np.zeros((len(known), 0))
    made = []
    for kind, errors, worst in ((POINTS, points, float(ERROR_WITHOUT_SCORE)), (WRONG, (points > 0).astype(float), 1.0)):
        silent = np.where(without, worst, np.nan)
        learning = (
            by_alike(no_numbers, [items, said], errors, patients, silent)
            if by == BY_ALIKE
            else by_probability(given, patients, silent)
        )
        made.append(
            Ranked(
                run=run,
                label=label,
                kind=kind,
                ids=tuple(zip(patients, items, strict=True)),
                patients=patients,
                errors=errors,
                learning=learning,
                blind=by_alike(no_numbers, [items], errors, patients),
                by=by,
                shown=np.ones(len(known), dtype=bool),
                reference=reference,
            )
        )
    return made


def item_probabilities(answers: pd.DataFrame, items: Mapping[str, int]) -> Probabilities:
    """Return the mean probability of the answers about each item of each patient; none where one was not recorded.

    Args:
        answers: the answers of a run.
        items: question → the item that it scores.
    """
    of_items: dict[tuple[str, int], list[float]] = {}
    columns = answers[["patient", "question", "value", "probabilities"]]
    for patient, question, said, cell in columns.itertuples(index=False):
        if question in items and isinstance(said, str):
            of_items.setdefault((patient, items[question]), []).append(probability_of(probabilities_in(cell), said))
    means = {about: float(np.mean(own)) for about, own in of_items.items()}
    return {about: mean for about, mean in means.items() if not np.isnan(mean)}
