"""The check of the study's printed numbers against its logs."""

__all__ = [
    "check",
    "evidence",
    "facts",
    "measures_logs",
    "measures_truth",
    "write",
]
