"""What probes read as evidence for decoders: a dose run whose answers are the probes', or both.

For every patient whose videos are decoded there is a run of its own: what it says of the patient comes from probes of
all others, and what it says of each other patient from probes that saw neither of the two. So the decoder learns from
probes as good as those that it meets, and no label of the patient is in any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, get_args

import pandas as pd

from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.decoding.leave_out import Decoding, decode_leaving_out
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.runs.data_frames.decoders import join_runs, training_on, videos_of
from lmms_eval_plugins.runs.data_frames.sources import DoseRun
from lmms_eval_plugins.runs.probing.cases import GRASP, MOTION, PRIMITIVE, Window

Evidence = Literal["said", "probe", "said,probe"]
"""What a decoder goes by: answers, what probes read from hidden states, or both."""

SAID: Evidence = "said"
PROBE: Evidence = "probe"
BOTH: Evidence = "said,probe"

_YES_NO = {"yes": True, "no": False}


def evidence_of(words: str) -> Evidence:
    """Return the evidence that a text names.

    >>> evidence_of("probe, said")
    'said,probe'

    Raises:
        UserError: it names another.
    """
    parts = {word.strip() for word in words.split(",")}
    for part in sorted(parts):
        if part not in (SAID, PROBE):
            raise UserError(
                f"--evidence {words}: {part!r} is none; evidence is {listed(get_args(Evidence), by=' or ')}"
                f"{nearest(part, (SAID, PROBE))}"
            )
    return BOTH if len(parts) == 2 else PROBE if PROBE in parts else SAID


def runs_by_evidence(
    source: DoseRun, path: str, evidence: Evidence, layers: Sequence[int] = ()
) -> Callable[[str], DoseRun]:
    """Return a function from a patient to the run by which the patient's videos are decoded.

    Args:
        source: the run, as its model answered.
        path: its folder, with the hidden states.
        evidence: what decoders go by.
        layers: the layers to probe; none for all that were recorded.

    Raises:
        UserError: there are no hidden states, or the task's questions are not those that probes answer.
    """
    if evidence == SAID:
        return lambda _: source
    from lmms_eval_plugins.runs.probing.frame import probed_frames  # late: it loads what fits probes

    _check_questions(source, path)
    seen = probed_frames(path, layers)["seen"]
    of_patients = {str(patient): rows for patient, rows in seen.groupby("evaluated", sort=False)}

    def run_for(patient: str) -> DoseRun:
        probed = _probed(source, of_patients.get(patient, seen.iloc[:0]))
        return join_runs([source, probed]) if evidence == BOTH else probed

    return run_for


def is_probed(source: DoseRun) -> bool:
    """Return whether probes tell what the questions of a run's method ask for."""
    return set(source.method.roles) <= {MOTION, GRASP, PRIMITIVE}


def decode_by_evidence(
    source: DoseRun,
    run_for: Callable[[str], DoseRun],
    decoding: Decoding,
    activities: Mapping[str, str] | None = None,
) -> list[tuple[Timeline, ...]]:
    """Return the timelines of each video of a run, decoded by its patient's own run (see `runs_by_evidence`).

    Raises:
        UserError: there is no other patient with labels, or a video has no windows.
    """
    draws: dict[str, tuple[Timeline, ...]] = {}
    run, training = source, training_on([source])
    for patient in dict.fromkeys(video.answered.patient for video in source.videos):
        if (own_run := run_for(patient)) is not run:
            run, training = own_run, training_on([own_run])
        own = [video for video in videos_of(run, activities) if video.patient == patient]
        decoded = decode_leaving_out(own, training, decoding, run.scheme.names)
        draws |= {video.video_id: drawn for video, drawn in zip(own, decoded.draws, strict=True)}
    return [draws[video.answered.video_id] for video in source.videos]


def _check_questions(source: DoseRun, path: str) -> None:
    if not is_probed(source):
        raise UserError(
            f"{path}: probes answer questions for motion, grasp or one primitive; the method {source.method.method}"
            f" reads {listed(source.method.roles)}; decode it by what was said"
        )


def _probed(source: DoseRun, seen: pd.DataFrame) -> DoseRun:
    """Return a run with the answers of probes in place of the model's; where there is no hidden state, none came."""
    question_of = dict(zip(source.method.roles, source.method.question_ids, strict=True))
    answers: dict[Window, dict[str, object]] = {}
    odds: dict[Window, dict[str, float]] = {}
    columns = seen[["video_id", "window", "target", "told", "log_odds"]]
    for video_id, window, target, told, log_odds in columns.itertuples(index=False):
        if question := question_of.get(target):
            place = video_id, window
            answers.setdefault(place, {})[question] = told if target == PRIMITIVE else _YES_NO[told]
            if target != PRIMITIVE:
                odds.setdefault(place, {})[question] = log_odds
    videos = []
    for video in source.videos:
        windows = [
            _answered(window, answers.get(place, {}), odds.get(place, {}), source.method.question_ids)
            for place, window in (
                ((video.answered.video_id, number), window) for number, window in enumerate(video.answered.windows)
            )
        ]
        videos.append(replace(video, answered=replace(video.answered, windows=tuple(windows), by_default=None)))
    return replace(source, model=f"probe of {source.model or 'unknown model'}", videos=tuple(videos))


def _answered(
    window: WindowAnswers, answers: Mapping[str, object], odds: Mapping[str, float], questions: Sequence[str]
) -> WindowAnswers:
    asked = {question: answers.get(question) for question in questions}
    return replace(window, answers=asked, log_odds=MappingProxyType(dict(odds)), cut=frozenset())
