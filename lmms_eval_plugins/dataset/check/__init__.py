"""The check of a dataset before any model runs: facts of files, and pure functions from facts to remarks."""

__all__ = [
    "beside",
    "camera",
    "dataset",
    "duplicates",
    "findings",
    "headers",
    "listing",
    "measuring",
    "pose",
    "probing",
    "tables",
    "videos",
]
