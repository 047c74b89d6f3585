"""Baselines, which never look at the video."""

__all__ = [
    "markov",
    "simple",
]
