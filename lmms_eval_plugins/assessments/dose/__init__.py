"""The assessment of dose: answers become timelines of primitives, and these are counted and compared."""

__all__ = [
    "assessment",
    "baselines",
    "detection",
    "gold",
    "method",
    "prim",
    "rule",
    "summary",
    "video",
    "windows",
]
