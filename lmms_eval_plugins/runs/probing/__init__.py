"""What linear probes read from the hidden states of runs, beside what the same runs say."""

__all__ = [
    "cases",
    "doses",
    "evidence",
    "frame",
    "rows",
]
