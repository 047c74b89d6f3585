"""A plan as JSON: every number of its tables, not rounded, with what the tables say in words."""

from __future__ import annotations

from typing import Any

from lmms_eval_plugins.reports.planning.plan import (
    DoseMeasure,
    Narrowing,
    PlannedComparison,
    PlannedRow,
    SeenChange,
    StudyPlan,
)
from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.planning import SIMULATIONS, HalfWidth, Power

JsonObject = dict[str, Any]  # Any: json does not type what it writes


def plan_json(plan: StudyPlan) -> JsonObject:
    """Return a plan for ``json.dumps``; shares are 0 to 1, what is not known is None."""
    return {
        "run": plan.run,
        "against": plan.other,
        "against_is_control": plan.is_control,
        "only": plan.only,
        "detect": plan.aim.detect,
        "power": plan.aim.power,
        "level": plan.aim.level,
        "seed": plan.aim.seed,
        "simulations": SIMULATIONS,
        "patients": plan.n_patients,
        plan.about: plan.n_videos,
        "minutes_each": plan.minutes_each,
        "comparisons": list(map(_comparison, plan.comparisons)),
        "measures": list(map(_measure, plan.measures)),
        "widths": list(map(_narrowing, plan.narrowing)),
        "notes": list(plan.notes),
    }


def _comparison(one: PlannedComparison) -> JsonObject:
    rows = [_row(row, one.minutes_each) for row in one.rows]
    return {"design": one.design, "title": one.title, "minutes_each": one.minutes_each, "rows": rows}


def _row(row: PlannedRow, minutes_each: float | None) -> JsonObject:
    return {
        "name": row.name,
        "reference": row.reference,
        "difference": row.difference,
        "shown": row.shown,
        "needed": _needed(row.needed, minutes_each),
        "cautious": _needed(row.cautious, minutes_each),
        "powers": list(map(_power, row.powers)),
    }


def _needed(found: Power | None, minutes_each: float | None) -> JsonObject | None:
    if found is None:
        return None
    return {**_power(found), "minutes": None if minutes_each is None else found.n_patients * minutes_each}


def _power(power: Power) -> JsonObject:
    return {"patients": power.n_patients, "power": power.share, "error": power.error}


def _measure(one: DoseMeasure) -> JsonObject:
    return {
        "name": one.name,
        "reference": one.reference,
        "per_minute": _interval(one.per_minute),
        "sessions": one.sessions and _seen(one.sessions),
        "groups": _seen(one.groups),
    }


def _seen(change: SeenChange) -> JsonObject:
    return {"follows": _interval(change.follows), "sd": change.spread}


def _narrowing(one: Narrowing) -> JsonObject:
    return {
        "name": one.name,
        "now": _interval(one.now),
        "half_widths": [_width(width) for width in one.widths if width],
    }


def _width(width: HalfWidth) -> JsonObject:
    return {"patients": width.n_patients, "half_width": width.half, "error": width.error}


def _interval(interval: Interval) -> JsonObject:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
