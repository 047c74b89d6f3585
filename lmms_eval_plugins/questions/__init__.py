"""Question sets, their answer kinds, and the reading of replies."""

__all__ = [
    "answers",
    "coverage",
    "kinds",
    "phrasing",
    "reading",
    "sets",
    "words",
]
