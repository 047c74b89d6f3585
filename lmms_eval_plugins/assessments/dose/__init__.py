"""The assessment of dose: answers become timelines of primitives, and these are counted and compared."""

__all__ = [
    "assessment",
    "baselines",
    "detection",
    "gold",
    "layout",
    "method",
    "prim",
    "raters",
    "rule",
    "stopwatch",
    "summary",
    "video",
    "windows",
]
