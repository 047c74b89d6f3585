"""A run on disk: ``run.json``, answers, the answer store, shards, merging, scores, data frames."""

__all__ = [
    "answer_lines",
    "answers",
    "answers_by_video",
    "data_frames",
    "decode",
    "differences",
    "find",
    "folder",
    "merge",
    "reuse",
    "run",
    "run_file",
    "run_request",
    "score",
    "score_decoded",
    "scored",
    "shards",
    "shown_name",
    "store",
    "timelines",
]
