"""ELAN annotation documents (``.eaf``), read and written through pympi.

Times are milliseconds from the media's time origin: a document's time plus a medium's ``TIME_ORIGIN`` is the time on
that medium's own clock, so that each linked video gets annotations of its own.
"""

from __future__ import annotations

import math
import mimetypes
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, Annotation, RatedVideo
from lmms_eval_plugins.dataset.labels.formats.contents import MOST_ANNOTATIONS, LabelContent, media_name
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.domain.scheme import Scheme

_UNIT_S = {"milliseconds": 0.001, "PAL-frames": 1 / 25, "NTSC-frames": 1001 / 30000}
_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"

Span = tuple[float | None, float | None]
"""Start and end of an annotation in the document's unit; None where the document has no value."""


def is_elan(content: LabelContent) -> bool:
    """Return whether a file is an ELAN document."""
    return content.xml is not None and content.xml.tag == "ANNOTATION_DOCUMENT"


def read_elan(content: LabelContent) -> list[AnnotatedVideo]:
    """Read an ELAN document: one video per linked video, for each annotator of parallel tiers.

    Annotations of dependent tiers have the time of those that they refer to, divided evenly where several refer to
    one; times that ELAN leaves open lie evenly between their neighbours.

    Raises:
        UserError: pympi cannot read it, it has too many annotations, or its unit of time is not known.
    """
    document = _parsed(content)
    unit = document.header.get("TIME_UNITS", "milliseconds")
    if unit not in _UNIT_S:
        raise UserError(f"{content.path}: times in {unit!r}; save it in ELAN with milliseconds")
    spans, remarks = _spans(document)
    media = _videos(document)
    videos = []
    for rater, tiers in _by_rater(document).items():
        for name, origin_ms in media:
            annotations = [
                Annotation(_placed(start, unit, origin_ms), _placed(end, unit, origin_ms), code, tier)
                for tier_id, tier in tiers.items()
                for code, (start, end) in _values(document, tier_id, spans)
            ]
            annotations.sort(key=lambda annotation: (math.isnan(annotation.start_s), annotation.start_s))
            videos.append(
                AnnotatedVideo(
                    name, tuple(annotations), rater=rater, meanings=_meanings(document), remarks=tuple(remarks)
                )
            )
    return videos


def _placed(time: float | None, unit: str, origin_ms: float) -> float:
    """Return a time in seconds on a medium's clock; NaN where the document has none."""
    return math.nan if time is None else round(time * _UNIT_S[unit] + origin_ms / 1000, 6)


def _parsed(content: LabelContent) -> Any:  # Any: pympi has no types
    from pympi.Elan import Eaf, parse_eaf

    root = content.xml
    assert root is not None
    if sum(1 for _ in root.iter("ANNOTATION")) > MOST_ANNOTATIONS:
        raise UserError(f"{content.path}: more than {MOST_ANNOTATIONS:,} annotations")
    document = Eaf()
    for held in (document.tiers, document.linguistic_types, document.constraints):
        held.clear()
    document.adocument[_SCHEMA] = ""
    try:
        parse_eaf(str(content.path), document, True)
    except Exception as error:  # pympi raises KeyError, IndexError, ValueError and bare Exception
        what = f"{type(error).__name__}: {error}"
        raise UserError(
            f"{content.path}: not an ELAN document that can be read ({what}); open and save it in ELAN"
        ) from None
    return document


def _videos(document: Any) -> list[tuple[str, float]]:
    """Return file name and time origin in milliseconds of the linked videos; of all media where none is a video."""
    media = [
        (
            media_name(medium.get("MEDIA_URL") or medium.get("RELATIVE_MEDIA_URL") or ""),
            float(medium.get("TIME_ORIGIN") or 0),
            str(medium.get("MIME_TYPE") or ""),
        )
        for medium in document.media_descriptors
    ]
    videos = [
        (name, origin)
        for name, origin, kind in media
        if kind.startswith("video") or (mimetypes.guess_type(name)[0] or "").startswith("video")
    ]
    return videos or [(name, origin) for name, origin, _ in media][:1] or [("", 0.0)]


