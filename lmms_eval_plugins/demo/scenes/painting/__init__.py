"""Painting of people, objects and rooms with anti-aliased shapes."""

__all__ = [
    "bare_hand",
    "brush",
    "exam",
    "flat",
    "hand",
    "items",
    "painter",
    "person",
    "props",
    "room",
    "seated",
]
