"""What `strokerehab measure` shows: doses of videos, patients and sessions, with intervals, as tables and as JSON."""

__all__ = [
    "as_json",
    "report",
    "tables",
    "tidy",
]
