"""BORIS projects (``.boris``, JSON): observations with media and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, RatedVideo
from lmms_eval_plugins.dataset.labels.formats.boris import BorisEvent, BorisObservation, videos_of_observations
from lmms_eval_plugins.dataset.labels.formats.contents import (
    MOST_ANNOTATIONS,
    LabelContent,
    list_of,
    number_of,
    object_at,
)
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.domain.scheme import Scheme

_VERSION = "7.0"
_STARTED = "2000-01-01T00:00:00"
"""Date of an observation that is written: BORIS needs one, and it means nothing here."""


def is_boris_project(content: LabelContent) -> bool:
    """Return whether a file is a BORIS project."""
    return {"observations", "behaviors_conf"} <= object_at(content.json).keys()


def read_boris_project(content: LabelContent) -> list[AnnotatedVideo]:
    """Read the observations of a BORIS project.

    An event's time includes the observation's time offset, which is taken off. State events of a subject with the same
    code and modifiers are starts and stops in turn.

    Raises:
        UserError: it has too many events, or an event that cannot be read.
    """
    project = object_at(content.json)
    behaviours = [object_at(entry) for entry in object_at(project, "behaviors_conf").values()]
    points = {str(entry.get("code")) for entry in behaviours if str(entry.get("type", "")).lower().startswith("point")}
    meanings = {str(entry.get("code")): str(entry["description"]) for entry in behaviours if entry.get("description")}
    observations = [
        _observation(content, name, object_at(entry), points)
        for name, entry in object_at(project, "observations").items()
    ]
    if sum(len(observation.events) for observation in observations) > MOST_ANNOTATIONS:
        raise UserError(f"{content.path}: more than {MOST_ANNOTATIONS:,} events")
    return [replace(video, meanings=meanings) for video in videos_of_observations(observations)]


def _observation(content: LabelContent, name: str, entry: dict[str, object], points: set[str]) -> BorisObservation:
    files = object_at(entry, "file")
    first = [str(path) for path in list_of(files.get("1"))]
    lengths, rates = object_at(entry, "media_info", "length"), object_at(entry, "media_info", "fps")
    observation = BorisObservation(
        name,
        first,
        [number_of(lengths.get(path)) or None for path in first],
        (number_of(rates.get(first[0])) or None) if first else None,
        number_of(entry.get("time offset")) or 0.0,
    )
    if entry.get("type", "MEDIA") != "MEDIA":
        observation.remarks.append(Remark("wrong", "no-media", f"observation {name!r} is not one of a video"))
    if others := [player for player, paths in files.items() if player != "1" and list_of(paths)]:
        text = f"the video of player {', '.join(others)} of observation {name!r} gets no labels, that of player 1 does"
        observation.remarks.append(Remark("fine", "other-players", text))
    for number, event in enumerate(list_of(entry.get("events")), start=1):
        match event:
            case [time, subject, code, modifiers, *_] if (seconds := number_of(time)) is not None:
                words = tuple(filter(None, str(modifiers or "").split("|")))
                kind = "POINT" if str(code) in points else "STATE"
                observation.events.append(BorisEvent(seconds, str(code).strip(), str(subject or ""), words, kind))
            case [str() as time, *_] if time.upper() in ("NA", "NAN"):
                observation.remarks.append(Remark("wrong", "no-time", f"event {number} has no time"))
            case _:
                raise UserError(
                    f"{content.path}: observation {name!r}, event {number}: not an event of BORIS ({event!r})"
                )
    return observation


def boris_project(videos: Sequence[RatedVideo], scheme: Scheme) -> dict[str, object]:
    """Return a BORIS project with an observation per video and rater; hands are its subjects, labels its behaviours.

    Events are state events; their times have milliseconds.
    """
    hands = sorted({hand for video in videos for hand in video.hands})
    labels = dict.fromkeys([*scheme.names, *(s.label for v in videos for t in v.hands.values() for s in t.segments)])
    return {
        "time_format": "hh:mm:ss",
        "project_date": _STARTED,
        "project_name": "strokerehab",
        "project_description": "",
        "project_format_version": _VERSION,
        "subjects_conf": {
            str(number): {"key": hand[0], "name": f"{hand} hand", "description": ""}
            for number, hand in enumerate(hands)
        },
        "behaviors_conf": {
            str(number): {
                "type": "State event",
                "key": "",
                "code": label,
                "description": "",
                "color": scheme.colours.get(label, ""),
                "category": "",
                "modifiers": {},
                "excluded": ",".join(other for other in labels if other != label),
                "coding map": "",
            }
            for number, label in enumerate(labels)
        },
        "observations": {
            f"{video.name} ({video.rater})" if video.rater else video.name: _written(video) for video in videos
        },
        "behavioral_categories": [],
        "behavioral_categories_config": {},
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }


def _written(video: RatedVideo) -> dict[str, object]:
    media = video.media or video.media_name
    info = {
        "length": {media: video.duration_s or 0.0},
        "fps": {media: video.fps or 0.0},
        "hasVideo": {media: True},
        "hasAudio": {media: False},
        "offset": {"1": 0.0},
    }
    return {
        "file": {"1": [media], **{str(player): [] for player in range(2, 9)}},
        "type": "MEDIA",
        "date": _STARTED,
        "description": "",
        "time offset": 0.0,
        "events": [[time_s, subject, code, "", ""] for time_s, subject, code in state_events(video)],
        "observation time interval": [0, 0],
        "independent_variables": {},
        "close_behaviors_between_videos": False,
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "media_creation_date_as_offset": False,
        "media_scan_sampling_duration": 0,
        "image_display_duration": 1,
        "media_info": info,
    }


def state_events(video: RatedVideo) -> list[tuple[float, str, str]]:
    """Return time in seconds, subject and code of the starts and stops of a video's segments, in their order."""
    events = []
    for hand, timeline in video.hands.items():
        for segment in timeline.segments:
            start_s, end_s = round(segment.start_s, 3), round(segment.end_s, 3)
            if start_s < end_s:
                events += [(start_s, 1, f"{hand} hand", segment.label), (end_s, 0, f"{hand} hand", segment.label)]
    return [(time_s, subject, code) for time_s, _, subject, code in sorted(events)]
