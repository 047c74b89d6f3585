"""OpenAI-compatible servers as models."""

__all__ = [
    "client",
    "frames",
    "lanes",
    "likely",
    "model",
    "requests",
    "responses",
    "settings",
]
