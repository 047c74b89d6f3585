"""What probes read from hidden states, beside what was said: as tables and as JSON."""

__all__ = [
    "as_json",
    "report",
    "tables",
]
