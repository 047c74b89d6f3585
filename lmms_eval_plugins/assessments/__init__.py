"""Assessments: families of tasks with their truths, scores and cells; one object per family, and their registry."""

__all__ = [
    "assessment",
    "cells",
    "dose",
    "fugl_meyer",
    "identification",
    "registry",
    "reply_counts",
]
