"""Runs and logs decoded with other patients' labels instead of by the task's own rule, and their blind control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, get_args

from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.decoding.blind import decode_blind
from lmms_eval_plugins.decoding.clock import describe_mixed_windows
from lmms_eval_plugins.decoding.joint import join_answers as join
from lmms_eval_plugins.decoding.joint import joint_question
from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding, decode_leaving_out
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import NO_REPLIES, ReplyCounts, count_replies_to
from lmms_eval_plugins.runs.data_frames.sources import DoseRun

DecoderName = Literal["rule", "viterbi", "sample", "mbr", "mbr_counts", "mbr_activity", "blind", "blind_activity"]
"""What a user may ask for; ``…_activity`` has habits by activity, ``blind`` is `mbr` without the answers."""

RULE = "rule"

SEEDS = 20
"""Over so many seeds are blind controls averaged, and decoders in the table of them: one draw is off by up to .03."""

CONTROL = "blind control"
"""The name, in place of a model's, of what the same machinery decodes without the answers."""

CONTROL_BY_ACTIVITY = f"{CONTROL}, by activity"
"""The name of the control that knows what the recordings are of."""

CONTROL_SEEING = "control with answered activities"
"""The name of the control that knows what a model, having seen the videos, says that they are of: it is not blind."""

NOT_ZERO_SHOT = "so it is not zero-shot"

CONTROL_END = "#blind"
"""What the path of the control of a run ends in."""

_DECODINGS: Mapping[str, Decoding] = MappingProxyType(
    {
        "viterbi": Decoding("viterbi"),
        "sample": Decoding("sample"),
        "mbr": Decoding("mbr"),
        "mbr_counts": Decoding("mbr_counts"),
        "mbr_activity": Decoding("mbr", by_activity=True),
        "blind": Decoding("mbr", blind=True),
        "blind_activity": Decoding("mbr", by_activity=True, blind=True),
    }
)


def decoding_of(name: str, seed: int = 0) -> Decoding | None:
    """Return the decoding of a name; None for the task's own rule.

    Raises:
        UserError: there is no such decoder.
    """
    if name == RULE:
        return None
    if name not in _DECODINGS:
        raise UserError(f"no decoder is named {name!r}{nearest(name, get_args(DecoderName))}")
    return replace(_DECODINGS[name], seed=seed)


def decoded_run(
    source: DoseRun, decoding: Decoding, activities: Mapping[str, str] | None = None, seeds: int = 1
) -> DoseRun:
    """Return a run with every video decoded by what the other patients' labels teach.

    Args:
        source: the run.
        decoding: how.
        activities: video → its activity as answered in an identification task, to decode by in place of the true one.
        seeds: number of seeds, from the decoding's on, over which scores are means.

    Raises:
        UserError: there is no other patient with labels, or a video has no windows.
    """
    videos, labels = videos_of(source, activities), source.scheme.names
    if decoding.blind:
        draws = decode_blind(videos, _teaching(source), decoding, labels, seeds)
    else:
        draws = decode_leaving_out(videos, training_on([source]), decoding, labels, seeds).draws
    return with_draws(source, draws, decoding, activities is not None)


def control_of(source: DoseRun, decoding: Decoding, activities: Mapping[str, str] | None = None) -> DoseRun:
    """Return what the same machinery makes of the same windows without the answers: scores are means over `SEEDS`."""
    control = decoded_run(source, replace(decoding, blind=True), activities, SEEDS)
    return replace(control, model=control_name(decoding, activities is not None), baseline=True, recorded=None)


def control_name(decoding: Decoding, answered_activities: bool = False) -> str:
    """Return the name of the control of a decoding, which says whether it is blind."""
    if not decoding.by_activity:
        return CONTROL
    return CONTROL_SEEING if answered_activities else CONTROL_BY_ACTIVITY


def with_control(
    source: DoseRun, decoding: Decoding, activities: Mapping[str, str] | None = None, seeds: int = 1
) -> list[tuple[str, DoseRun]]:
    """Return a decoded run and, unless it is blind itself, its control; each with what its name ends in.

    What is blind has mean scores over `SEEDS`, the decoded run over ``seeds``.
    """
    decoded = [("", decoded_run(source, decoding, activities, SEEDS if decoding.blind else seeds))]
    if not decoding.blind:
        decoded.append((CONTROL_END, control_of(source, decoding, activities)))
    return decoded


def blind_draws(source: DoseRun, *, by_activity: bool, seeds: int = SEEDS) -> list[DoseRun]:
    """Return the blind control of a run's windows by each seed from 0 on; none where there is no other patient.

    A video without windows has an empty timeline.
    """
    decoding = Decoding(by_activity=by_activity, blind=True)
    videos = [video for video in videos_of(source) if video.windows]
    known = [video for video in _teaching(source) if video.windows]
    patients = {video.patient for video in known if video.truth is not None}
    if not all(patients - {video.patient} for video in videos):
        return []
    made = decode_blind(videos, known, decoding, source.scheme.names, seeds)
    draws = dict(zip((video.video_id for video in videos), made, strict=True))
    nothing = (Timeline(()),) * seeds
    of_videos = [draws.get(video.answered.video_id, nothing) for video in source.videos]
    return [
        replace(
            with_draws(source, [(draw[seed],) for draw in of_videos], decoding, answered_activities=False),
            model=control_name(decoding),
            baseline=True,
        )
        for seed in range(seeds)
    ]


