"""The table of measurement properties: agreement, detectable change, reliability, known groups, convergence."""

__all__ = ["agreement", "make", "measured", "reliability", "totals", "validity", "yardsticks"]
