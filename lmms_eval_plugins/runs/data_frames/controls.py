"""What stands beside a dose run for comparison, on its own windows: correct answers, and what never saw a video.

Controls are rows of scores and timelines like those of runs, under the control's name. What is drawn at random has
scores that are means over its draws; its counts and timelines are those of the first draw.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.baselines import MarkovChain, drawn_windows, omniscient_answers
from lmms_eval_plugins.assessments.dose.gold import gold_windows
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.raters import is_rater, rated_videos
from lmms_eval_plugins.assessments.dose.stopwatch import TimedVideo, counts_by_stopwatch
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.runs.data_frames.build import scores_frame, timelines_frame
from lmms_eval_plugins.runs.data_frames.cache import cached
from lmms_eval_plugins.runs.data_frames.columns import TableName
from lmms_eval_plugins.runs.data_frames.decoders import CONTROL, CONTROL_BY_ACTIVITY, CONTROL_END, blind_draws
from lmms_eval_plugins.runs.data_frames.load import file_of, files_of
from lmms_eval_plugins.runs.data_frames.read import sources_at
from lmms_eval_plugins.runs.data_frames.sources import DoseRun, ReadVideo, of_family
from lmms_eval_plugins.runs.run import is_run
from lmms_eval_plugins.runs.run_file import read_run_file

REFERENCE = "reference"
"""The correct answers about a run's own windows, by its own method: what answers like the labels' have, no optimum."""

BOUND = "omniscient, as published"
"""What the study printed as its upper bound: true answers from the middle one of a chunk's labels."""

MARKOV_DECOMPOSED = "Markov, decomposed"
MARKOV_DIRECT = "Markov, direct"
STOPWATCH = "stopwatch"
STOPWATCH_BY_ACTIVITY = "stopwatch, by activity"

DRAWS = 10
"""How often a chain answers about each video: single draws differ by as much as many models do."""

_SEED = 20260706
_PAIRS = DoseMethod(method="motion_grasp")
_SINGLES = DoseMethod(method="one_primitive")
_MEANS = ("edit_score", "action_error_rate", "relative_counting_error", "mae_avg")
_STUDY_SAMPLING = (15, 8)
"""Frames per second and frames of a window where the published bound was printed."""

_Answering = Callable[[ReadVideo[Timeline]], Sequence[WindowAnswers]]


@dataclass(frozen=True, slots=True)
class ControlFrames:
    """Scores and timelines of controls, whose names stand as ``run``."""

    scores: pd.DataFrame
    timelines: pd.DataFrame


def is_blind(name: str) -> bool:
    """Return whether a control has not seen the video: all but raters, and those that know its labels."""
    return name not in (REFERENCE, BOUND) and not is_rater(name)


def load_controls(path: str, *, decoders: bool) -> ControlFrames:
    """Return the controls of a run by its path in the runs table; kept beside its data frames.

    Args:
        path: the run.
        decoders: the blind decoders in place of all other controls; they take longer.

    Raises:
        UserError: the run cannot be read.
    """
    return _loaded(path, *(("decoders", decoders_of) if decoders else ("controls", controls_of)))


def load_raters(path: str) -> ControlFrames | None:
    """Return the further raters of a run by its path in the runs table, as `load_controls`; None where it has none.

    Raises:
        UserError: the run cannot be read.
    """
    folder = Path(file_of(path))
    if not is_run(folder) or not any(video.raters for video in read_run_file(folder).videos):
        return None
    return _loaded(path, "raters", raters_of_run)


def _loaded(path: str, kind: str, make: Callable[[DoseRun], ControlFrames]) -> ControlFrames:
    file = file_of(path)
    end = path[len(file) :].removesuffix(CONTROL_END)

    def build() -> Mapping[TableName, pd.DataFrame]:
        run = of_family(dict(sources_at(file, True, None))[end], DOSE)
        if run is None:
            raise UserError(f"{path}: is no run of {DOSE.a_task}, which alone has such controls")
        made = make(run)
        return {"scores": made.scores, "timelines": made.timelines}

    tables = cached(files_of(Path(file)), f"{kind}{end}", ("scores", "timelines"), build)
    return ControlFrames(tables["scores"], tables["timelines"])


