"""Question sets, their answer kinds, and the reading of replies."""

__all__ = [
    "answers",
    "kinds",
    "phrasing",
    "reading",
    "sets",
    "words",
]