def _by_rater(document: Any) -> Mapping[str, Mapping[str, str]]:
    """Return rater → id of a tier → its name without the rater.

    Annotators are raters of their own where tiers of two of them have the same name but for theirs.
    """
    annotators = {tier: str(parts[2].get("ANNOTATOR") or "").strip() for tier, parts in document.tiers.items()}
    bare = {tier: without_rater(tier, annotator) for tier, annotator in annotators.items()}
    names = [bare[tier] for tier in annotators if document.tiers[tier][0] or document.tiers[tier][1]]
    if len(set(annotators.values())) < 2 or len(set(names)) == len(names):
        return {"": {tier: tier for tier in annotators}}
    raters = dict.fromkeys(annotators.values())
    return {rater: {tier: bare[tier] for tier in bare if annotators[tier] == rater} for rater in raters}


def without_rater(name: str, rater: str) -> str:
    """Return a name without the rater in it and the marks around that: ``right (AB)`` → ``right``."""
    if not rater or rater not in name or rater == name:
        return name
    return " ".join(part.strip(" -_()[]@:.,") for part in name.split(rater)).strip() or name


def _spans(document: Any) -> tuple[Mapping[str, Span], list[Remark]]:
    """Return the span of every annotation by its id, and which tiers have annotations without times of their own."""
    spans: dict[str, Span] = {}
    filled: Counter[str] = Counter()
    for tier, (aligned, _, _, _) in document.tiers.items():
        slots = _filled(document, aligned)
        for name, (first, last, _, _) in aligned.items():
            spans[name] = (slots.get(first), slots.get(last))
            filled[tier] += None in (document.timeslots.get(first), document.timeslots.get(last))
    waiting = {name: refs for _, refs, _, _ in document.tiers.values() for name, refs in _groups(refs).items()}
    while ready := [name for name in waiting if name in spans]:
        for name in ready:
            spans |= _divided(spans[name], waiting.pop(name))
    text = "annotation(s) without times of their own lie evenly between their neighbours"
    return spans, [Remark("fine", "no-time", f"{n} {text} on {tier!r}") for tier, n in filled.items() if n]


def _filled(document: Any, aligned: Mapping[str, tuple[str, str, str, object]]) -> dict[str, float | None]:
    """Return the times of a tier's slots; those without a value lie evenly between the slots that have one."""
    order = {slot: place for place, slot in enumerate(document.timeslots)}
    slots = sorted(
        {slot for first, last, _, _ in aligned.values() for slot in (first, last)}, key=lambda s: order.get(s, 0)
    )
    times: dict[str, float | None] = {slot: document.timeslots.get(slot) for slot in slots}
    known = [place for place, slot in enumerate(slots) if times[slot] is not None]
    for before, after in pairwise(known):
        start, end = times[slots[before]], times[slots[after]]
        if start is not None and end is not None:
            for place in range(before + 1, after):
                times[slots[place]] = start + (end - start) * (place - before) / (after - before)
    return times


def _groups(refs: Mapping[str, tuple[str, str, str | None, object]]) -> dict[str, list[str]]:
    """Return the annotations that refer to each one, in their order by ``PREVIOUS_ANNOTATION``."""
    groups: dict[str, list[str]] = {}
    followed = {previous for _, _, previous, _ in refs.values() if previous}
    by_previous = {previous: name for name, (_, _, previous, _) in refs.items() if previous}
    for name, (parent, _, previous, _) in refs.items():
        if previous:
            continue
        chain = groups.setdefault(parent, [])
        chain.append(name)
        while name in followed and by_previous[name] not in chain:
            name = by_previous[name]
            chain.append(name)
    placed = {name for chain in groups.values() for name in chain}
    for name, (parent, _, _, _) in refs.items():
        if name not in placed:
            groups.setdefault(parent, []).append(name)
    return groups


