"""Ids that a spreadsheet or a person has changed between two tables: ``7`` for ``007``, ``s-12`` for ``S12``."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable

_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_BETWEEN = re.compile(r"[\s_.-]+")
_BESIDE_LETTERS = re.compile(r"(?<!\d)_|_(?!\d)")


def id_key(name: str) -> str:
    """Return an id without what programs and people change in it.

    These are leading zeros of its numbers, case, Unicode form, blanks and signs between its parts, and ``.0`` after a
    number. Signs between digits stay apart: ``1-2`` is not ``12``.
    """
    plain = unicodedata.normalize("NFKC", name).strip().casefold().removesuffix(".0")
    return _LEADING_ZEROS.sub("", _BESIDE_LETTERS.sub("", _BETWEEN.sub("_", plain)))


def ids_alike(ids: Iterable[str], known: Collection[str]) -> dict[str, list[str]]:
    """Return each id of a table without a partner in another → the ids there that have its key, in their order.

    Args:
        ids: of one table.
        known: of the other.
    """
    by_key: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(known):
        by_key[id_key(name)].append(name)
    return {name: by_key.get(id_key(name), []) for name in dict.fromkeys(ids) if name not in known}


def near_ids(ids: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Return the id of another table that each id without a partner most likely is: the only one with its key.

    Args:
        ids: of one table.
        known: of the other.

    >>> near_ids(["7", "12"], ["007", "12", "S3"])
    {'7': '007'}
    """
    return {name: alike[0] for name, alike in ids_alike(ids, known).items() if len(alike) == 1}


def near_id_lines(ids: Iterable[str], known: Collection[str], here: str, there: str) -> list[str]:
    """Return one line for each id of a table whose partner in another is written in another way.

    Args:
        ids: of one table.
        known: of the other.
        here: the first table.
        there: the other table.
    """
    return [
        f"{here} has {name!r}, which is not in {there}; that has {near!r}: write both the same way"
        for name, near in near_ids(ids, known).items()
    ]
