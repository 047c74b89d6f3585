"""Runs whose models were shown changed frames: beside which others they are shown, and what that does to answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.page.data.overview import PagePerturbed, PageTable, PageTableSection
from lmms_eval_plugins.reports.page.runs import perturbation_of
from lmms_eval_plugins.reports.tables.chosen import Record
from lmms_eval_plugins.reports.tables.formats.cells import cell_texts
from lmms_eval_plugins.reports.tables.formats.shown import without_empty
from lmms_eval_plugins.reports.tables.sees.gathered import but_for_frames, gathered_perturbed
from lmms_eval_plugins.reports.tables.sees.make import sees_tables
from lmms_eval_plugins.reports.tables.table import Table
from lmms_eval_plugins.runs.data_frames.load import LoadedTables, Paths
from lmms_eval_plugins.video.perturb import IN_WORDS


def page_perturbed(rows: Sequence[Record], names: Sequence[str]) -> tuple[PagePerturbed, ...]:
    """Return the perturbed runs of a report with those that differ from them in nothing else, as is first.

    Args:
        rows: of the runs table.
        names: what the runs are called on the page.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(but_for_frames(row), []).append(place)
    found = []
    for places in groups.values():
        ordered = sorted(places, key=lambda place: _ORDER[perturbation_of(rows[place])])
        how = perturbation_of(rows[ordered[-1]])
        if how is not None:
            as_is = perturbation_of(rows[ordered[0]]) is None
            found.append(
                PagePerturbed(names[ordered[0]] if as_is else _without(names[ordered[-1]], how), tuple(ordered))
            )
    return tuple(found)


_ORDER: Mapping[str | None, int] = {how: place for place, how in enumerate((None, *IN_WORDS))}


def _without(name: str, how: str) -> str:
    """Return a run's name without the word on its frames, which stands in brackets behind the model's."""
    return name.replace(f" [{how}]", "").replace(f", {how}]", "]").replace(f"[{how}, ", "[")


def in_words(rows: Iterable[Record]) -> Mapping[str, str]:
    """Return what was done to the frames of runs: name of the perturbation → words, in the order of perturbations."""
    there = {perturbation_of(row) for row in rows}
    return {how: words for how, words in IN_WORDS.items() if how in there}


def seen_tables(paths: Paths, loaded: LoadedTables | None) -> tuple[tuple[PageTable, ...], tuple[str, ...]]:
    """Return what answers are worth under perturbed frames, and a line about each run of which that is not known.

    Args:
        paths: of the runs, among them perturbed ones.
        loaded: their tables, where they are read already.
    """
    try:
        seen = gathered_perturbed(paths, split_runs=True, loaded=loaded)
        return page_tables(sees_tables(seen)), seen.errors
    except UserError as error:
        return (), (str(error),)


def page_tables(tables: Sequence[Table]) -> tuple[PageTable, ...]:
    """Return tables for the page, as a reader sees them in a terminal."""
    return tuple(
        PageTable(
            name=table.name,
            title=table.title,
            columns=tuple(column.heading for column in table.columns),
            sections=tuple(
                PageTableSection(title, tuple(map(tuple, rows)))
                for title, rows in cell_texts(table, lambda text, mark: text)
            ),
            notes=table.notes,
            remarks=table.remarks,
        )
        for table in without_empty(tables)
    )
