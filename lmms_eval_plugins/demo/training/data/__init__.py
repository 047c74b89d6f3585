"""Training data: filmed scenes, windows, questions, and batches of them."""

__all__ = ["batches", "clips", "footage", "packing", "questions", "scenes", "wording"]
