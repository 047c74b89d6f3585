"""How far a model's answers hang on the words of a question: scores by wording, agreement, acquiescence."""

__all__ = [
    "gathered",
    "make",
    "measures",
    "rows",
]
