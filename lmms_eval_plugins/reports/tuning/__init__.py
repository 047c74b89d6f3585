"""Choosing the wording of a question on some patients, and reporting it on others."""

__all__ = [
    "choosing",
    "make",
    "values",
]
