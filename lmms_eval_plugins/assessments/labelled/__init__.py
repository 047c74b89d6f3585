"""The assessment of questions with truths of their own, which lie in the data."""

__all__ = [
    "assessment",
    "score",
    "truth_text",
]
