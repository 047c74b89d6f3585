"""Statistics of scores, without knowledge of tasks: intervals, paired tests, agreement, probabilities."""

__all__ = [
    "answers",
    "counts",
    "elsewhere",
    "intervals",
    "paired",
    "probabilities",
    "proportions",
    "reliability",
    "rounding",
    "segmental",
    "summary",
]
