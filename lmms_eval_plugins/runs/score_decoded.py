"""The scores of decoded runs, with their blind control as a row of its own; the activities that a decoder may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.raters import rated_videos
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.core.errors import UserError, error_line, listed
from lmms_eval_plugins.decoding.clock import describe_mixed_windows
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.coverage import Coverage
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.build import probability_of
from lmms_eval_plugins.runs.data_frames.decoders import CONTROL_END, join_runs, with_control
from lmms_eval_plugins.runs.data_frames.read import dose_sources, sources_at
from lmms_eval_plugins.runs.data_frames.sources import DoseRun, of_family
from lmms_eval_plugins.runs.find import find_all
from lmms_eval_plugins.runs.scored import ScoredRun, ScoreReport, rows_of_raters, with_controls_once


def score_decoded(
    paths: Sequence[str],
    decoding: Decoding,
    *,
    split_runs: bool = False,
    policy: Policy | None = None,
    activities: Mapping[str, str] | None = None,
    as_one: bool = False,
) -> ScoreReport:
    """Score the runs and logs of dose tasks decoded, each followed by its control and its further raters.

    Runs of other tasks make no row.

    Args:
        paths: files, folders or patterns, as given by the user; a folder is searched all the way down.
        decoding: how to decode; every run is decoded by itself, each patient by the labels of the run's others.
        split_runs: take the runs of a file that holds several apart.
        policy: how replies are read; None is the default reading.
        activities: video → its activity as answered in an identification task, to decode by in place of the true one.
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
            rows += [_row_of(name + end, one, is_control=end == CONTROL_END) for end, one in decoded]
            rows += _raters_of(name, source)
        except UserError as error:
            errors.append(f"{name}: {error}")
        except Exception as error:
            errors.append(error_line(error, name))
    if not rows and not errors:
        errors.append(f"{listed(paths)}: no run of a dose task to decode")
    return ScoreReport(tuple(with_controls_once(rows)), tuple(errors), ())


def _raters_of(name: str, source: DoseRun) -> list[ScoredRun]:
    """Return the rows of a run's further raters."""
    assert source.assessment
    rated = rated_videos(video.answered for video in source.videos)
    return rows_of_raters(name, source.task, source.method, source.assessment, rated)


def _row_of(path: str, source: DoseRun, *, is_control: bool) -> ScoredRun:
    """Return the row of a decoded run of a dose task, or of a control."""
    assessment = DOSE.by_scheme(source.scheme)
    score = assessment.score(source.method, [video.answered for video in source.videos])
    counts = {video.video_id: video.replies for video in score.videos}
    return ScoredRun(
        path=path,
        kind=source.kind,
        task=source.task,
        model=source.model,
        policy=source.policy,
        assessment=assessment_of(source.method).by_scheme(source.scheme),
        score=score,
        n_without_truth=sum(video.answered.truth is None for video in source.videos),
        notes=source.notes,
        mixed_windows=describe_mixed_windows(video.answered.windows for video in source.videos),
        coverage=Coverage.of(counts),
        learned=True,
        control=is_control,
    )


@dataclass(frozen=True, slots=True)
class AnsweredActivity:
    """The activity that a model answered, and its probability among the answers, 0 to 1; NaN where not recorded."""

    name: str
    probability: float


def answered_activities(paths: Sequence[str]) -> Mapping[str, str] | None:
    """Return video → activity, from runs or logs of identification tasks; None where no path is given.

    A video with an unreadable answer has no activity. Of several runs about a video the last counts.

    Raises:
        UserError: a path cannot be read, or none is of an identification task.
    """
    answered = activities_with_probabilities(paths)
    return None if answered is None else {video: activity.name for video, activity in answered.items()}


def activities_with_probabilities(paths: Sequence[str]) -> Mapping[str, AnsweredActivity] | None:
    """Return video → the activity answered; see `answered_activities`."""
    if not paths:
        return None
    errors: list[str] = []
    answered: dict[str, AnsweredActivity] = {}
    for path in find_all(paths, errors):
        for _, source in sources_at(path, False, None):
            run = of_family(source, IDENTIFICATION)
            if run is None:
                continue
            for video in run.videos:
                answer = IDENTIFICATION.answer(run.method, video.answered)
                if isinstance(answer, str):
                    recorded = (reply.probabilities for reply in video.replies if reply.answer == answer)
                    chances = next((own for own in recorded if own), {})
                    answered[video.answered.video_id] = AnsweredActivity(answer, probability_of(chances, answer))
    if errors:
        raise UserError(errors[0])
    if not answered:
        raise UserError(f"{listed(paths)}: no answers to an identification task, so no activities to decode by")
    return answered
