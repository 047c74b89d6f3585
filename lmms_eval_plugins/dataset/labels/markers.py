"""Markers of a label file: the side, the label and the start or stop that each of them names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from rapidfuzz.distance import OSA

from lmms_eval_plugins.core.errors import nearest
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.vocabulary import Hand

_SIDES: tuple[tuple[str, Hand], ...] = (("l_", "left"), ("r_", "right"))
_LEFT: Hand = "left"
_RIGHT: Hand = "right"
_SIDE_WORDS = {
    **dict.fromkeys(("l", "lh", "lt", "lue", "left"), _LEFT),
    **dict.fromkeys(("r", "rh", "rt", "rue", "right"), _RIGHT),
}
_LIMBS = frozenset({"hand", "arm", "side", "limb", "wrist"})
_STARTS = frozenset({"start", "starts", "started", "begin", "begins", "on", "onset"})
_STOPS = frozenset({"stop", "stops", "stopped", "end", "ends", "ended", "off", "offset", "finish", "finished"})
_BEFORE_A_PLACE = frozenset({"to", "at", "the", "of", "until", "till", "before", "near", "in", "on"})
"""Words after which ``end`` is a place (``transport to end``)."""
_NO_MISSPELT_STOP = frozenset({"step", "shop", "slop"})
_NEGATIONS = frozenset({"no", "not", "non", "without"})
_OF_THE_RECORDING = frozenset({"of", "the", "trial", "recording", "video", "task", "activity", "session", "label"})
_ENDINGS = ("", "s", "es", "d", "ed", "ing", "ion", "ation", "ment", "er", "al")
"""What may follow a word, or a word without its last e, in another form of it."""

_SHORT_WORD = 5
"""A misspelling of words up to this length starts with the word's first letter (`test` is no `rest`)."""
_LONG_WORD = 8
"""Words from this length on may have two errors."""
_ABBREVIATION = 4
"""Letters of an abbreviation that stands for the one word that begins with it."""

