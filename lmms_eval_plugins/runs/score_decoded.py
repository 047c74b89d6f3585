"""The scores of decoded runs, with their blind control as a row of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmms_eval_plugins.assessments.assess import DoseScore, score_asked
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.listing import listed
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.decoders import CONTROL, join_runs, with_control
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.runs.data_frames.sources import ReadRun
from lmms_eval_plugins.runs.scored import ScoredRun, ScoreReport


def score_decoded(
    paths: Sequence[str],
    decoding: Decoding,
    *,
    split_runs: bool = False,
    policy: Policy | None = None,
    activities: Mapping[str, str] | None = None,
    as_one: bool = False,
) -> ScoreReport:
    """Score the runs and logs of dose tasks decoded, each followed by its control; runs of other tasks make no row.

    Args:
        paths: files, folders or patterns, as given by the user; a folder is searched all the way down.
        decoding: how to decode; every run is decoded by itself, each patient by the labels of the run's others.
        split_runs: take the runs of a file that holds several apart.
        policy: how replies are read; None is the default reading.
        activities: video → its activity as an identification task said it, to decode by in place of the true one.
        as_one: decode all runs together, as answers of several models about the same windows: one row.
    """
    rows: list[ScoredRun] = []
    errors: list[str] = []
    found = dose_sources(paths, errors, split_runs, policy)
    if as_one and found:
        found = {" + ".join(found): join_runs([*found.values()])}
    for name, source in found.items():
        try:
            decoded = with_control(source, decoding, activities)
            rows += [row_of(name + end, one) for end, one in decoded]
        except UserError as error:
            errors.append(f"{name}: {error}")
    if not rows and not errors:
        errors.append(f"{listed(paths)}: no run of a dose task to decode")
    return ScoreReport(tuple(_with_one_control(rows)), tuple(errors), ())


def row_of(path: str, source: ReadRun) -> ScoredRun:
    """The row of a decoded run of a dose task, or of a control."""
    assert source.method is not None
    score = score_asked(source.method, [video.asked for video in source.videos])
    assert isinstance(score, DoseScore)
    return ScoredRun(
        path=path,
        kind=source.kind,
        task=source.task,
        model=source.model,
        policy=source.policy,
        score=score,
        n_without_truth=sum(not video.asked.truth for video in source.videos),
        notes=source.notes,
        learned=True,
        control=source.model == CONTROL,
    )


def _with_one_control(rows: Sequence[ScoredRun]) -> list[ScoredRun]:
    """The rows with equal controls once: behind the last run that it is the control of."""
    last: dict[tuple[object, ...], int] = {}
    for place, row in enumerate(rows):
        if row.control:
            last[_scores(row)] = place
    return [row for place, row in enumerate(rows) if not row.control or last[_scores(row)] == place]


def _scores(row: ScoredRun) -> tuple[object, ...]:
    assert isinstance(row.score, DoseScore)
    return tuple((video.video_id, video.edit_score) for video in row.score.videos)
