"""From another tool's annotations to the timelines of hands, by one rule, with a remark on everything it decides.

The rule. A tier (or subject, track, attribute) or else a code says the hand; a code says the label. What the mapping
file names is read as it says; without it, words that are clear are read; everything else is named, and makes the video
wrong. On a hand, a stretch lasts from its start to its end; a point event lasts until the next start on that hand, the
last one until the video's end. Where two stretches overlap, the later start wins and the earlier one ends there. Gaps
stay gaps.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lmms_eval_plugins.core.errors import listed, nearest
from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, Annotation
from lmms_eval_plugins.dataset.labels.label_file import LabelContext
from lmms_eval_plugins.dataset.labels.mapping import CodeMeaning, LabelMapping
from lmms_eval_plugins.dataset.labels.markers import side_of
from lmms_eval_plugins.dataset.labels.spans import check_segments, check_times, cut_to
from lmms_eval_plugins.dataset.labels.tool_codes import clear_label
from lmms_eval_plugins.dataset.remarks import Remark, few_of_each, first_wrong
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import Hand

ROUNDING_S = 0.002
"""Overlaps up to this length are rounding: the later start wins without a word."""

T = TypeVar("T")

_LONG_S = 3600.0
"""Whole numbers of seconds from here on are in doubt where the video's length is not known."""


@dataclass(frozen=True, slots=True)
class HandTimelines:
    """The timelines of a video's hands on the container's clock, and what was decided; none where that is wrong."""

    hands: Mapping[Hand, Timeline]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    start_s: float
    end_s: float | None
    label: str


def hand_timelines(video: AnnotatedVideo, mapping: LabelMapping, context: LabelContext) -> HandTimelines:
    """Return the timelines of the hands in a video's annotations; see the rule at the top of this module.

    Args:
        video: the annotations.
        mapping: what its tiers and codes mean.
        context: the scheme, and what is known about the video, which comes before what the tool says.
    """
    context = replace(
        context,
        fps=context.fps or mapping.fps or video.fps,
        duration_s=context.duration_s or video.duration_s,
        hand=context.hand or mapping.hand or "",
    )
    remarks = list(video.remarks)
    reader = _Reader(mapping, context, video.meanings)
    stretches: dict[Hand, list[_Stretch]] = {}
    for annotation in _in_seconds(video, context, remarks):
        if found := reader.read(annotation):
            stretches.setdefault(found[0], []).append(_Stretch(annotation.start_s, annotation.end_s, found[1]))
    remarks += reader.remarks()
    remarks += _about_times([annotation for of_hand in stretches.values() for annotation in of_hand], context)
    hands: dict[Hand, Timeline] = {}
    if not first_wrong(remarks):
        for hand in sorted(stretches, reverse=True):
            timeline = _resolved(stretches[hand], hand, context, remarks)
            if timeline.segments:
                hands[hand] = timeline
                remarks += _about_segments(timeline, context)
    if not hands and not first_wrong(remarks):
        of_others = f": it has {reader.others}, and subject {mapping.subject!r} is wanted" if reader.others else ""
        remarks.append(Remark("wrong", "no-labels", f"nothing in it is a label of a hand{of_others}"))
    return HandTimelines({} if first_wrong(remarks) else hands, tuple(few_of_each(dict.fromkeys(remarks))))


def _in_seconds(video: AnnotatedVideo, context: LabelContext, remarks: list[Remark]) -> Sequence[Annotation]:
    if not video.in_frames or not video.annotations:
        return video.annotations
    if context.fps is None:
        text = (
            "its times are frames and nothing says their rate; give the dataset with --data, or fps in the mapping file"
        )
        remarks.append(Remark("wrong", "no-rate", text))
        return ()
    fps, offset_s = context.fps, context.offset_s
    return [
        replace(
            annotation,
            start_s=offset_s + annotation.start_s / fps,
            end_s=None if annotation.end_s is None else offset_s + annotation.end_s / fps,
        )
        for annotation in video.annotations
    ]


