"""The further wordings in which a run put its questions: what it recorded of them, and what was answered to each."""

__all__ = [
    "run_variant",
    "worded",
]