def _divided(span: Span, names: Sequence[str]) -> dict[str, Span]:
    start, end = span
    if start is None or end is None:
        return dict.fromkeys(names, (None, None))
    step = (end - start) / len(names)
    return {name: (start + step * place, start + step * (place + 1)) for place, name in enumerate(names)}


def _values(document: Any, tier: str, spans: Mapping[str, Span]) -> list[tuple[str, Span]]:
    aligned, refs, _, _ = document.tiers[tier]
    texts = {
        **{name: annotation[2] for name, annotation in aligned.items()},
        **{name: annotation[1] for name, annotation in refs.items()},
    }
    return [(str(text).strip(), spans.get(name, (None, None))) for name, text in texts.items()]


def _meanings(document: Any) -> Mapping[str, str]:
    """Return what controlled vocabularies say about their values."""
    return {
        str(text).strip(): str(about).strip()
        for _, entries, _ in document.controlled_vocabularies.values()
        for values, _ in entries.values()
        for text, _, about in values
        if text and about
    }


def elan_text(videos: Sequence[RatedVideo], scheme: Scheme) -> str:
    """Return the ELAN document of one video: a tier per hand and rater, with the scheme as controlled vocabulary.

    Times are rounded to milliseconds; a segment that is shorter is left out.

    Args:
        videos: the raters' labels of one video.
        scheme: its labels are offered for editing.
    """
    from pympi.Elan import Eaf, to_string

    first = videos[0]
    document = Eaf(author="strokerehab")
    document.remove_tier("default")
    document.linguistic_types.clear()
    document.add_language("und", "http://cdb.iso.org/lg/CDB-00130975-001", "undetermined (und)")
    document.add_controlled_vocabulary(scheme.name)
    document.add_cv_description(scheme.name, "und")
    used = (segment.label for video in videos for one in video.hands.values() for segment in one.segments)
    for number, name in enumerate(dict.fromkeys((*scheme.names, *used))):
        document.add_cv_entry(scheme.name, f"cveid_{number}", [(name, "und", None)])
    kind = {"TIME_ALIGNABLE": "true", "GRAPHIC_REFERENCES": "false", "CONTROLLED_VOCABULARY_REF": scheme.name}
    document.add_linguistic_type("label", param_dict={"LINGUISTIC_TYPE_ID": "label", **kind})
    path = Path(first.media)
    document.add_linked_file(
        path.as_uri() if path.is_absolute() else f"./{first.media_name}",
        relpath=f"./{first.media_name}",
        mimetype=mimetypes.guess_type(first.media_name)[0] or "video/mp4",
    )
    for video in videos:
        for hand, timeline in video.hands.items():
            tier = f"{hand} hand ({video.rater})" if video.rater else f"{hand} hand"
            document.add_tier(tier, ling="label", ann=video.rater or None)
            for segment in timeline.segments:
                start_ms, end_ms = round(segment.start_s * 1000), round(segment.end_s * 1000)
                if 0 <= start_ms < end_ms:
                    document.add_annotation(tier, start_ms, end_ms, segment.label)
    _order_slots(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + str(to_string(document)) + "\n"


def _order_slots(document: Any) -> None:
    """Number the time slots in the order of their times, which pympi gives in the order of annotations."""
    ordered = sorted(document.timeslots, key=lambda slot: (document.timeslots[slot], int(slot.removeprefix("ts"))))
    names = {slot: f"ts{place}" for place, slot in enumerate(ordered, start=1)}
    document.timeslots = {names[slot]: document.timeslots[slot] for slot in ordered}
    for aligned, _, _, _ in document.tiers.values():
        for name, (first, last, value, graphic) in aligned.items():
            aligned[name] = (names[first], names[last], value, graphic)
