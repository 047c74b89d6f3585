"""Which videos of runs are shown: those of some patients, of some activities, from some cameras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.runs.data_frames.columns import TableName

_MOST_LISTED = 30


@dataclass(frozen=True, slots=True)
class VideoFilter:
    """The videos that are shown; a field without words lets every video through. Upper and lower case are one.

    Attributes:
        patients: who was filmed.
        activities: activities, or a recording's own labels with their side.
        views: cameras.
    """

    patients: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    views: tuple[str, ...] = ()

    @classmethod
    def of_words(
        cls, patients: Iterable[str] = (), activities: Iterable[str] = (), views: Iterable[str] = ()
    ) -> VideoFilter:
        """Return the filter of words as they are typed, each of which may be several, separated by commas."""
        return cls(*(_taken_apart(words) for words in (patients, activities, views)))

    def __bool__(self) -> bool:
        return bool(self.patients or self.activities or self.views)

    @property
    def described(self) -> str:
        """What is shown, for a caption, as in ``only patients P01, P02, view 1``; empty where every video is."""
        named = (("patient", "patients", self.patients), ("activity", "activities", self.activities))
        parts = [
            f"{several if len(words) > 1 else one} {listed(words, most=_MOST_LISTED)}"
            for one, several, words in (*named, ("view", "views", self.views))
            if words
        ]
        return f"only {', '.join(parts)}" if parts else ""

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the videos that are shown, of a data frame that says whose each row is."""
        kept = pd.Series(data=True, index=table.index)
        for _, words, columns in self._by_columns:
            if words:
                wanted = [word.casefold() for word in words]
                kept &= pd.concat([_folded(table[column]).isin(wanted) for column in columns], axis=1).any(axis=1)
        rows: pd.DataFrame = table[kept]
        return rows

    def shown(self, tables: Mapping[TableName, pd.DataFrame]) -> dict[TableName, pd.DataFrame]:
        """Return what `rows` leaves of several tables.

        Raises:
            UserError: a word is of no video in any of them, or nothing is left of all.
        """
        for option, words, columns in self._by_columns:
            known = {
                str(name) for table in tables.values() for column in columns for name in table[column].dropna().unique()
            }
            folded = {name.casefold() for name in known}
            for word in words:
                if word.casefold() not in folded:
                    raise UserError(f"{option} {word}: no video among those given is of it{those_known(word, known)}")
        kept = {name: self.rows(table) for name, table in tables.items()}
        if all(table.empty for table in kept.values()):
            raise UserError(f"no video among those given is left: {self.described}; ask for less at once")
        return kept

    @property
    def _by_columns(self) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
        """Option, its words, and the columns that may have them."""
        return (
            ("--patient", self.patients, ("patient",)),
            ("--activity", self.activities, ("activity", "label")),
            ("--view", self.views, ("view",)),
        )


EVERY_VIDEO = VideoFilter()
"""The filter that leaves nothing out."""


def those_known(word: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest one, and what there is."""
    there = sorted(set(known))
    if not there:
        return "; there is none with such a name"
    near = nearest(word, there)
    return near + f" (there are {listed(there, most=_MOST_LISTED)})" * ("did you mean" in near)


def _folded(column: pd.Series[str]) -> pd.Series[str]:
    return column.astype(str).str.casefold()


def _taken_apart(words: Iterable[str]) -> tuple[str, ...]:
    parts = (part.strip() for word in words for part in word.split(","))
    return tuple(dict.fromkeys(filter(None, parts)))
