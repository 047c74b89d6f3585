"""Statistics of scores, without knowledge of tasks: intervals, paired tests, agreement, probabilities."""

__all__ = [
    "bootstrap",
    "counts",
    "paired",
    "probabilities",
    "proportions",
    "reliability",
    "rounding",
    "segmental",
    "summary",
]
