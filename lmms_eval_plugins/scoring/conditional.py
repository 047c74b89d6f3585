"""Conditional prompting: questions that tell what the hand did in the window before, and ask if that has changed."""

from __future__ import annotations

from collections.abc import Iterable


def walk_changes(changes: Iterable[tuple[bool | None, bool | None]]) -> list[bool | None]:
    """The state of a two-state thing in each window, from both versions of the question about each.

    Of a window's two answers only the one counts that was asked about the state before; so what comes out is what
    asking only that one, after the window before was known, would have given. Without it the window's state is None,
    and the next one is asked about the last state that was known.

    Args:
        changes: per window, whether it changes if it was off before, and whether it changes if it was on before; None
            where there is no answer that can be read. It is off before the first window.
    """
    state = False
    states: list[bool | None] = []
    for if_off, if_on in changes:
        changed = if_on if state else if_off
        state = state != bool(changed)
        states.append(None if changed is None else state)
    return states
