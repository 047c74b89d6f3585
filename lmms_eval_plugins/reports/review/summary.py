"""What a review took (minutes of work per minute of video, with and without a draft) and how far raters agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import is_prediction
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.dataset.labels.label_file import LabelReading, context_of, inspect_labels
from lmms_eval_plugins.dataset.labels.of_rater import (
    LABELS_FOLDER,
    RaterLabels,
    label_place,
    labels_of_rater,
    rater_names,
)
from lmms_eval_plugins.dataset.labels.work_record import WorkRecord, read_record
from lmms_eval_plugins.dataset.manifest import read_manifest
from lmms_eval_plugins.dataset.raters import on_hand
from lmms_eval_plugins.dataset.remarks import first_wrong
from lmms_eval_plugins.domain.scheme import scheme_of
from lmms_eval_plugins.domain.sequences import edit_score
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.statistics.reliability import Floats, table_kappa
from lmms_eval_plugins.statistics.segmental import step_table
from lmms_eval_plugins.statistics.summary import mean_sem

DATASET = "the dataset"
"""What the labels that the manifest names are called among raters."""


@dataclass(frozen=True, slots=True)
class WorkDone:
    """The work of a rater on the videos that began in one way.

    Attributes:
        rater: who.
        with_draft: whether they began as a timeline of a run.
        n_done: how many of them the rater calls done.
        n_started: how many are only started; they count in nothing else.
        video_s: length in seconds of those that are done.
        active_s: seconds of work on them.
    """

    rater: str
    with_draft: bool
    n_done: int
    n_started: int
    video_s: float
    active_s: float

    @property
    def minutes_per_minute(self) -> float | None:
        """Minutes of work for a minute of video; None where no video is done."""
        return self.active_s / self.video_s if self.n_done else None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two raters on the videos that both have done, and of which both labelled the same hand.

    Attributes:
        first, second: who.
        n_videos: number of the videos.
        edit_score: mean and SEM (None below two videos) over videos of the edit score, 0 to 100.
        kappa: Cohen's kappa of the labels every 10 ms of all videos (see `step_table`); None where all is one.
    """

    first: str
    second: str
    n_videos: int
    edit_score: tuple[float | None, float | None]
    kappa: float | None


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """What a review took, and how far raters agree."""

    work: tuple[WorkDone, ...]
    agreement: tuple[PairAgreement, ...]
    problems: tuple[str, ...]


def summarize_review(manifest: Path) -> ReviewSummary:
    """Return what is known of the raters of a dataset, those included whose labels are from elsewhere.

    Raises:
        UserError: the manifest cannot be read, or nobody has labelled anything in a review.
    """
    data = manifest.absolute().parent
    trials = read_manifest(manifest)
    known = KnownVideos(trials, scheme_of(manifest))
    raters = [name for name in rater_names(data) if not is_prediction(name)]
    records = {name: _records_of(data / LABELS_FOLDER / name, known, data) for name in raters}
    work = [one for rater, own in records.items() for one in _work_of(rater, own, known)]
    if not work:
        raise UserError(f"{data}: nobody has labelled a video in a review; begin with `strokerehab review {data}`")
    labels = [labels_of_rater(manifest, rater) for rater in raters]
    everybody = [_of_manifest(known), *labels]
    pairs = (_agreement(one, other, known) for one, other in combinations(everybody, 2))
    problems = tuple(line for one in labels for line in one.problems)
    return ReviewSummary(tuple(work), tuple(pair for pair in pairs if pair), problems)


_Records = Mapping[str, WorkRecord]
"""By video."""


def _records_of(folder: Path, known: KnownVideos, data: Path) -> _Records:
    found = ((trial, read_record(folder, label_place(trial, known, data))) for trial in known.by_id.values())
    return {trial.video_id: record for trial, record in found if record}


def _work_of(rater: str, records: _Records, known: KnownVideos) -> Iterator[WorkDone]:
    for with_draft in (True, False):
        own = {name: record for name, record in records.items() if (record.draft is not None) is with_draft}
        done = [known.by_id[name] for name, record in own.items() if record.state == "done"]
        if own:
            yield WorkDone(
                rater,
                with_draft,
                n_done=len(done),
                n_started=len(own) - len(done),
                video_s=sum(trial.n_frames / trial.fps for trial in done),
                active_s=sum(own[trial.video_id].active_s for trial in done),
            )


def _of_manifest(known: KnownVideos) -> RaterLabels:
    readings: dict[str, LabelReading] = {}
    for trial in known.by_id.values():
        if trial.labels:
            reading = inspect_labels(trial.labels, context_of(trial, known.scheme))
            if not first_wrong(reading.remarks):
                readings[trial.video_id] = reading
    return RaterLabels(DATASET, readings)


def _agreement(first: RaterLabels, second: RaterLabels, known: KnownVideos) -> PairAgreement | None:
    edits: list[float] = []
    tables: list[Floats] = []
    for trial in known.by_id.values():
        if pair := _pair(first.readings.get(trial.video_id), second.readings.get(trial.video_id)):
            one, other = pair
            edits.append(edit_score(one.labels, other.labels))
            tables.append(step_table(one, other, trial.n_frames / trial.fps, known.scheme.names))
    if not edits:
        return None
    return PairAgreement(first.rater, second.rater, len(edits), mean_sem(edits), table_kappa(np.sum(tables, axis=0)))


def _pair(first: LabelReading | None, second: LabelReading | None) -> tuple[Timeline, Timeline] | None:
    """Return both timelines of the hand that the first is about; None where one of them has none."""
    if first is None or second is None or first.labelled is None:
        return None
    other = on_hand(second, first.labelled.hand)
    return None if other is None else (first.labelled.timeline, other)
