"""Which answers of a run may be trusted: what error is expected of each, and what is left where a run abstains.

- `alike`: what error is expected, by what was wrong with like cases of other patients
- `ranked`: a run's cases with their errors and the errors that are expected of them
- `doses`, `activities`, `items`: the cases of runs of each family; `measures`: those of measured doses
- `gathered`: those of all runs that were given, by what is compared with what
- `abstain`: the tables
"""

__all__ = ["abstain", "activities", "alike", "doses", "gathered", "items", "measures", "ranked"]
