"""Demo: painted patients, and the tiny model that recognizes them."""

__all__ = ["render", "scenes", "shipped_weights", "training"]
