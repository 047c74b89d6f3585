"""The field's words and values: primitives, activities, cohorts, Fugl-Meyer items, timelines, scores of sequences."""

__all__ = [
    "fugl_meyer",
    "scheme",
    "sequences",
    "sessions",
    "timeline",
    "vocabulary",
]
