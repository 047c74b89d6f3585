"""Scenes: synthetic people who move by a script, painted and filmed with their labels."""

__all__ = ["activities", "body", "camera", "exams", "film", "motion", "painting", "posture", "recorder", "subjects"]
