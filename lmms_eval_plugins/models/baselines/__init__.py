"""Baselines, which never look at the video."""

__all__ = [
    "item_prior",
    "markov",
    "most_frequent",
    "settings",
    "simple",
    "stopwatch",
]
