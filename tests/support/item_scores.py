"""Answers about all Fugl-Meyer items of patients whose cohorts the project knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult, State
from lmms_eval_plugins.assessments.fugl_meyer.rules import inferred
from lmms_eval_plugins.dataset.selections import project_selections, read_cohorts
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_FROM, INFERRED_ITEM, ITEMS
from lmms_eval_plugins.questions.coverage import ReplyCounts

COHORTS = read_cohorts(project_selections())


def answered(truth: Mapping[str, Mapping[int, int]], say: Callable[[str, int], int | None]) -> list[ItemResult]:
    """Results of a model that says a score (None: nothing that can be read) of every patient and item but 18."""
    results: list[ItemResult] = []
    for patient, scores in truth.items():
        own: dict[int, ItemResult] = {}
        for item in ITEMS:
            if item != INFERRED_ITEM:
                said = say(patient, item)
                replies = ReplyCounts(1, int(said is None), 0)
                state: State = "unreadable" if said is None else "scored"
                own[item] = ItemResult(patient, COHORTS.get(patient), item, scores.get(item), said, state, replies)
        own[INFERRED_ITEM] = inferred([own[item] for item in INFERRED_FROM], scores.get(INFERRED_ITEM))
        results += (own[item] for item in sorted(own))
    return results
