"""Spans of labels: segments from starts and stops, closed and cut at the video's end, and what is odd about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.dataset.labels.clock import guess_clock, guess_long_unit
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.domain.timeline import Segment, Timeline

HALF_MS = 0.0005
"""Times in seconds that differ by less are one."""
_USUAL_FPS = 30.0
_PAST_S, _PAST_SHARE = 0.5, 0.01
"""Labels may end so much after the video before they are refused: seconds, or a share of its length if that is more."""
_LITTLE = 0.5
"""Labels that end before this share of the video is over cover little of it."""
_LATE = 1 / 3
"""Labels that begin after this share of the video is over begin late."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The video's extent on the labels' clock.

    Attributes:
        start_s: time of the first frame.
        duration_s: length in seconds; None where it is not known.
        fps: frames per second; None where it is not known.
    """

    start_s: float = 0.0
    duration_s: float | None = None
    fps: float | None = None

    @property
    def end_s(self) -> float | None:
        """End of the last frame; None where it is not known."""
        return None if self.duration_s is None else self.start_s + self.duration_s

    @property
    def two_frames_s(self) -> float:
        """Length of two frames in seconds, at 30 fps where the rate is not known."""
        return 2 / (self.fps or _USUAL_FPS)


@dataclass(frozen=True, slots=True)
class Event:
    """A start of a label, or a stop: of that label, of whatever runs where it has none."""

    line: int
    time_s: float
    label: str | None
    is_stop: bool = False


def check_times(times: Sequence[float], extent: Extent) -> list[Remark]:
    """Return what is wrong with the times of a file as a whole: negative, all equal, far past the video's end.

    Args:
        times: in order, at least one.
        extent: of the video.
    """
    first, last = times[0], times[-1]
    if first < min(0.0, extent.start_s):
        return [Remark("wrong", "negative-time", f"the times begin at {first:g} s; count them from the video's start")]
    if len(times) > 1 and first == last:
        return [Remark("wrong", "no-length", f"all times are {first:g} s; give each label its own start")]
    if extent.duration_s is None or extent.end_s is None:
        return []
    over = last - extent.end_s
    if over > max(_PAST_S, _PAST_SHARE * extent.duration_s) and over > extent.two_frames_s:
        own = [time - extent.start_s for time in times]
        guess = guess_clock(own if own[-1] > 0 else times, extent.duration_s, extent.fps)
        alone = " (the last time alone)" if len(times) > 2 and times[-2] <= extent.end_s else ""
        text = f"the labels reach to {last:,.10g} s{alone}, the video ends at {extent.end_s:,.10g} s; {guess}"
        return [Remark("wrong", "past-end", text)]
    if over > extent.two_frames_s + HALF_MS:
        text = f"the labels end {over:.3f} s after the video; they stay as they are, see whether they belong to it"
        return [Remark("doubtful", "past-end", text)]
    if extent.start_s > extent.two_frames_s and abs(last - extent.duration_s) <= extent.two_frames_s:
        text = (
            f"the labels end at {last:g} s, which is the video's length, but its first picture is at"
            f" {extent.start_s:g} s: do they count from there? Then add {extent.start_s:g} to each time"
        )
        return [Remark("doubtful", "other-zero", text)]
    return []


def to_segments(
    events: Sequence[Event], closing_s: float | None, extent: Extent
) -> tuple[tuple[Segment, ...], list[Remark]]:
    """Make segments of a hand's starts and stops: a start ends what runs, a stop leaves a gap.

    Args:
        events: of the hand, in order of time.
        closing_s: time of the file's closing row; None where it has none after the last start.
        extent: of the video; its end closes what the file leaves open.
    """
    segments: list[Segment] = []
    remarks: list[Remark] = []
    running: Event | None = None
    for event in events:
        if not event.is_stop:
            if running:
                _close(running, event.time_s, event.label, segments, remarks)
            running = event
        elif running and event.label in (None, running.label):
            _close(running, event.time_s, None, segments, remarks)
            running = None
        elif not any(segment.label == event.label and event.time_s <= segment.end_s + 0.1 for segment in segments[-2:]):
            text = f"line {event.line}, MarkerNames: stops {event.label or 'a label'}, which does not run; passed over"
            remarks.append(Remark("doubtful", "stop-without-start", text))
    if running:
        _close_last(running, closing_s, extent, segments, remarks)
    return tuple(segments), remarks


def _close(running: Event, end_s: float, following: str | None, segments: list[Segment], remarks: list[Remark]) -> None:
    assert running.label is not None
    if end_s > running.time_s:
        segments.append(Segment(running.time_s, end_s, running.label))
    elif following != running.label and not (segments and segments[-1].label == running.label):
        text = f"line {running.line}: {running.label!r} at {running.time_s:g} s has no length and is not counted"
        remarks.append(Remark("doubtful", "no-length", text))


def _close_last(
    running: Event, closing_s: float | None, extent: Extent, segments: list[Segment], remarks: list[Remark]
) -> None:
    assert running.label is not None
    start_s, end_s = running.time_s, extent.end_s
    is_within = end_s is None or start_s < end_s - HALF_MS
    if closing_s is not None and (closing_s > start_s or is_within):
        segments.append(Segment(start_s, closing_s, running.label))
        if closing_s == start_s:
            label = f"its last label {running.label!r}"
            text = f"the file ends where {label} starts ({start_s:g} s): it has no length, and counts"
            remarks.append(Remark("doubtful", "no-length", text))
    elif end_s is None:
        segments.append(Segment(start_s, start_s, running.label))
        text = f"no row closes {running.label!r}, which starts at {start_s:g} s: its length is unknown"
        remarks.append(Remark("doubtful", "open-end", text))
    elif is_within:
        segments.append(Segment(start_s, end_s, running.label))
        text = f"no row closes {running.label!r}, which starts at {start_s:g} s: it ends with the video at {end_s:g} s"
        remarks.append(Remark("doubtful", "open-end", text))
    elif not (segments and segments[-1].label == running.label):
        if start_s <= end_s + extent.two_frames_s + HALF_MS:
            where = "at the video's end" if abs(start_s - end_s) <= HALF_MS else "after the video's end"
            text = f"line {running.line}: {running.label!r} starts {where} ({start_s:g} s) and is not counted"
            remarks.append(Remark("doubtful", "past-end", text))
        else:
            segments.append(Segment(start_s, start_s, running.label))


def cut_to(extent: Extent, segments: Sequence[Segment]) -> tuple[tuple[Segment, ...], list[Remark]]:
    """Put segments on the clock of the first frame, without what lies before it or up to two frames past the end."""
    remarks: list[Remark] = []
    kept: list[Segment] = []
    end_s = extent.end_s
    for segment in segments:
        start, end = segment.start_s, segment.end_s
        if end_s is not None and end_s + HALF_MS < end <= end_s + extent.two_frames_s + HALF_MS:
            end = end_s
            if start > end_s - HALF_MS:
                text = f"{segment.label!r} starts after the video's end ({start:g} s) and is not counted"
                remarks.append(Remark("doubtful", "past-end", text))
                continue
        if end <= extent.start_s and start < extent.start_s:
            text = f"{segment.label!r} from {start:g} to {end:g} s lies before the video's first picture: not counted"
            remarks.append(Remark("doubtful", "before-start", text))
            continue
        kept.append(Segment(max(start, extent.start_s), end, segment.label).shifted(-extent.start_s))
    return tuple(kept), remarks


def check_segments(timeline: Timeline, extent: Extent) -> list[Remark]:
    """Return what is odd about a timeline on the clock of the first frame.

    Labels shorter than two frames, that cover little of the video or begin late, and gaps.
    """
    remarks: list[Remark] = []
    segments = timeline.segments
    if extent.fps and (
        short := [segment for segment in segments if 0 < segment.duration_s < extent.two_frames_s - 0.001]
    ):
        places = listed((f"{segment.label} at {segment.start_s:g} s" for segment in short), most=3)
        n = len(short)
        text = f"{n} label{'s' * (n > 1)} shorter than two frames ({places}); {'they count' if n > 1 else 'it counts'}"
        remarks.append(Remark("doubtful", "short-label", text))
    gaps = [
        later.start_s - segment.end_s
        for segment, later in pairwise(segments)
        if later.start_s - segment.end_s > HALF_MS
    ]
    if gaps:
        text = f"{len(gaps)} gap{'s' * (len(gaps) > 1)} between labels, {sum(gaps):.3g} s in all"
        remarks.append(Remark("fine", "gaps", text))
    if not extent.duration_s or not segments:
        return remarks
    begin_s, end_s, duration_s = segments[0].start_s, timeline.end_s, extent.duration_s
    if end_s < _LITTLE * duration_s:
        guess = guess_long_unit(end_s, duration_s)
        text = f"the labels end at {end_s:.6g} s of {duration_s:.6g} s of video"
        hint = guess or "are all of them there?"
        remarks.append(Remark("wrong" if guess else "doubtful", "covers-little", f"{text}; {hint}"))
    elif begin_s > _LATE * duration_s:
        text = f"the labels begin at {begin_s:.6g} s of {duration_s:.6g} s of video; are all of them there?"
        remarks.append(Remark("doubtful", "late-start", text))
    return remarks
