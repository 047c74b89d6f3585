"""What was measured as plain values for JSON: numbers to two decimals, ends of intervals of numbers whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import MeasuredDoses
from lmms_eval_plugins.reports.measured.report import MeasuredReport
from lmms_eval_plugins.reports.measured.tables import in_a_minute
from lmms_eval_plugins.runs.measuring.assessed import MeasuredTotal
from lmms_eval_plugins.runs.measuring.groups import Recording, SessionDoses

Json = dict[str, Any]
"""A value of JSON: text, numbers, lists and such values by name."""

_DIGITS = 2


def measured_json(report: MeasuredReport) -> Json:
    """Return ``videos``, and ``patients`` and ``fugl_meyer`` where there are any; what is not known is left out."""
    content: Json = {"videos": [_video(one) for one in report.recordings]}
    if report.sessions is not None:
        content["patients"] = [_session(one) for one in report.sessions]
    if report.totals:
        content["fugl_meyer"] = [_total(one) for one in report.totals]
    return content


def _video(one: Recording) -> Json:
    about = {
        "video_id": one.video_id,
        "patient": one.patient,
        "cohort": one.cohort,
        "activity": one.activity,
        "answered_activity": one.answered_activity,
        "p_activity": None if one.p_activity is None else round(one.p_activity, _DIGITS),
        "view": one.view,
        "repetition": one.repetition,
        "date": one.date,
    }
    expected = one.measured.expected_error
    return {
        **_known(about),
        **_measured(one.measured, one.duration_s, one.true),
        **_known({"expected_error": None if expected is None else round(expected, _DIGITS)}),
        "n_others": one.n_others,
        "flags": list(one.unlike),
        "model": one.model,
        "run": one.run,
    }


def _session(one: SessionDoses) -> Json:
    first = one.recordings[0]
    return {
        **_known({"patient": first.patient, "cohort": first.cohort, "date": one.date}),
        "videos": [video.video_id for video in one.recordings],
        **_measured(one.measured, one.duration_s, one.true),
        "n_others": first.n_others,
        "flags": list(dict.fromkeys(line for video in one.recordings for line in video.unlike)),
        "model": first.model,
        "run": first.run,
    }


def _measured(measured: MeasuredDoses, duration_s: float, true: Mapping[str, int] | None) -> Json:
    doses, in_minute = measured.doses, in_a_minute(duration_s)
    timed = {
        label: (dose.seconds, dose.seconds_ends)
        for label, dose in doses.items()
        if dose.seconds is not None and dose.seconds_ends is not None
    }
    return {
        "duration_s": round(duration_s, _DIGITS),
        "estimate": {label: round(dose.count, _DIGITS) for label, dose in doses.items()},
        "interval": {str(level): {label: [*dose.ends[level]] for label, dose in doses.items()} for level in LEVELS},
        "per_minute": {label: round(in_minute(dose.count), _DIGITS) for label, dose in doses.items()},
        "per_minute_interval": {
            str(level): {label: _rounded([in_minute(end) for end in dose.ends[level]]) for label, dose in doses.items()}
            for level in LEVELS
        },
        "seconds": {label: round(seconds, _DIGITS) for label, (seconds, _) in timed.items()},
        "seconds_interval": {
            str(level): {label: _rounded(ends[level]) for label, (_, ends) in timed.items()} for level in LEVELS
        },
        **_known({"true": None if true is None else dict(true)}),
    }


def _total(one: MeasuredTotal) -> Json:
    return {
        "patient": one.patient,
        "estimate": round(one.estimate, _DIGITS),
        "interval": {str(level): [*one.ends[level]] for level in LEVELS},
        "highest": one.highest,
        "by_rule": one.predicted,
        "items": one.n_items,
        **_known({"true": one.true}),
        "n_others": one.n_others,
        "model": one.model,
        "run": one.run,
    }


def _rounded(ends: Sequence[float]) -> list[float]:
    return [round(end, _DIGITS) for end in ends]


def _known(values: Mapping[str, object]) -> Json:
    return {name: value for name, value in values.items() if value is not None}
