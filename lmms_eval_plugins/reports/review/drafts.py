"""Timelines of a run that a person may start from: what decoders made of it first, then what the task's rule made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.dataset.labels.annotations import TRUTH
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.reports.review.data import Draft
from lmms_eval_plugins.reports.review.storage import drawn_segments, length_ms
from lmms_eval_plugins.runs.timelines import PREDICTION, timelines_of_run

RULE = "rule"
"""Name of the draft that the task's own rule made."""


def drafts_of_run(folder: Path, known: KnownVideos) -> Mapping[str, tuple[Draft, ...]]:
    """Return video id → the drafts of a run, decoded ones first.

    Args:
        folder: the run's folder.
        known: the videos of the dataset; those that the run does not know have no draft.

    Raises:
        UserError: the run cannot be read, has no timelines, is about none of the videos, or has labels that the
            dataset's scheme does not.
    """
    timelines, _ = timelines_of_run(folder, known)
    by_name = {known.label_name(trial): trial for trial in known.by_id.values()}
    drafts: dict[str, tuple[Draft, ...]] = {}
    unknown: set[str] = set()
    for timeline in timelines:
        trial = by_name.get(timeline.name)
        if trial is None or timeline.rater == TRUTH:
            continue
        own = {hand: one.shifted(-trial.offset_s) for hand, one in timeline.hands.items()}
        unknown |= {label for one in own.values() for label in one.labels} - set(known.scheme.labels)
        draft = Draft(
            name=RULE if timeline.rater == PREDICTION else timeline.rater,
            tracks={hand: drawn_segments(one, length_ms(trial)) for hand, one in own.items()},
        )
        drafts[trial.video_id] = (*drafts.get(trial.video_id, ()), draft)
    if unknown:
        raise UserError(
            f"{folder}: has labels that are not of the dataset's scheme {known.scheme.name}: {listed(sorted(unknown))}"
        )
    if not drafts:
        raise UserError(f"{folder}: is about none of this dataset's videos; give a run of this dataset")
    return {name: tuple(sorted(own, key=lambda draft: draft.name == RULE)) for name, own in drafts.items()}
