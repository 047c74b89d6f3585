"""The engine: windows decoded ahead, batches, one encoding per window, log-probabilities of allowed answers."""

__all__ = [
    "ahead",
    "batches",
    "chat",
    "checkpoint",
    "choices",
    "family",
    "memory",
    "network",
    "packed",
    "prefix",
    "processor",
    "refusals",
    "spliced",
    "stopwatch",
    "taps",
    "torch_model",
    "transformers_model",
    "windows",
]
