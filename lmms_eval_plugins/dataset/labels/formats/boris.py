"""Observations of BORIS, whatever file they come from: events on the clock of an observation become annotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, Annotation
from lmms_eval_plugins.dataset.labels.formats.contents import media_name
from lmms_eval_plugins.dataset.labels.tool_codes import is_side
from lmms_eval_plugins.dataset.remarks import Remark

NO_SUBJECT = "No focal subject"
"""What BORIS exports where no subject is coded."""


@dataclass(frozen=True, slots=True)
class BorisEvent:
    """An event of an observation.

    Attributes:
        time_s: on the observation's clock, its time offset included.
        code: of the behaviour.
        subject: who shows it; empty where none is coded.
        modifiers: of the behaviour.
        kind: ``START``, ``STOP`` or ``POINT``; ``STATE`` where starts and stops take turns.
    """

    time_s: float
    code: str
    subject: str = ""
    modifiers: tuple[str, ...] = ()
    kind: str = "STATE"

    @property
    def tier(self) -> str:
        """The subject, and the modifiers that name a side."""
        subject = "" if self.subject == NO_SUBJECT else self.subject
        return " ".join(filter(None, (subject, *filter(is_side, self.modifiers))))


@dataclass(slots=True)
class BorisObservation:
    """An observation: its media, its offset and its events.

    Attributes:
        name: its id.
        files: the media of its first player, which play one after the other.
        lengths_s: their lengths in seconds; None where one is not known.
        fps: the rate of the first; None where it is not known.
        offset_s: the observation's time at the first medium's zero.
        events: in any order.
        remarks: what reading it had to decide.
    """

    name: str
    files: Sequence[str] = ()
    lengths_s: Sequence[float | None] = ()
    fps: float | None = None
    offset_s: float = 0.0
    events: list[BorisEvent] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def videos_of_observations(observations: Iterable[BorisObservation]) -> list[AnnotatedVideo]:
    """Return the annotated videos of observations; observations of the same video are raters named after them."""
    found = [(observation, video) for observation in observations for video in _videos(observation)]
    names = [_without_suffix(video.media) for _, video in found]
    videos = []
    for observation, video in found:
        several = names.count(_without_suffix(video.media)) > 1
        rater = _rater(observation.name, video.media) if several else ""
        videos.append(replace(video, rater=rater))
    return videos


def _without_suffix(media: str) -> str:
    return media.rpartition(".")[0] or media


def _rater(observation: str, media: str) -> str:
    return observation.replace(_without_suffix(media), "", 1).strip(" -_()[]@:.,") or observation


def _videos(observation: BorisObservation) -> Iterator[AnnotatedVideo]:
    remarks = observation.remarks
    annotations = sorted(_annotations(observation), key=lambda annotation: annotation.start_s)
    plain = {word for event in observation.events for word in event.modifiers if word and not is_side(word)}
    if plain:
        remarks.append(Remark("fine", "modifiers", f"modifiers are not read: {', '.join(sorted(plain)[:5])}"))
    files = list(observation.files)
    if not files:
        if not any(remark.kind == "no-media" for remark in remarks):
            remarks.append(Remark("doubtful", "no-media", f"observation {observation.name!r} names no media file"))
        yield AnnotatedVideo(observation.name, tuple(annotations), None, observation.fps, remarks=tuple(remarks))
        return
    lengths = observation.lengths_s
    if len(files) == 1:
        length = lengths[0] if lengths else None
        yield AnnotatedVideo(media_name(files[0]), tuple(annotations), length, observation.fps, remarks=tuple(remarks))
        return
    if len(lengths) != len(files) or None in lengths:
        what = f"observation {observation.name!r} plays {len(files)} files in a row"
        text = f"{what}, of which not all lengths are known; give the .boris project"
        for file in files:
            yield AnnotatedVideo(media_name(file), (), remarks=(*remarks, Remark("wrong", "queued-media", text)))
        return
    ends = [*accumulate(length or 0.0 for length in lengths)]
    for file, start, end in zip(files, [0.0, *ends], ends, strict=False):
        part = tuple(
            Annotation(
                max(annotation.start_s, start) - start,
                None if annotation.end_s is None else min(annotation.end_s, end) - start,
                annotation.code,
                annotation.tier,
            )
            for annotation in annotations
            if annotation.start_s < end
            and (annotation.start_s >= start if annotation.end_s is None else annotation.end_s > start)
        )
        yield AnnotatedVideo(media_name(file), part, end - start, observation.fps, remarks=tuple(remarks))


def _annotations(observation: BorisObservation) -> Iterator[Annotation]:
    """Yield points and states; a state without its stop lasts until the next code."""
    open_since: dict[tuple[str, str, tuple[str, ...]], BorisEvent] = {}
    for event in sorted(observation.events, key=lambda event: event.time_s):
        key = (event.subject, event.code, event.modifiers)
        start_s = event.time_s - observation.offset_s
        if event.kind == "POINT":
            yield Annotation(start_s, None, event.code, event.tier)
        elif key in open_since and event.kind in ("STOP", "STATE"):
            began = open_since.pop(key)
            yield Annotation(began.time_s - observation.offset_s, start_s, event.code, event.tier)
        elif event.kind == "STOP":
            text = f"{event.code!r} stops at {event.time_s:.3f} s and never started; add its start"
            observation.remarks.append(Remark("wrong", "unpaired", text))
        else:
            if key in open_since:
                text = (
                    f"{event.code!r} starts at {event.time_s:.3f} s and has not stopped before; the first start counts"
                )
                observation.remarks.append(Remark("doubtful", "unpaired", text))
            open_since.setdefault(key, event)
    for event in open_since.values():
        text = f"{event.code!r} starts at {event.time_s:.3f} s and never stops; it lasts until the next code"
        observation.remarks.append(Remark("doubtful", "unpaired", text))
        yield Annotation(event.time_s - observation.offset_s, None, event.code, event.tier)
