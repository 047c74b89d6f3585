"""What models think before they answer, by the markers that their templates put around it.

A thought runs from its opening marker to the next closing one, or to the end where none follows. A closing marker
without an opening one ends a thought that began before the reply: some templates open it in the prompt. Markers of
different models are told from each other only where one text means two things.
"""

from __future__ import annotations

import re

_NAME = r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|rationale|scratchpad|cot)"
_NAMES = rf"(?:(?!no_?think)\w{{1,20}}[:_])?{_NAME}(?:_process)?"
_OPEN_WORD, _CLOSE_WORD = r"(?:begin|start)", r"(?:end|stop)"
_LEFT, _RIGHT = r"(?:<\|?|\[|◁|⟨|&lt;)", r"(?:\|?>|\]|▷|⟩|&gt;)"


def _tag(name: str) -> str:
    return rf"{_LEFT}\s*{name}(?:\s[^<>\[\]]{{0,200}})?\s*{_RIGHT}"


_CLOSE = "|".join(
    (
        _tag(rf"/\s*{_NAMES}"),
        r"</think(?:ing)?(?=\s|\Z)",
        r"(?<![<\w])/think(?:ing)?>",
        _tag(rf"{_CLOSE_WORD}_(?:of_)?{_NAMES}"),
        _tag(rf"{_NAMES}_{_CLOSE_WORD}"),
        r"<\|channel\|>\s*final\b[^<]{0,200}<\|message\|>",
        r"assistantfinal",
        r"<channel\|>",
        r"<unused95>",
        r"<\|inner_suffix\|>",
        r"</details>",
        r"\.\.\.\s?done thinking\.",
        r"\bhere(?:'s| is) my (?:final )?(?:response|answer)\s*:",
    )
)
_OPEN = "|".join(
    (
        _tag(_NAMES),
        r"<think(?:ing)?(?=\s|\Z)",
        r"\A\s*think(?:ing)?>",
        _tag(rf"{_OPEN_WORD}_(?:of_)?{_NAMES}"),
        _tag(rf"{_NAMES}_{_OPEN_WORD}"),
        r"<\|channel\|>\s*(?:analysis|commentary)\b[^<]{0,200}(?:<\|message\|>)?",
        r"\A\s*analysis(?-i:(?=[A-Z]))",
        r"<\|channel>\s*thoughts?\b",
        r"<unused94>\s*thought\b",
        r"<\|inner_prefix\|>",
        r"<details\b[^<>]{0,200}>",
        r"\A\s*thinking\.\.\.",
        r"\bhere(?:'s| is) my (?:thought|thinking|reasoning) process\s*:",
    )
)
_MARKERS = re.compile(
    rf"(?P<close>{_CLOSE})|(?P<fence>```(?:think(?:ing)?|thoughts?|reasoning)\b)|(?P<open>{_OPEN})"
    r"|(?P<end><\|end\|>)|(?P<fenced>```)",
    re.IGNORECASE,
)

_BOXES = (
    r"(?:final[_ ]?)?(?:answer|solution|conclusion|response|output|result)",
    r"final",
)
_BOX = rf"(?:{'|'.join(_BOXES)})"
_BOX_OPEN = re.compile(
    rf"<\|?\s*(?:(?:begin|start)_(?:of_)?)?(?:{_BOX}|box)\s*\|?>|\[(?:final[_ ])?answer\](?!\()", re.IGNORECASE
)
_BOX_CLOSE = re.compile(rf"<\|?\s*(?:/|end_(?:of_)?)(?:{_BOX}|box)\s*\|?>|\[/(?:final[_ ])?answer\]", re.IGNORECASE)
_TEX_BOX = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)(?:\}|\Z)")


def without_thoughts(text: str) -> str:
    """Return a reply without what its model thought before it answered."""
    kept: list[str] = []
    opened_by: str | None = None
    place = 0
    for marker in _MARKERS.finditer(text):
        form = str(marker.lastgroup)
        if form == "fenced" and opened_by != "fence":
            continue
        if opened_by is None and form != "end":
            kept = [] if form == "close" else [*kept, text[place : marker.start()]]
            opened_by = None if form == "close" else form
            place = marker.end()
        elif opened_by is not None and form in ("close", "end", "fenced"):
            opened_by, place = None, marker.end()
    if opened_by is None:
        kept.append(text[place:])
    return "".join(kept)


def answer_in(text: str) -> str | None:
    r"""Return what stands in the last marks of an answer, as ``<answer>`` or ``\boxed{}``; None without any."""
    starts = [mark.end() for mark in _BOX_OPEN.finditer(text)]
    for start in reversed(starts):
        end = _BOX_CLOSE.search(text, start)
        inside = text[start : end.start() if end else len(text)]
        if inside.strip():
            return inside
    boxes = [inside for inside in _TEX_BOX.findall(text) if inside.strip()]
    return boxes[-1] if boxes else None


def thinks_by(template: str) -> bool:
    """Return whether a chat template has markers of thoughts, so that a model with it may think before it answers."""
    return any(marker.lastgroup in ("open", "close") for marker in _MARKERS.finditer(template))
