"""The engine: windows decoded ahead, batches, one encoding per window, log-probabilities of allowed answers."""

__all__ = [
    "ahead",
    "batches",
    "checkpoint",
    "choices",
    "family",
    "memory",
    "prefix",
    "refusals",
    "spliced",
    "stopwatch",
    "taps",
    "transformers_model",
    "windows",
]
