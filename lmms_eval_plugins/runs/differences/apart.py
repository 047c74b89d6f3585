"""What tells several runs from each other: the settings in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NOT_SET = "not set"

_MOST = 3
"""So many settings stand in a name."""


def differing_names(runs: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the names of the settings that are not the same in all of some runs, in the order of the settings.

    >>> differing_names([{"fps": "15", "frames": "4"}, {"fps": "15", "frames": "8", "seed": "1"}])
    ['frames', 'seed']
    """
    names = dict.fromkeys(name for run in runs for name in run)
    return [name for name in names if len({run.get(name) for run in runs}) > 1]


def told_apart(runs: Sequence[Mapping[str, str]]) -> list[str]:
    """Return what is to be added to the name of each of some runs, so that it says in what they differ.

    Empty where nothing is known to differ. Runs with the same settings have the same words.

    >>> told_apart([{"fps": "15", "frames": "4"}, {"fps": "15", "frames": "8"}])
    [' (frames=4)', ' (frames=8)']
    """
    names = differing_names(runs)
    if not names:
        return [""] * len(runs)
    more = f", and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return [f" ({', '.join(_word(name, run.get(name)) for name in names[:_MOST])}{more})" for run in runs]


def _word(name: str, value: str | None) -> str:
    return f"{name} {NOT_SET}" if value is None else f"{name}={value}"