def controls_of(source: DoseRun) -> ControlFrames:
    """Return the controls of a run without the blind decoders; of a single patient, none that learns from others."""
    run = replace(source, videos=tuple(video for video in source.videos if video.answered.truth is not None))
    scheme, patients = run.scheme, {video.answered.patient for video in run.videos}
    draws = {REFERENCE: [_answered(run, run.method, lambda video: _gold(video, run.method, scheme))]}
    if _is_as_the_study(run):
        draws[BOUND] = [_answered(run, _PAIRS, lambda video: omniscient_answers(_truth(video)))]
    if len(patients) > 1 and all(video.answered.windows for video in run.videos):
        if scheme.follows_rule:
            draws[MARKOV_DECOMPOSED] = _drawn(run, _PAIRS)
        draws[MARKOV_DIRECT] = _drawn(run, _SINGLES)
    if scheme.carrying:
        draws[f"always {scheme.carrying}"] = [_answered(run, _SINGLES, _always(scheme.carrying))]
    made = {name: _frames(name, of_name) for name, of_name in draws.items()}
    counted = [
        _counted(name, run, made[REFERENCE].scores, by_activity)
        for name, by_activity in ((STOPWATCH, False), (STOPWATCH_BY_ACTIVITY, True))[: 1 + _knows_activities(run)]
        if len(patients) > 1
    ]
    return _joined([*made.values(), *counted])


def decoders_of(source: DoseRun) -> ControlFrames:
    """Return the blind decoders on a run's windows, with habits pooled and by activity; none of a single patient."""
    run = replace(source, videos=tuple(video for video in source.videos if video.answered.truth is not None))
    run = _answered(run, run.method, lambda video: _gold(video, run.method, run.scheme))  # all replies came
    ways = ((CONTROL, False), (CONTROL_BY_ACTIVITY, True))[: 1 + _knows_activities(run)]
    draws = {name: blind_draws(run, by_activity=by_activity) for name, by_activity in ways}
    return _joined([_frames(name, of_name or [replace(run, videos=())]) for name, of_name in draws.items()])


def raters_of_run(run: DoseRun) -> ControlFrames:
    """Return the scores of a run's further raters against its truth, each on the videos that this rater labelled."""
    stroke = {video.answered.video_id: video.stroke for video in run.videos}
    parts = []
    for name, videos in rated_videos(video.answered for video in run.videos).items():
        read = tuple(ReadVideo(video, (), stroke[video.video_id], ()) for video in videos)
        parts.append(_frames(name, [replace(run, videos=read)]))
    return _joined(parts or [_frames("", [replace(run, videos=())])])


def _knows_activities(run: DoseRun) -> bool:
    """Return whether there is an activity to know a video by; without any, what goes by it is what does not."""
    return any(video.answered.activity for video in run.videos)


def _truth(video: ReadVideo[Timeline]) -> Timeline:
    return video.answered.truth or Timeline(())


def _gold(video: ReadVideo[Timeline], method: DoseMethod, scheme: Scheme) -> list[WindowAnswers]:
    return gold_windows(_truth(video), video.answered.windows, method, scheme)


def _always(label: str) -> _Answering:
    answers = {_SINGLES.primitive: label}
    return lambda video: [replace(window, answers=answers) for window in video.answered.windows]


def _is_as_the_study(run: DoseRun) -> bool:
    """Return whether the published bound is one of this run: two questions about 8 frames, 15 per second."""
    return (
        run.method.method == _PAIRS.method
        and run.scheme == primitives_scheme()
        and (run.settings.fps, run.settings.frames) == _STUDY_SAMPLING
    )


