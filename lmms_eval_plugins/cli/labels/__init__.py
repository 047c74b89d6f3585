"""Verbs about label files."""

__all__ = ["convert"]
