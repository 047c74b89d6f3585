"""Linear probes of hidden states: what can be read from a network beside what it says, by other patients' labels."""

__all__ = [
    "chosen",
    "log_odds",
    "measures",
    "ridge",
    "targets",
]
