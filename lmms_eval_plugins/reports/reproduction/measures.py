"""The measures by the names that `published.yaml` uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lmms_eval_plugins.reports.reproduction import measures_logs as logs
from lmms_eval_plugins.reports.reproduction import measures_truth as truth
from lmms_eval_plugins.reports.reproduction.evidence import Checkout, Values

Measure = Callable[[Checkout, str], Values]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "videos": truth.videos,
        "selections": truth.selections,
        "truth": truth.truth,
        "hands": truth.hands,
        "baselines": truth.measure_baselines,
        "reach_window": truth.reach_window,
        "dose": logs.dose,
        "run_time": logs.run_time,
        "by_default_reading": logs.by_default_reading,
        "two_runs": logs.two_runs,
        "groups": logs.groups,
        "detections": logs.detections,
        "accuracies": logs.accuracies,
        "confusion": logs.confusion,
        "identification": logs.measure_identification,
    }
)
"""Name → what computes the values of one log (or, without one, of the checkout's tables)."""
