"""Assessments: families of tasks with their truths, scores and cells; one object per family, and their registry."""

__all__ = [
    "assessment",
    "cells",
    "dose",
    "facts",
    "fugl_meyer",
    "identification",
    "labelled",
    "registry",
    "reply_counts",
]
