"""Runs and logs read by a decoder instead of by the task's own rule, and the blind control beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, get_args

from lmms_eval_plugins.assessments.dose.video import DoseMethod
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.decoding.joint import join_answers as join
from lmms_eval_plugins.decoding.joint import joint_question
from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding, decode_leaving_out
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.runs.data_frames.sources import ReadRun

DecoderName = Literal["rule", "viterbi", "sample", "mbr", "mbr_counts", "mbr_activity", "blind", "blind_activity"]
"""What a user may ask for; ``…_activity`` has habits by activity, ``blind`` is `mbr` without the answers."""

RULE = "rule"

CONTROL = "blind control"
"""The name, in place of a model's, of what the same machinery decodes without the answers."""

NOT_ZERO_SHOT = "so it is not zero-shot"

BLIND_NOTE = "the same machinery without the answers: it knows how long a video is, and what others do"

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
    """The decoding of a name; None for the task's own rule.

    Raises:
        UserError: there is no such decoder.
    """
    if name == RULE:
        return None
    if name not in _DECODINGS:
        raise UserError(f"no decoder is named {name!r}{nearest(name, get_args(DecoderName))}")
    return replace(_DECODINGS[name], seed=seed)


def decoded_source(source: ReadRun, decoding: Decoding, activities: Mapping[str, str] | None = None) -> ReadRun:
    """A dose run with every video decoded by what the other patients' labels teach; any other run as it is.

    Args:
        source: the run.
        decoding: how.
        activities: video → its activity as an identification task said it, to decode by in place of the true one.

    Raises:
        UserError: there is no other patient with labels, or a video has no windows.
    """
    if not isinstance(source.method, DoseMethod):
        return source
    decoded = decode_leaving_out(videos_of(source, activities), training_on([source]), decoding)
    return with_timelines(source, decoded.timelines, decoding)


def control_of(source: ReadRun, decoding: Decoding, activities: Mapping[str, str] | None = None) -> ReadRun:
    """The same machinery on the same windows without the answers."""
    control = decoded_source(source, replace(decoding, blind=True), activities)
    return replace(control, model=CONTROL, baseline=True)


def with_control(
    source: ReadRun, decoding: Decoding, activities: Mapping[str, str] | None = None
) -> list[tuple[str, ReadRun]]:
    """A decoded run, and behind one of a dose task its control; each with what its name ends in."""
    decoded = [("", decoded_source(source, decoding, activities))]
    if isinstance(source.method, DoseMethod) and not decoding.blind:
        decoded.append((CONTROL_END, control_of(source, decoding, activities)))
    return decoded


def join_runs(sources: Sequence[ReadRun]) -> ReadRun:
    """Dose runs about the same windows as one, by several models; the answers of each keep their own questions.

    Raises:
        UserError: one is not of a dose task, or they are not about the same windows of the same videos.
    """
    for source in sources:
        if not isinstance(source.method, DoseMethod):
            raise UserError(f"{source.task} is not a dose task, so its answers cannot be put together with others")
    joined = join([[video.asked for video in source.videos] for source in sources])
    videos = tuple(replace(video, asked=asked) for video, asked in zip(sources[0].videos, joined, strict=True))
    models = " + ".join(source.model or "unknown model" for source in sources)
    notes = dict.fromkeys(note for source in sources for note in source.notes)
    return replace(sources[0], model=models, videos=videos, notes=tuple(notes), n_models=len(sources))


def training_on(sources: Sequence[ReadRun]) -> Training:
    """The labelled videos of dose runs that asked the same questions, to learn from.

    Raises:
        UserError: they did not ask the same, or a truth cannot be read.
    """
    asked = {questions_of(source) for source in sources}
    if len(asked) > 1:
        raise UserError("the runs to learn from did not ask the same questions")
    (questions,) = asked
    return Training([video for source in sources for video in videos_of(source)], questions)


def questions_of(source: ReadRun) -> tuple[tuple[str, ...], ...]:
    """The questions whose answers count, of each model of a dose run."""
    assert isinstance(source.method, DoseMethod)
    return tuple(
        tuple(joint_question(question, model) for question in source.method.question_ids)
        for model in range(source.n_models)
    )


def with_timelines(source: ReadRun, timelines: Sequence[Timeline], decoding: Decoding) -> ReadRun:
    """A run whose videos have these timelines, with a note on what they are."""
    videos = tuple(
        replace(video, asked=replace(video.asked, predicted=timeline))
        for video, timeline in zip(source.videos, timelines, strict=True)
    )
    return replace(source, videos=videos, notes=(*source.notes, note_of(decoding), *(BLIND_NOTE,) * decoding.blind))


def note_of(decoding: Decoding) -> str:
    """What a reader of decoded numbers must know."""
    by = f"decoded by {decoding.method}{' with habits by activity' * decoding.by_activity}"
    return f"{by}: {LABEL}, {NOT_ZERO_SHOT}"


def videos_of(source: ReadRun, activities: Mapping[str, str] | None = None) -> list[AnsweredVideo]:
    """The videos with the activity, without its side, that decoders know them by."""
    videos = [video.asked for video in source.videos]
    if activities is None:
        return [replace(video, activity=activity_of_label(video.activity or "")) for video in videos]
    return [replace(video, activity=activities.get(video.video_id)) for video in videos]
