"""The assessment of dose: answers become timelines of primitives, and these are counted and compared."""

__all__ = [
    "activation",
    "assessment",
    "blind",
    "detection",
    "durations",
    "gold",
    "horizon",
    "method",
    "omniscient",
    "prim",
    "rule",
    "summary",
    "video",
    "windows",
]
