"""Detectors of people; each module is loaded by `worker` in the environment where its detector is installed."""

__all__ = ["mediapipe", "rtmlib", "ultralytics"]
