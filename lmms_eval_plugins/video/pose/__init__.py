"""Poses: the patient's joints, where a hand is, and annotated frames."""

__all__ = [
    "detectors",
    "draw",
    "follow",
    "hand",
    "heads",
    "joints",
    "locate",
    "people",
    "worker",
]
