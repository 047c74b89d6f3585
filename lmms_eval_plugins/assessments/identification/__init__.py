"""The assessment of activity identification: which activity a video shows."""

__all__ = [
    "assessment",
    "duration",
    "score",
]
