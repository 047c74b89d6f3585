"""Statistics of scores, without knowledge of tasks: intervals, paired tests, agreement, probabilities."""

__all__ = [
    "answers",
    "bootstrap",
    "change",
    "conformal",
    "counts",
    "elsewhere",
    "intervals",
    "krippendorff",
    "measurement",
    "paired",
    "planning",
    "probabilities",
    "proportions",
    "reliability",
    "rounding",
    "segmental",
    "selective",
    "summary",
    "trend",
]
