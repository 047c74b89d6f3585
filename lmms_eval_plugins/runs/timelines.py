"""The timelines of a run, for tools in which people look at them: the truth, the rule's, and what decoders made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.json_files import json_value, parse_json
from lmms_eval_plugins.dataset.labels.annotations import TRUTH, RatedVideo
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.runs.data_frames.read import sources_at
from lmms_eval_plugins.runs.hidden.features import check_answers
from lmms_eval_plugins.runs.run_file import RunVideo, read_run_file

PREDICTION = "prediction"


def timelines_of_run(folder: Path, known: KnownVideos) -> tuple[list[RatedVideo], list[str]]:
    """Return the timelines of a run's videos, and what is left out.

    Each video has its truth where that is known, the prediction of the task's own rule, and one timeline per
    ``decoded_*.json`` beside the answers, named after it. Times are on the container's clock where the trial is known.

    Args:
        folder: the run's folder.
        known: the videos of the dataset, with their paths and offsets.

    Raises:
        UserError: the run cannot be read, is not of a task with timelines, or has no answers.
    """
    check_answers(folder)
    file = read_run_file(folder)
    ((_, source),) = sources_at(str(folder), False, None)
    decoded = dict(decoded_timelines(folder))
    by_id = {video.video_id: video for video in file.videos}
    rated: list[RatedVideo] = []
    problems: list[str] = []
    for video in source.videos:
        of_video = by_id[video.answered.video_id]
        found: Mapping[str, Timeline] = {}
        if source.method and source.assessment:
            found = source.assessment.timelines(source.method, video.answered)
        named = {TRUTH: found.get("truth"), PREDICTION: found.get("predicted")}
        named |= {name: timelines.get(of_video.video_id) for name, timelines in decoded.items()}
        if not any(named.values()):
            continue
        hand = of_video.labelled_hand
        if hand is None:
            problems.append(f"{of_video.video_id}: the run does not say which hand was labelled; left out")
            continue
        rated += [
            _rated_video(of_video, name, hand, timeline, known)
            for name, timeline in named.items()
            if timeline and timeline.segments
        ]
    if not rated and not problems:
        raise UserError(f"{folder}: a run of task {file.task!r} has no timelines; give a run of a dose task")
    return rated, problems


def _rated_video(video: RunVideo, rater: str, hand: Hand, timeline: Timeline, known: KnownVideos) -> RatedVideo:
    trial = known.by_id.get(video.video_id)
    duration_s = video.n_frames / video.fps if video.n_frames and video.fps else None
    offset_s = trial.offset_s if trial else 0.0
    media = str(trial.path) if trial else ""
    return RatedVideo(
        known.label_name(trial) if trial else video.video_id,
        {hand: timeline.merged().shifted(offset_s)},
        rater,
        media,
        video.fps,
        duration_s,
        offset_s,
    )


def decoded_timelines(folder: Path) -> Iterator[tuple[str, Mapping[str, Timeline]]]:
    """Yield name and timelines of the decoded files in a run's folder.

    Raises:
        UserError: one cannot be read.
    """
    for path in sorted(folder.glob("decoded_*.json")):
        try:
            timelines = json_value(parse_json(path.read_bytes()), "timelines")
            if not isinstance(timelines, dict):
                raise TypeError("timelines is no object")
            yield _title(path), {str(name): Timeline.from_text(str(text)) for name, text in timelines.items()}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise UserError(f"{path}: not what `strokerehab decode` writes ({error}); decode again") from None


def _title(path: Path) -> str:
    return path.stem.replace("_", " ")
