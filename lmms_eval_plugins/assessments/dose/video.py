"""One video: from the answers about its windows to a timeline of labels, and from that to its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import fmean

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.prim import PrimWindow, primitives_of
from lmms_eval_plugins.assessments.dose.rule import primitives_from, walk_changes
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain import sequences
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline, without_repeats
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import ReplyCounts, count_replies_to
from lmms_eval_plugins.questions.outcomes import NoAnswer


@dataclass(frozen=True, slots=True)
class VideoScore:
    """The scores of one video; definitions are in :mod:`lmms_eval_plugins.domain.sequences`.

    Attributes:
        video_id: the video.
        patient: who was filmed.
        cohort: ``healthy``, ``mild``, ``moderate``, ``severe``, or None where it is not known.
        activity: what was done, or None where it is not known.
        edit_score: 0 to 100.
        action_error_rate: 0 upwards.
        relative_counting_error: 0 upwards.
        mae: label of the scheme → by how many occurrences its count is off; a mean where several draws were scored.
        count_predicted: label of the scheme → predicted occurrences.
        count_truth: label of the scheme → true occurrences.
        replies: counts of the replies to the questions that the method reads; they say whether the video enters means.
    """

    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    edit_score: float
    action_error_rate: float
    relative_counting_error: float
    mae: Mapping[str, float]
    count_predicted: Mapping[str, int]
    count_truth: Mapping[str, int]
    replies: ReplyCounts


def count_replies(windows: Sequence[WindowAnswers], method: DoseMethod) -> ReplyCounts:
    """Count the replies about a video's windows; what the method does not ask is not missing."""
    return count_replies_to(method.question_ids, (window for window in windows if method.asks(window.pose)))


def predict_timeline(windows: Sequence[WindowAnswers], method: DoseMethod, scheme: Scheme | None = None) -> Timeline:
    """Return the timeline of labels that the answers give; a gap where they give none.

    One segment per window (per label for ``sequence``, per shown frame for ``prim``), neighbours not merged. Where
    windows overlap, each lasts until the next one starts.

    Args:
        windows: the answers.
        method: how a timeline is made from them.
        scheme: the labels; None for the primitives.

    Raises:
        UserError: the method makes labels of motion and grasp, and the scheme has none for some of them.
    """
    ordered = sorted(windows, key=lambda window: window.start_s)
    segments: list[Segment] = []
    for place, (window, labels) in enumerate(
        zip(ordered, _labels(ordered, method, scheme or primitives_scheme()), strict=True)
    ):
        end_s = window.end_s
        if place + 1 < len(ordered):
            end_s = min(end_s, ordered[place + 1].start_s)
        if len(labels) == 1:
            segments.append(Segment(window.start_s, end_s, labels[0]))
        elif labels:
            step = (end_s - window.start_s) / len(labels)
            marks = [(label, window.start_s + i * step) for i, label in enumerate(labels)]
            segments += Timeline.from_marks(marks, end_s).segments
    return Timeline(tuple(segments))


def score_video(
    *,
    video_id: str,
    patient: str,
    cohort: str | None,
    activity: str | None,
    truth: Timeline,
    windows: Sequence[WindowAnswers],
    method: DoseMethod,
    predicted: Timeline | None = None,
    by_default: Sequence[WindowAnswers] | None = None,
    scheme: Scheme | None = None,
) -> VideoScore:
    """Score the answers about one video against its true timeline.

    A gap in the prediction is passed over: two stretches of one label on both sides of it count as one.

    Args:
        video_id: the video.
        patient: who was filmed.
        cohort: the patient's cohort, if known.
        activity: what was done, if known.
        truth: the true timeline.
        windows: the answers.
        method: how a timeline is made from them.
        predicted: the timeline that a decoder made of the answers, in place of the method's own.
        by_default: the answers of the default reading, among which replies without an answer are counted; None for the
            answers themselves.
        scheme: the labels; None for the primitives.

    Raises:
        UserError: the video has no true labels, so that nothing can be scored.
    """
    if not truth.segments:
        raise UserError(f"{video_id}: no true labels to score against; leave the video out or label it")
    scheme = scheme or primitives_scheme()
    timeline = predict_timeline(windows, method, scheme) if predicted is None else predicted
    found = without_repeats(timeline.labels)
    true = without_repeats(truth.labels)
    count_predicted, count_truth = sequences.count_labels(found), sequences.count_labels(true)
    return VideoScore(
        video_id=video_id,
        patient=patient,
        cohort=cohort,
        activity=activity,
        edit_score=sequences.edit_score(found, true),
        action_error_rate=sequences.action_error_rate(found, true),
        relative_counting_error=sequences.relative_counting_error(found, true),
        mae=sequences.counting_errors(found, true, scheme.names),
        count_predicted={label: count_predicted[label] for label in scheme.names},
        count_truth={label: count_truth[label] for label in scheme.names},
        replies=count_replies(windows if by_default is None else by_default, method),
    )