class _Reader:
    """Hand and label of each annotation, and what was not understood."""

    def __init__(self, mapping: LabelMapping, context: LabelContext, meanings: Mapping[str, str]) -> None:
        self.mapping, self.context, self.meanings = mapping, context, meanings
        self.tiers, self.codes = _by_name(mapping.tiers), _by_name(mapping.codes)
        self.unknown: dict[str, Counter[str]] = {}
        self.understood: set[str] = set()
        self.no_hand: Counter[str] = Counter()
        self.two_hands: Counter[str] = Counter()
        self.empty: Counter[str] = Counter()
        self.described: Counter[str] = Counter()
        self.other_subjects: Counter[str] = Counter()
        self.by_context = 0

    def read(self, annotation: Annotation) -> tuple[Hand, str] | None:
        """Return hand and label of an annotation; None where it is not read or not understood."""
        tier, code = _key(annotation.tier, self.tiers), _key(annotation.code, self.codes)
        subject = self.mapping.subject
        if subject is not None and annotation.tier.strip().casefold() != subject.strip().casefold():
            self.other_subjects[annotation.tier] += 1
            return None
        if (tier in self.tiers and self.tiers[tier] is None) or (code in self.codes and self.codes[code] is None):
            return None
        if not code:
            self.empty[annotation.tier] += 1
            return None
        label, of_code = self._meaning(annotation, code)
        if label is None:
            self.unknown.setdefault(annotation.tier, Counter())[annotation.code] += 1
            return None
        self.understood.add(annotation.tier)
        hand = self._hand(annotation, tier, of_code)
        return (hand, label) if hand else None

    def _meaning(self, annotation: Annotation, code: str) -> tuple[str | None, Hand | None]:
        """Return the label of a code, and the hand that it says itself."""
        if code in self.codes:
            meaning = self.codes[code]
            return (meaning.label, meaning.hand) if isinstance(meaning, CodeMeaning) else (meaning, None)
        if label := clear_label(annotation.code, self.context.scheme):
            return label, side_of(annotation.code)
        about = self.meanings.get(annotation.code, "")
        if label := clear_label(about, self.context.scheme):
            self.described[f"{annotation.code!r} is {label}"] += 1
            return label, side_of(about)
        return None, None

    def _hand(self, annotation: Annotation, tier: str, of_code: Hand | None) -> Hand | None:
        of_tier = self.tiers.get(tier) or side_of(annotation.tier)
        if of_tier and of_code and of_tier != of_code:
            self.two_hands[f"{annotation.code!r} on {annotation.tier!r}"] += 1
            return None
        found = of_tier or of_code
        if not found and (known := self.context.hand or self.context.named_hand):
            found = known
            self.by_context += 1
        if not found:
            self.no_hand[annotation.tier] += 1
        return found

    @property
    def others(self) -> str:
        """The subjects that are not read, where one is wanted."""
        return listed(map(repr, self.other_subjects), most=3)

    def remarks(self) -> Iterator[Remark]:
        """Yield what was not understood, and what was decided."""
        for tier, codes in self.unknown.items():
            yield from self._about_unknown(tier, codes)
        for tier in self.no_hand:
            what = f"{tier!r} does not say" if tier else "nothing says"
            text = f"{what} which hand is labelled; name it in a mapping file (tiers, or hand)"
            yield Remark("wrong", "no-side", text)
        if self.two_hands:
            text = f"tier and code name different hands: {listed(self.two_hands, most=3)}"
            yield Remark("wrong", "two-hands", text)
        for tier, count in self.empty.items():
            where = f" on {tier!r}" if tier else ""
            yield Remark("doubtful", "empty-code", f"{_times(count, 'annotation')} without a code{where} left out")
        if self.by_context and not self.mapping.hand:
            hand = self.context.hand or self.context.named_hand
            source = "the manifest" if self.context.hand else "the video's name"
            text = f"neither tier nor code says the hand; the {hand} hand, which {source} names"
            yield Remark("doubtful", "no-side", text)
        if self.described:
            yield Remark("fine", "by-description", f"by the tool's own vocabulary, {listed(self.described)}")
        if self.other_subjects:
            text = f"not read, other subjects: {self.others}"
            yield Remark("fine", "other-subjects", text)

    def _about_unknown(self, tier: str, codes: Counter[str]) -> Iterator[Remark]:
        scheme = self.context.scheme
        if len(codes) > 1 and tier and tier not in self.understood and not side_of(tier):
            text = (
                f"{tier!r} holds {_times(codes.total(), 'annotation')} that are no labels"
                f" ({listed(map(repr, codes), most=3)}); leave it out with tiers: {{{tier}: null}} in a mapping file"
            )
            yield Remark("wrong", "unknown-tier", text)
            return
        where = f" on {tier!r}" if tier else ""
        for code, count in codes.items():
            near = nearest(code.casefold(), [word for word, _ in scheme.words])
            times = f" ({count} times)" if count > 1 else ""
            yield Remark("wrong", "unknown-code", f"{code!r}{where}{times} is no label of {scheme.name!r}{near}")


