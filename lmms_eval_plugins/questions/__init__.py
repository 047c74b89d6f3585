"""Question sets, their answer kinds, and the reading of replies."""

__all__ = [
    "answers",
    "bank",
    "coverage",
    "kinds",
    "numbers",
    "outcomes",
    "phrasing",
    "reading",
    "refusals",
    "sentences",
    "sets",
    "templates",
    "thinking",
    "truths",
    "variants",
    "words",
    "yes_no",
]
