"""The one video of each run that moves its mean counting error most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lmms_eval_plugins.reports.tables.part import PRIMARY, Part, true_counts, with_failures
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value


def influence_table(name: str, parts: Sequence[Part]) -> Table:
    """Make the table of counting errors with and without one video, and of the places that runs have by them."""
    columns = (
        *(Column("model"), Column("video"), Column("true labels")),
        *(Column("RCE", 3), Column("without it", 3), Column("place"), Column("place without it")),
    )
    notes = (
        "Video: the one whose leaving out changes the run's mean RCE most, and how many labels it truly has.",
        "Place: among the models by mean RCE; without it, the video is left out for all of them.",
    )
    sections = tuple(_section(part) for part in parts)
    return Table(f"{name}_influence", "The most influential video of each run", columns, sections, notes)


def _section(part: Part) -> TableSection:
    ranked = {
        run: with_failures(part.scores_of(run), part.scheme).set_index("video_id")[PRIMARY].astype(float)
        for run in part.models
    }
    rows = []
    for run in part.runs:
        own = part.answered(run).set_index("video_id")
        cells: list[Cell] = [None] * 6
        if len(own) > 1:
            errors = own[PRIMARY].astype(float)
            without = (errors.sum() - errors) / (len(errors) - 1)
            video = str((without - errors.mean()).abs().idxmax())
            cells = [
                video,
                int(true_counts(own, part.scheme.names)[video]),
                plain_value(float(errors.mean())),
                plain_value(float(without[video])),
                _place(run, ranked),
                _place(run, {other: values.drop(video) for other, values in ranked.items()}),
            ]
        rows.append(TableRow((part.labels[run], *cells), part.is_reference(run)))
    return TableSection(part.title, tuple(rows))


def _place(run: str, errors: Mapping[str, pd.Series[float]]) -> str | None:
    """Return the place of a run by its mean error; None of one that is no model's."""
    if run not in errors:
        return None
    means = {other: float(values.mean()) for other, values in errors.items()}
    return f"{1 + sum(mean < means[run] for mean in means.values())} of {len(means)}"