_BETWEEN_MARKERS = re.compile(r"\s*[;,|/+&\n]\s*|\s+and\s+", re.IGNORECASE)
_BEFORE_A_SIDE = re.compile(r"\s+(?=[lr]_)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=^[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Marker:
    """What a marker names.

    Attributes:
        side: the hand; None where it names none.
        has_mark: whether the side stands as ``l_``/``r_``, which counts for the labelled hand whatever follows.
        label: the label; None where it names none.
        is_stop: whether it ends a label, not starts one.
        is_plain: whether it is a word of the scheme alone, behind its side.
        doubt: why the reading is doubtful, to stand behind the marker (``is read as 'reach'``); empty if it is clear.
        near: the labels that an unknown marker is equally near to, where they are several.
        hint: the end of a message about an unknown marker: its nearest label.
    """

    side: Hand | None = None
    has_mark: bool = False
    label: str | None = None
    is_stop: bool = False
    is_plain: bool = False
    doubt: str = ""
    near: tuple[str, ...] = ()
    hint: str = ""

    @property
    def is_event(self) -> bool:
        """Whether it starts or stops something."""
        return self.label is not None or self.is_stop

    @property
    def is_start(self) -> bool:
        """Whether it starts a label."""
        return self.label is not None and not self.is_stop


def markers_in(text: str, scheme: Scheme) -> list[str]:
    """Return the markers in a cell: two where it names a label of each hand (``r_reach; l_idle``), else the cell."""
    for between in (_BETWEEN_MARKERS, _BEFORE_A_SIDE):
        parts = [part for part in between.split(text) if part]
        if len(parts) == len(_SIDES):
            read = [read_marker(part, scheme) for part in parts]
            if {one.side for one in read} == {_LEFT, _RIGHT} and all(one.label and not one.doubt for one in read):
                return parts
    return [text]


def side_of(marker: str) -> Hand | None:
    """Return the side that a marker names: ``l_reach``, ``begin_l_reach``, ``left reach``, ``Reach (L)``, …; else None.

    A prefix ``l_``/``r_`` comes before an infix ``_l_``/``_r_``, and both before words at its ends.
    """
    marker = unicodedata.normalize("NFKC", marker)
    return _marked_side(marker) or _worded_side(_tokens(marker))[0]


def read_marker(text: str, scheme: Scheme) -> Marker:
    """Read a marker by the words of a scheme.

    A word inside the marker names its label, by the scheme's order where there are several, as in the study; a longer
    word that holds it comes before it (``no use`` before ``use``). Where no word is inside, other forms of a word, one
    or two typing errors and abbreviations are read if only one label fits.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    marked = _marked_side(text)
    side, tokens = _worded_side(_tokens(text))
    marker = Marker(marked or side, marked is not None)
    if exact := _exact(text, scheme):
        return replace(marker, label=exact[0], is_stop=exact[1], is_plain=True)
    body, edges = _without_edges(tokens, {word for word, _ in scheme.words})
    label, doubt, glued = _contained(text.lower(), tokens, scheme)
    if label:
        if marker.side is None and (fused := _fused_side(tokens, scheme)):
            marker, doubt = replace(marker, side=fused), f"is read as the {fused} hand's {label!r}"
        doubt = doubt or edges.doubt(label)
        if edges.is_stop and not doubt and len(body) > len(label.split()):
            doubt = f"is read as the stop of {label!r}"
        return replace(marker, label=label, is_stop=edges.is_stop or glued, doubt=doubt)
    if edges.is_stop and _OF_THE_RECORDING.issuperset(body):
        return replace(marker, is_stop=True)
    if not body and edges.is_start:
        return marker
    candidates = _alike(body, scheme)
    if len(candidates) == 1:
        doubt = edges.doubt(candidates[0]) or f"is read as {candidates[0]!r}"
        return replace(marker, label=candidates[0], is_stop=edges.is_stop, doubt=doubt)
    return replace(marker, near=candidates, hint=nearest(" ".join(body), (word for word, _ in scheme.words)))


def hand_in_name(name: str) -> Hand | None:
    """Return the hand that a video's name speaks of (``P1_shelf left side1``); None for none, both or a camera's."""
    tokens = _tokens(name)
    found: set[Hand] = set()
    for at, token in enumerate(tokens):
        bare = _without_limb(token)
        around = {*tokens[max(at - 1, 0) : at], *tokens[at + 1 : at + 2]}
        if bare in ("left", "right") and not around & {"cam", "camera", "view", "front"}:
            found.add(_SIDE_WORDS[bare])
    return found.pop() if len(found) == 1 else None


def _marked_side(marker: str) -> Hand | None:
    marker = marker.strip().lower()
    for mark, hand in _SIDES:
        if marker.startswith(mark):
            return hand
    for mark, hand in _SIDES:
        if f"_{mark}" in marker:
            return hand
    return None


def _tokens(marker: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(_CAMEL.sub(" ", marker))]


def _without_limb(token: str) -> str:
    """Return a word without a limb at its end: ``lefthand`` → ``left``."""
    return next((token.removesuffix(limb) for limb in _LIMBS if token.endswith(limb)), token)


def _worded_side(tokens: list[str]) -> tuple[Hand | None, list[str]]:
    """Return the side that words at the ends name (or ``left``/``right`` anywhere), and the other tokens."""
    found: dict[int, Hand] = {}
    outer = [at for at, token in enumerate(tokens) if token not in _STARTS | _STOPS | _LIMBS]
    ends = {*_run_of_sides(tokens, outer), *_run_of_sides(tokens, outer[::-1])}
    for at, token in enumerate(tokens):
        bare = _without_limb(token)
        if bare in _SIDE_WORDS and (len(bare) > 2 or at in ends):
            found[at] = _SIDE_WORDS[bare]
    rest = [
        token
        for at, token in enumerate(tokens)
        if at not in found and not (token in _LIMBS and {at - 1, at - 2} & found.keys())
    ]
    return next(iter(found.values())) if len(set(found.values())) == 1 else None, rest


def _run_of_sides(tokens: Sequence[str], places: Sequence[int]) -> Iterator[int]:
    """Yield the places up to the first that names no side; ``L/R reach`` names both there."""
    yield from places[:1]
    yield from takewhile(lambda at: tokens[at] in _SIDE_WORDS, places)


def _exact(text: str, scheme: Scheme) -> tuple[str, bool] | None:
    """Return label and whether it is a stop where the marker is what `write_labels` writes."""
    body = text.lower()
    body = body[2:] if body[:2] in ("l_", "r_") else body
    by_word = dict(scheme.words)
    if body in by_word:
        return by_word[body], False
    start, _, last = body.rpartition(" ")
    return (by_word[start], True) if last == "stop" and start in by_word else None


@dataclass(frozen=True, slots=True)
class _Edges:
    """What the words at the ends of a marker say: a stop, a start, a misspelt stop, an end that is a place."""

    is_stop: bool = False
    is_start: bool = False
    is_misspelt: bool = False
    is_place: bool = False

    def doubt(self, label: str) -> str:
        if self.is_misspelt:
            return f"is read as the stop of {label!r}"
        return f"is read as the start of {label!r}" if self.is_place and not self.is_stop else ""


def _without_edges(tokens: Sequence[str], words: set[str]) -> tuple[list[str], _Edges]:
    """Return the tokens without start and stop words at the ends, and what these say."""
    body, edges = list(tokens), _Edges()
    for end in (-1, 0):
        if not body or body[end] in words:
            continue
        word = body[end]
        if word in _STOPS and end == -1 and len(body) > 1 and body[-2] in _BEFORE_A_PLACE:
            edges = replace(edges, is_place=True)
        elif word in _STOPS:
            del body[end]
            edges = replace(edges, is_stop=True)
        elif word in _STARTS:
            del body[end]
            edges = replace(edges, is_start=True)
        elif end == -1 and len(body) > 1 and word not in _NO_MISSPELT_STOP and OSA.distance(word, "stop") == 1:
            del body[end]
            edges = replace(edges, is_stop=True, is_misspelt=True)
    return body, edges


def _fused_side(tokens: Sequence[str], scheme: Scheme) -> Hand | None:
    """Return the side of ``rreach``: a letter before a word of the scheme, without a space."""
    words = {word for word, _ in scheme.words}
    return next((_SIDE_WORDS[t[0]] for t in tokens if t[:1] in ("l", "r") and t[1:] in words and t not in words), None)


def _contained(text: str, tokens: Sequence[str], scheme: Scheme) -> tuple[str | None, str, bool]:
    """Return the label whose word stands in a marker, a doubt about it, and whether a stop is glued to the word."""
    spaced, phrase = " ".join(re.split(r"[\W_]+", text)), " ".join(tokens)
    found = [
        (word, label)
        for word, label in scheme.words
        if (word in text or word in spaced if len(word) > 2 else word in spaced.split())
        or (" " in word and word in phrase)
    ]
    if not found:
        return None, "", False
    word, label = max((one for one in found if found[0][0] in one[0]), key=lambda one: len(one[0]))
    glued = any(token.removeprefix(word) in _STOPS for token in tokens if token.startswith(word))
    others = [other for part, other in found if other != label and part not in word]
    if others:
        return label, f"names {label!r} and {others[0]!r} and is read as {label!r}", glued
    if _NEGATIONS.intersection(tokens).difference(word.split()):
        return label, f"is read as {label!r} although it says no", glued
    plain = {word + ending for ending in (*_ENDINGS, *_STARTS, *_STOPS)} | set(_forms(word))
    if " " not in word and not plain.intersection(tokens) and not plain.intersection(re.split(r"[\W_\d]+", text)):
        return label, f"is read as {label!r} because {word!r} stands in it", glued
    return label, "", glued


def _forms(word: str) -> Iterator[str]:
    stem = word.removesuffix("e")
    for ending in _ENDINGS[1:]:
        yield word + ending
        yield stem + ending


def _alike(body: Sequence[str], scheme: Scheme) -> tuple[str, ...]:
    """Return the labels that the words of a marker are a form, a misspelling or an abbreviation of."""
    candidates = dict.fromkeys((*body, "".join(body)))
    forms = {label for word, label in scheme.words for form in _forms(word) if form in candidates and form != word}
    if forms:
        return tuple(sorted(forms))
    distances: dict[str, int] = {}
    for word, label in scheme.words:
        most = 2 if len(word) >= _LONG_WORD else 1
        for candidate in candidates:
            if len(word) < _ABBREVIATION or (len(word) <= _SHORT_WORD and candidate[:1] != word[:1]):
                continue
            distance = OSA.distance(candidate, word.replace(" ", ""), score_cutoff=most)
            if distance <= most:
                distances[label] = min(distance, distances.get(label, distance))
    if distances:
        least = min(distances.values())
        return tuple(label for label, distance in distances.items() if distance == least)
    begun = dict.fromkeys(
        label for word, label in scheme.words for candidate in body if len(candidate) > 1 and word.startswith(candidate)
    )
    longest = max(map(len, body), default=0)
    return tuple(begun) if len(begun) > 1 or longest >= _ABBREVIATION else ()