def _drawn(run: DoseRun, method: DoseMethod) -> list[DoseRun]:
    """Return draws from chains fitted on the correct answers about the windows of all other patients.

    A draw depends on the video and on what is fitted, not on the order of the videos.
    """
    ordered = sorted((video.answered for video in run.videos), key=lambda video: video.video_id)
    gold = [gold_windows(video.truth or Timeline(()), video.windows, method, run.scheme) for video in ordered]
    chains = {
        patient: {
            question: MarkovChain.fit(
                [answer for window in own if (answer := window.answers[question]) is not None]
                for video, own in zip(ordered, gold, strict=True)
                if video.patient != patient
            )
            for question in method.question_ids
        }
        for patient in {video.patient for video in ordered}
    }

    def draw(number: int, video: ReadVideo[Timeline]) -> list[WindowAnswers]:
        about = video.answered
        rng = np.random.default_rng([_SEED, number, zlib.crc32(about.video_id.encode(errors="surrogatepass"))])
        return drawn_windows(about.windows, chains[about.patient], rng)

    return [_answered(run, method, partial(draw, number)) for number in range(DRAWS)]


def _answered(run: DoseRun, method: DoseMethod, answering: _Answering) -> DoseRun:
    """Return the run with other answers about its videos, and the method by which they are scored."""
    videos = []
    for video in run.videos:
        windows = tuple(answering(video))
        videos.append(ReadVideo(replace(video.answered, windows=windows, predicted=None), windows, video.stroke, ()))
    return replace(run, method=method, videos=tuple(videos))


def _frames(name: str, draws: Sequence[DoseRun]) -> ControlFrames:
    """Return scores as means over draws, with the counts and timelines of the first of them."""
    scores = [scores_frame(draw, name) for draw in draws]
    means = {metric: np.mean([of_draw[metric] for of_draw in scores], axis=0) for metric in _MEANS}
    return ControlFrames(scores[0].assign(**means), timelines_frame(draws[0], name))


def _counted(name: str, run: DoseRun, true: pd.DataFrame, by_activity: bool) -> ControlFrames:
    """Return the stopwatch's counts as scores; edit score, action error rate and a timeline it has none.

    Args:
        name: what it is called.
        run: the run.
        true: any scores of its videos, for the true counts.
        by_activity: whether it knows the activities.
    """
    labels = run.scheme.names
    counts = true[[f"true_{label}" for label in labels]].to_numpy(dtype=int)
    videos = [
        TimedVideo(
            patient=video.answered.patient,
            duration_s=video.answered.length_s,
            activity=activity_of_label(video.answered.activity or ""),
            counts=dict(zip(labels, map(int, own), strict=True)),
        )
        for video, own in zip(run.videos, counts, strict=True)
    ]
    found = counts_by_stopwatch(videos, by_activity=by_activity, labels=labels)
    expected = np.array([[(own or {}).get(label, 0) for label in labels] for own in found])
    errors = abs(expected - counts)
    columns: dict[str, Any] = {
        "run": name,
        "edit_score": np.nan,
        "action_error_rate": np.nan,
        "relative_counting_error": errors.sum(axis=1) / counts.sum(axis=1),
        "mae_avg": errors.mean(axis=1),
        **{f"mae_{label}": errors[:, place] for place, label in enumerate(labels)},
        **{f"predicted_{label}": expected[:, place] for place, label in enumerate(labels)},
        **dict.fromkeys(("n_answers", "n_unreadable", "n_refused", "n_contradictory", "n_cut", "n_missing"), 0),
    }
    scores = true.assign(**columns).astype(true.dtypes.to_dict())
    return ControlFrames(scores, timelines_frame(replace(run, videos=()), name))


def _joined(parts: Sequence[ControlFrames]) -> ControlFrames:
    return ControlFrames(
        pd.concat([part.scores for part in parts], ignore_index=True),
        pd.concat([part.timelines for part in parts], ignore_index=True),
    )