def join_runs(sources: Sequence[DoseRun]) -> DoseRun:
    """Join runs of several models about the same windows into one; the answers of each keep their own questions.

    Raises:
        UserError: they are not about the same windows of the same videos.
    """
    scheme = _one_scheme(sources, "the runs to put together")
    joined = join([[video.answered for video in source.videos] for source in sources])
    videos = tuple(replace(video, answered=answered) for video, answered in zip(sources[0].videos, joined, strict=True))
    models = " + ".join(source.model or "unknown model" for source in sources)
    notes = dict.fromkeys(note for source in sources for note in source.notes)
    return replace(sources[0], model=models, videos=videos, notes=tuple(notes), n_models=len(sources), scheme=scheme)


def training_on(sources: Sequence[DoseRun]) -> Training:
    """Return the labelled videos of runs with the same questions and labels, to learn from.

    Videos with too few replies are left out.

    Raises:
        UserError: their questions or labels differ, or a video has no windows.
    """
    of_runs = {questions_of(source) for source in sources}
    if len(of_runs) > 1:
        raise UserError("the runs to learn from did not ask the same questions")
    (questions,) = of_runs
    names = _one_scheme(sources, "the runs to learn from").names
    return Training([video for source in sources for video in _teaching(source)], questions, names)


def _teaching(source: DoseRun) -> list[AnsweredVideo[Timeline]]:
    """Return the videos of a run that teach: those with enough replies."""
    ids = [question for of_model in questions_of(source) for question in of_model]
    return [video for video in videos_of(source) if _replies_to_requests(video, ids).suffice]


def _replies_to_requests(video: AnsweredVideo[Timeline], questions: Sequence[str]) -> ReplyCounts:
    """Count the replies to some questions, where they were put: a window without an entry for one had no request."""
    counts = (count_replies_to([id for id in questions if id in window.answers], [window]) for window in video.windows)
    return sum(counts, NO_REPLIES)


def _one_scheme(sources: Sequence[DoseRun], which: str) -> Scheme:
    """Return the scheme of the labels of runs; UserError where they are of several."""
    first, *others = (source.scheme for source in sources)
    for other in others:
        if set(other.names) != set(first.names):
            raise UserError(
                f"{which} have different labels: {first.name} has {listed(first.names)}; {other.name},"
                f" {listed(other.names)}"
            )
    return first


def questions_of(source: DoseRun) -> tuple[tuple[str, ...], ...]:
    """Return the ids of the questions whose answers count, of each model of a run."""
    return tuple(
        tuple(joint_question(question, model) for question in source.method.question_ids)
        for model in range(source.n_models)
    )


def with_draws(
    source: DoseRun, draws: Sequence[tuple[Timeline, ...]], decoding: Decoding, answered_activities: bool = False
) -> DoseRun:
    """Return a run whose videos have these timelines, one by each seed, with notes on where they come from."""
    videos = tuple(
        replace(video, answered=replace(video.answered, predicted=first, further=tuple(others)))
        for video, (first, *others) in zip(source.videos, draws, strict=True)
    )
    mixed = describe_mixed_windows(video.answered.windows for video in source.videos)
    seeds = max((len(by_seed) for by_seed in draws), default=1)
    averaged = (f"mean scores over {seeds} seeds; counts and timelines are those of the first",) * (seeds > 1)
    notes = (*source.notes, *notes_on_decoding(decoding, answered_activities), *averaged, *mixed)
    return replace(source, videos=videos, notes=notes)


def notes_on_decoding(decoding: Decoding, answered_activities: bool = False) -> tuple[str, ...]:
    """Return what a reader of decoded numbers must know; of a control also what it knows."""
    whose = "activities that a model answered" if answered_activities else "activity"
    by = f"decoded by {decoding.method}{f' with habits by {whose}' * decoding.by_activity}"
    note = f"{by}: {LABEL}, {NOT_ZERO_SHOT}"
    if not decoding.blind:
        return (note,)
    knows = "the same machinery without the answers: it knows how long a video is, and what others do"
    if not decoding.by_activity:
        return (note, knows)
    if answered_activities:
        return (note, f"{knows} in the activity that a model answered, which saw the video: it is not blind")
    return (note, f"{knows} in the recording's activity")


def videos_of(source: DoseRun, activities: Mapping[str, str] | None = None) -> list[AnsweredVideo[Timeline]]:
    """Return the videos with the activity, without its side, that decoders know them by."""
    videos = [video.answered for video in source.videos]
    if activities is None:
        return [replace(video, activity=activity_of_label(video.activity or "")) for video in videos]
    return [replace(video, activity=activities.get(video.video_id)) for video in videos]
