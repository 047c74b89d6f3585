"""Tables of runs and published logs, by name: those of the study and those behind them."""

__all__ = [
    "against",
    "chosen",
    "control_rows",
    "decoded",
    "decoding",
    "deeper",
    "dose",
    "errors",
    "escapes",
    "identification",
    "impairment",
    "make",
    "more",
    "part",
    "probabilities",
    "published",
    "render",
    "replies",
    "table",
    "write",
]
