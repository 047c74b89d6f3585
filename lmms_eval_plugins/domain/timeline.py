"""Labelled time: segments, timelines, and their compact text form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time with one label; ``start_s`` inclusive, ``end_s`` exclusive, in seconds."""

    start_s: float
    end_s: float
    label: str

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    def shifted(self, by_s: float) -> Segment:
        """Return the segment later by so many seconds, to the microsecond."""
        return Segment(round(self.start_s + by_s, 6), round(self.end_s + by_s, 6), self.label) if by_s else self


@dataclass(frozen=True, slots=True)
class Timeline:
    """Segments in order of time that do not overlap; gaps are allowed, as before the first label.

    >>> timeline = Timeline.from_text("reach@0.000;reach@0.500;idle@1.000;idle@2.000")
    >>> timeline.labels
    ('reach', 'reach', 'idle')
    >>> timeline.merged().to_text()
    'reach@0.000;idle@1.000;idle@2.000'
    """

    segments: tuple[Segment, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The segments' labels in order."""
        return tuple(segment.label for segment in self.segments)

    @property
    def end_s(self) -> float:
        """The end of the last segment; 0.0 for an empty timeline."""
        return self.segments[-1].end_s if self.segments else 0.0

    def merged(self) -> Timeline:
        """Return the timeline with touching segments of one label joined."""
        joined: list[Segment] = []
        for segment in self.segments:
            last = joined[-1] if joined else None
            if last and last.label == segment.label and last.end_s >= segment.start_s:
                joined[-1] = Segment(last.start_s, segment.end_s, last.label)
            else:
                joined.append(segment)
        return Timeline(tuple(joined))

    def shifted(self, by_s: float) -> Timeline:
        """Return the timeline later by so many seconds, to the microsecond."""
        return Timeline(tuple(segment.shifted(by_s) for segment in self.segments)) if by_s else self

    def at(self, time_s: float) -> str | None:
        """Return the label at a time in seconds; None where nothing is labelled."""
        for segment in self.segments:
            if segment.start_s <= time_s < segment.end_s:
                return segment.label
        return None

    def overlapping(self, start_s: float, end_s: float) -> Timeline:
        """Return the parts of the segments between two times in seconds."""
        return Timeline(
            tuple(
                Segment(max(s.start_s, start_s), min(s.end_s, end_s), s.label)
                for s in self.segments
                if s.start_s < end_s and s.end_s > start_s
            )
        )

    def to_text(self) -> str:
        """Return the compact form ``label@start;…;last@end``; the last label is repeated as the end mark.

        Seconds have three decimals. Gaps between segments cannot be written this way and are closed.
        """
        if not self.segments:
            return ""
        marks = [(s.label, s.start_s) for s in self.segments]
        marks.append((self.segments[-1].label, self.end_s))
        return ";".join(f"{label}@{time_s:.3f}" for label, time_s in marks)

    @classmethod
    def from_text(cls, text: str) -> Timeline:
        """Read the form that :meth:`to_text` writes.

        Raises:
            ValueError: an entry is not ``label@seconds``.
        """
        marks: list[tuple[str, float]] = []
        for entry in filter(None, text.strip().split(";")):
            label, at, seconds = entry.rpartition("@")
            if not at:
                raise ValueError(f"timeline entry {entry!r} is not label@seconds")
            marks.append((label, float(seconds)))
        return cls.from_marks(marks[:-1], marks[-1][1] if marks else 0.0)

    @classmethod
    def from_marks(cls, marks: Sequence[tuple[str, float]], end_s: float) -> Timeline:
        """Make the timeline in which each (label, start) lasts until the next start, the last until ``end_s``."""
        starts = [start for _, start in marks]
        ends = [*starts[1:], end_s]
        return cls(tuple(Segment(start, end, label) for (label, start), end in zip(marks, ends, strict=False)))


def without_repeats(labels: Iterable[str]) -> list[str]:
    """Return lower-cased labels with repeats merged: the sequence that scores compare."""
    return [label for label, _ in groupby(label.lower() for label in labels)]
