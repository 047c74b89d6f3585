"""Runs on disk: run.json, replies and their store, shards, scores, and tidy tables."""

__all__ = [
    "activities",
    "answers",
    "answers_by_video",
    "data_frames",
    "decode",
    "find",
    "folder",
    "gather",
    "merge",
    "run",
    "run_request",
    "score",
    "score_decoded",
    "scored",
    "scores",
    "shards",
    "status",
    "store",
]
