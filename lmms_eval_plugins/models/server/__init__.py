"""OpenAI-compatible servers as models."""

__all__ = [
    "advice",
    "bodies",
    "client",
    "faults",
    "frames",
    "lanes",
    "likely",
    "load",
    "model",
    "regime",
    "requests",
    "responses",
    "settings",
]
