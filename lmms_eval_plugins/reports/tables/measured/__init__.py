"""Measured doses against true ones: errors, coverage and width of intervals, beside stopwatches."""

__all__ = ["errors", "gathered", "groups", "intervals", "make", "rows", "scores"]
