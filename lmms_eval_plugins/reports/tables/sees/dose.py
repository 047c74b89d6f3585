"""Scores of dose under perturbations, by the task's rule and decoded, on the videos that were scored as is, too."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lmms_eval_plugins.core.errors import counted
from lmms_eval_plugins.reports.tables.sees.cells import DRAWN, drawn_cell
from lmms_eval_plugins.reports.tables.sees.gathered import UNPERTURBED, PerturbedRuns, SeenRuns
from lmms_eval_plugins.reports.tables.table import Cell, Column, ControlOf, Table, TableRow, TableSection
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.runs.data_frames.decoders import SEEDS
from lmms_eval_plugins.runs.data_frames.load import LoadedTables
from lmms_eval_plugins.statistics.bootstrap.draws import drawn_interval, patient_draws
from lmms_eval_plugins.statistics.bootstrap.measures import SharesByPatient, value_of_all
from lmms_eval_plugins.statistics.intervals import Interval, patient_places

_METRICS = (("edit_score", "ES", 2), ("relative_counting_error", "RCE", 3))
_BLIND = "blind control"

_NOTE = (
    "ES: edit score, RCE: relative counting error; means over the videos that enter means as is and perturbed. − as is:"
    " paired by videos."
)
_DECODED = (
    "Decoded: by other patients' labels. A decoder knows what people usually do, also where answers know nothing: the"
    f" blind control is the same without any answer, as the mean of {SEEDS} seeds; runs are of one."
)


def dose_table(seen: SeenRuns, ci: bool) -> Table:
    """Return edit score and counting error of each run of dose, with differences from the run as is."""
    ways = [("", seen.scores)]
    if seen.decoded is not None:
        ways.append((", decoded", seen.decoded.tables["scores"]))
    columns = [Column("frames"), Column("videos")]
    for way, _ in ways:
        for _, head, digits in _METRICS:
            columns += [Column(head + way, digits), Column(f"{head}{way} − as is", digits)]
    sections = [_section(group, seen, ci) for group in seen.groups if group.of_dose]
    notes = (_NOTE, *(_DECODED,) * (len(ways) > 1), DRAWN)
    return Table("sees_dose", "What it sees: dose under perturbed frames", tuple(columns), tuple(sections), notes)


def _section(group: PerturbedRuns, seen: SeenRuns, ci: bool) -> TableSection:
    by_way = [{how: _entering(seen.scores, run) for how, run in group.runs.items()}]
    decoded = seen.decoded
    if decoded is not None:
        names = dict(zip(decoded.tables["runs"]["path"], decoded.tables["runs"]["run"], strict=True))
        scores = decoded.tables["scores"]
        by_way.append({how: _entering(scores, names.get(path)) for how, path in group.paths.items()})
    rows = []
    for how in group.runs:
        cells = [cell for way in by_way for cell in _cells(way, how, ci)]
        n = len(_pair(by_way[0], how)[1])
        rows.append(TableRow((how, n, *cells), group.baseline, group.paths[how]))
    if decoded is not None:
        rows += _blind_row(group, decoded, names, ci)
    as_is = by_way[0][UNPERTURBED]
    size = f"{counted(len(as_is), 'video')}, {counted(as_is['patient'].nunique(), 'patient')}"
    return TableSection(f"{group.name} ({size})", tuple(rows))


def _blind_row(group: PerturbedRuns, decoded: LoadedTables, names: Mapping[str, str], ci: bool) -> list[TableRow]:
    path = group.paths[UNPERTURBED]
    control = decoded.controls.get(names.get(path, ""))
    if control is None:
        return []
    own = {_BLIND: _entering(decoded.tables["scores"], control)}
    values: list[Cell] = []
    for metric, _, _ in _METRICS:
        values += [drawn_cell(_mean(own[_BLIND], own[_BLIND][metric]), ci), None]
    blanks: list[Cell] = [None] * (2 * len(_METRICS))
    cells = (_BLIND, len(own[_BLIND]), *blanks, *values)
    return [TableRow(cells, True, control=ControlOf(_BLIND, True, (path,)))]


def _entering(scores: pd.DataFrame, run: str | None) -> pd.DataFrame:
    """Return the scores of a run's videos that enter means, by video."""
    own: pd.DataFrame = answered(scores[scores["run"] == run]).set_index("video_id")
    return own


def _pair(way: Mapping[str, pd.DataFrame], how: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    shared = way[UNPERTURBED].index.intersection(way[how].index, sort=False)
    return way[UNPERTURBED].loc[shared], way[how].loc[shared]


def _cells(way: Mapping[str, pd.DataFrame], how: str, ci: bool) -> list[Cell]:
    as_is, own = _pair(way, how)
    cells: list[Cell] = []
    for metric, _, _ in _METRICS:
        difference = own[metric] - as_is[metric]
        paired = None if how == UNPERTURBED else drawn_cell(_mean(own, difference))
        cells += [drawn_cell(_mean(own, own[metric]), ci), paired]
    return cells


def _mean(videos: pd.DataFrame, values: pd.Series[float]) -> Interval:
    """Return the mean of a number of videos with its interval by patients; what has no number is left out."""
    known = values.notna()
    patients = list(videos["patient"][known])
    places, n = np.array(patient_places(patients), dtype=np.intp), len(set(patients))
    if not n:
        return Interval(None, None, None, 0, 0)
    measure = SharesByPatient.made(values[known].to_numpy(dtype=float), places, n)
    return drawn_interval(value_of_all(measure, n), measure.of(patient_draws(n)), len(patients), n)
