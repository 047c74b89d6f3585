"""The plan of a study: how many patients like those of a run show a difference, and how narrow intervals become.

- `controls`: the strongest blind control of a run, whatever its family
- `doses`: what of a change of the dose the labels, a run and a stopwatch show, and how patients and sessions vary
- `make`: the plan of a run, from paths
- `metric`: the metric that is planned for, beside that of another run or of the strongest control
- `plan`: what a plan holds, and how a comparison is simulated
- `tables`: a plan as tables
- `to_json`: a plan as JSON
"""

__all__ = ["controls", "doses", "make", "metric", "plan", "tables", "to_json"]
