"""How far ahead a grasp should make a movement a reach: what the rule loses even if motion and grasp are all right."""

from __future__ import annotations

from lmms_eval_plugins.assessments.dose.rule import primitives_from
from lmms_eval_plugins.domain.sequences import action_error_rate
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES


def horizon_error(truth: Timeline, horizon_s: float) -> float:
    """Return action error rate of the rule on the true motion and grasp of every true segment: 0 (all right) upwards.

    Raises:
        ValueError: the truth is empty.
    """
    primitives = primitives_from(
        [segment.start_s for segment in truth.segments],
        [segment.label in MOTION_PRIMITIVES for segment in truth.segments],
        [segment.label in GRASP_PRIMITIVES for segment in truth.segments],
        horizon_s,
    )
    return action_error_rate([primitive for primitive in primitives if primitive], truth.labels)