def mean_over_draws(draws: Sequence[VideoScore]) -> VideoScore:
    """Return the score of a video that was decoded, or drawn, several times: mean score and errors; the first's counts.

    Args:
        draws: the scores of the draws, at least one.
    """
    first = draws[0]
    if len(draws) == 1:
        return first
    return replace(
        first,
        edit_score=fmean(draw.edit_score for draw in draws),
        action_error_rate=fmean(draw.action_error_rate for draw in draws),
        relative_counting_error=fmean(draw.relative_counting_error for draw in draws),
        mae={label: fmean(draw.mae[label] for draw in draws) for label in first.mae},
    )


def _labels(windows: Sequence[WindowAnswers], method: DoseMethod, scheme: Scheme) -> list[tuple[str, ...]]:
    """Return the labels of each window; none where they are not known."""
    if method.method == "motion_grasp":
        motion = [_yes_no(window.answers.get(method.motion)) for window in windows]
        grasp = [_yes_no(window.answers.get(method.grasp)) for window in windows]
        return _by_rule(windows, motion, grasp, method.horizon_s, scheme)
    if method.method == "conditional":
        motion = walk_changes(_pairs(windows, method.starts, method.stops))
        grasp = walk_changes(_pairs(windows, method.pick_up, method.put_down))
        return _by_rule(windows, motion, grasp, method.horizon_s, scheme)
    if method.method == "prim":
        return _by_prim(windows, method, scheme)
    if method.method == "one_primitive":
        answers = [window.answers.get(method.primitive) for window in windows]
        return [(answer,) if isinstance(answer, str) else () for answer in answers]
    answers = [window.answers.get(method.primitives) for window in windows]
    return [answer if isinstance(answer, tuple) else () for answer in answers]


def _by_rule(
    windows: Sequence[WindowAnswers],
    motion: Sequence[bool | None],
    grasp: Sequence[bool | None],
    horizon_s: float,
    scheme: Scheme,
) -> list[tuple[str, ...]]:
    starts_s = [window.start_s for window in windows]
    rule = primitives_from(starts_s, motion, grasp, horizon_s, scheme.rule_labels)
    return [() if label is None else (label,) for label in rule]


def prim_windows(windows: Sequence[WindowAnswers], method: DoseMethod) -> list[PrimWindow]:
    """Return what the method ``prim`` knows of each window."""
    return [
        PrimWindow(
            pose=window.pose or "moving",
            idle=_yes_no(window.answers.get(method.idle)),
            pick_up=_yes_no(window.answers.get(method.pick_up)),
            put_down=_yes_no(window.answers.get(method.put_down)),
            n_frames=window.n_frames or 1,
        )
        for window in windows
    ]


def _by_prim(windows: Sequence[WindowAnswers], method: DoseMethod, scheme: Scheme) -> list[tuple[str, ...]]:
    known = prim_windows(windows, method)
    frames = iter(primitives_of(known, method.prim, scheme.rule_labels))
    return [tuple(islice(frames, window.n_frames)) for window in known]


def _pairs(windows: Sequence[WindowAnswers], if_off: str, if_on: str) -> list[tuple[bool | None, bool | None]]:
    return [(_yes_no(window.answers.get(if_off)), _yes_no(window.answers.get(if_on))) for window in windows]


def _yes_no(answer: object) -> bool | None:
    return answer if isinstance(answer, bool) else None


def count_read_otherwise(
    windows: Sequence[WindowAnswers], by_default: Sequence[WindowAnswers], method: DoseMethod
) -> int:
    """Count the replies that the default reading reads as something else than the policy of ``windows`` does."""
    pairs = (
        (own.answers.get(question), default.answers.get(question))
        for own, default in zip(windows, by_default, strict=True)
        for question in method.question_ids
    )
    return sum(not isinstance(default, NoAnswer) and default != own for own, default in pairs)
