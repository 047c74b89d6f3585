"""What is asked about every window: questions that differ in one aspect of the same hand."""

from __future__ import annotations

_ASPECTS = (
    "move",
    "hold an object",
    "touch the table",
    "rise",
    "turn",
    "open",
    "rest",
    "reach for something",
    "let something go",
    "come to the mouth",
)


def questions(count: int) -> tuple[str, ...]:
    """Return up to ten questions with the answers yes and no."""
    begin = "Look at the patient's left hand in these frames and at nothing else."
    return tuple(f"{begin} Does it {aspect}? Reply with YES or NO." for aspect in _ASPECTS[:count])
