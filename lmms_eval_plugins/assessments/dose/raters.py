"""What further raters labelled, in the place of answers: the human ceiling of the scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lmms_eval_plugins.questions.answers import AnsweredVideo, TruthT_co

_RATER = "rater "


def row_of_rater(rater: str) -> str:
    """Return what the row of a further rater is called among runs.

    >>> row_of_rater("anna"), row_of_rater("rater 2")
    ('rater anna', 'rater 2')
    """
    return rater if rater.startswith(_RATER) else f"{_RATER}{rater}"


def is_rater(row: str) -> bool:
    """Return whether a row's name is that of a further rater."""
    return row.startswith(_RATER)


def rated_videos(videos: Iterable[AnsweredVideo[TruthT_co]]) -> dict[str, list[AnsweredVideo[TruthT_co]]]:
    """Return row of a further rater → the videos with a truth that this rater labelled, with the labels as predicted.

    They have no windows: nobody was asked anything, and no reply is missing.
    """
    found: dict[str, list[AnsweredVideo[TruthT_co]]] = {}
    for video in videos:
        for rater, timeline in video.raters.items() if video.truth is not None else ():
            own = replace(
                video, windows=(), by_default=None, further=(), predicted=timeline, duration_s=video.length_s or None
            )
            found.setdefault(row_of_rater(rater), []).append(own)
    return found