def _by_name(meanings: Mapping[str, T]) -> dict[str, T]:
    """Return meanings by name, in any case; where two names differ in case alone, each by its own."""
    return {name.strip().casefold(): meaning for name, meaning in meanings.items()} | {
        name.strip(): meaning for name, meaning in meanings.items()
    }


def _key(name: str, meanings: Mapping[str, object]) -> str:
    return name.strip() if name.strip() in meanings else name.strip().casefold()


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count > 1)}"


def _about_times(stretches: Sequence[_Stretch], context: LabelContext) -> list[Remark]:
    """Return what is wrong with the times as a whole."""
    if untimed := [stretch for stretch in stretches if math.isnan(stretch.start_s) or math.isnan(stretch.end_s or 0.0)]:
        text = (
            f"{_times(len(untimed), 'label')} without a time, the first {untimed[0].label!r}; give it one in the tool"
        )
        return [Remark("wrong", "no-time", text)]
    for stretch in stretches:
        if stretch.end_s is not None and stretch.end_s < stretch.start_s:
            text = f"{stretch.label!r} ends at {stretch.end_s:.3f} s, before its start at {stretch.start_s:.3f} s"
            return [Remark("wrong", "backwards", text)]
    times = sorted(
        {time_s for stretch in stretches for time_s in (stretch.start_s, stretch.end_s) if time_s is not None}
    )
    if (
        context.duration_s is None
        and times
        and times[-1] > _LONG_S
        and all(time_s.is_integer() for time_s in map(float, times))
    ):
        text = (
            f"times go up to {times[-1]:,.0f} s and the video's length is not known; are they milliseconds or frames?"
        )
        return [Remark("doubtful", "long", text), *check_times(times, context.extent)]
    return check_times(times, context.extent) if times else []


def _about_segments(timeline: Timeline, context: LabelContext) -> list[Remark]:
    """Return what a reading of the labels says about them: gaps, short labels, labels before the first picture."""
    moved, remarks = cut_to(context.extent, timeline.segments)
    return [*remarks, *check_segments(Timeline(moved), context.extent)]


def _resolved(stretches: list[_Stretch], hand: Hand, context: LabelContext, remarks: list[Remark]) -> Timeline:
    """Make a timeline of one hand's stretches by the rule."""
    ordered = sorted(
        stretches, key=lambda stretch: (stretch.start_s, stretch.start_s if stretch.end_s is None else stretch.end_s)
    )
    starts = sorted({stretch.start_s for stretch in ordered})
    following = dict(zip(starts, [*starts[1:], None], strict=True))
    segments: list[Segment] = []
    cut: list[tuple[float, float]] = []
    empty: list[float] = []
    for stretch in ordered:
        end_s = stretch.end_s if stretch.end_s is not None else following[stretch.start_s]
        if end_s is None:
            end_s = context.extent.end_s
            remarks.append(_open_end(stretch, hand, end_s))
            if end_s is None:
                return Timeline(())
        if end_s <= stretch.start_s:
            empty.append(stretch.start_s)
            continue
        begun = Segment(stretch.start_s, end_s, stretch.label)
        while segments and segments[-1].end_s > begun.start_s:
            last = segments.pop()
            if last.label == begun.label:
                begun = Segment(last.start_s, max(last.end_s, begun.end_s), begun.label)
                continue
            overlap_s = min(last.end_s, begun.end_s) - begun.start_s
            if overlap_s > ROUNDING_S:
                cut.append((begun.start_s, overlap_s))
            if last.start_s < begun.start_s:
                segments.append(replace(last, end_s=begun.start_s))
            else:
                empty.append(last.start_s)
        segments.append(begun)
    if cut:
        total_s = sum(length for _, length in cut)
        text = f"{_times(len(cut), 'overlap')} of labels of the {hand} hand, {total_s:.3f} s in all"
        where = listed([f"{at:.3f} s" for at, _ in cut], most=3)
        remarks.append(Remark("doubtful", "overlap", f"{text}, at {where}; the later start wins"))
    if empty:
        where = listed([f"{at:.3f} s" for at in empty], most=3)
        text = f"{_times(len(empty), 'label')} of the {hand} hand without length left out, at {where}"
        remarks.append(Remark("doubtful", "no-length", text))
    return Timeline(tuple(segments)).merged()


def _open_end(stretch: _Stretch, hand: Hand, end_s: float | None) -> Remark:
    what = f"nothing ends the last label of the {hand} hand, {stretch.label!r}, which starts at {stretch.start_s:.3f} s"
    if end_s is None:
        return Remark("wrong", "open-end", f"{what}, and the video's length is not known; give the dataset with --data")
    return Remark("doubtful", "open-end", f"{what}: it ends with the video at {end_s:.3f} s")
