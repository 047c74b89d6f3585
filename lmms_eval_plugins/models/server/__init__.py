"""OpenAI-compatible servers as models."""

__all__ = [
    "bodies",
    "client",
    "faults",
    "frames",
    "lanes",
    "likely",
    "model",
    "requests",
    "responses",
    "settings",
]
