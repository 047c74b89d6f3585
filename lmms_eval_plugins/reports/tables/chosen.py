"""Which of the runs that were given a table shows, what its rows are called, and what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.assessments.labelled.assessment import LABELLED
from lmms_eval_plugins.core.errors import UserError, listed, which_of
from lmms_eval_plugins.reports.tables.published import INPUTS, LOG_SETS, is_known, is_of
from lmms_eval_plugins.runs.data_frames.build import notes_in, settings_in
from lmms_eval_plugins.runs.differences.apart import told_apart
from lmms_eval_plugins.runs.shown_name import without_organisation, without_ways

COUNTING = "counting"
LABELLED_TABLE = "labelled"
MEASURE = "measure"
REPLIES = "replies"
PATIENTS = "dose_patients"
PROPERTIES = "properties"
RATERS_TABLE = "raters"
_PUBLISHED = "published log"

Record = Mapping[str, Any]
"""A row of the runs table, by column; pandas does not type the values."""


def records(runs: pd.DataFrame) -> list[Record]:
    """Return the rows of the runs table."""
    return [{str(column): value for column, value in row.items()} for row in runs.to_dict("records")]


def chosen(table: str, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of a table.

    A published log that lies in one of the study's folders belongs to the tables that the study made of it; any other
    run belongs wherever its method of scoring and its inputs fit. Where nothing else is given, so does any log.

    Raises:
        UserError: there is none.
    """
    shown: pd.DataFrame = runs[[_belongs(table, run) for run in records(runs)]]
    if shown.empty:
        shown = runs[[_fits(table, run) for run in records(runs)]]
    if shown.empty:
        there = listed(sorted(set(runs["task"].dropna()))) or "nothing"
        raise UserError(f"table {table}: none of the runs given belongs in it (there is {there})")
    return shown


def _belongs(table: str, run: Record) -> bool:
    if table == REPLIES:
        return True
    if table in (PATIENTS, PROPERTIES, RATERS_TABLE):
        return _fits(table, run)
    if run["kind"] == _PUBLISHED and is_known(str(run["path"])):
        return is_of(table, str(run["path"]), str(run["stamp"]))
    return _fits(table, run)


def _fits(table: str, run: Record) -> bool:
    method, counting = str(run["method"]), COUNTING in str(run["task"])
    if table == LABELLED_TABLE:
        return method in LABELLED.method_names
    if table == "identification":
        return method in IDENTIFICATION.method_names
    if table == PROPERTIES:
        return method in (*DOSE.method_names, *FUGL_MEYER.method_names)
    if table in ("decoding", MEASURE, PATIENTS, RATERS_TABLE):
        return method in DOSE.method_names
    if table == COUNTING:
        return counting and method in DOSE.method_names
    if method not in DOSE.method_names or counting:
        return False
    if table == "dose_inputs":
        return not pd.isna(run["crop"]) and not pd.isna(run["conditional"])
    if table.startswith("sampling"):
        wanted = "one_primitive" if table == "sampling_direct" else "motion_grasp"
        return method == wanted and not pd.isna(run["fps"]) and not pd.isna(run["frames"])
    return table == "dose_models"


def input_of(run: Record) -> str:
    """Return how a run's input was engineered, as one of `INPUTS`."""
    return INPUTS[int(bool(run["crop"])) + 2 * int(bool(run["conditional"]))]


def labels(runs: pd.DataFrame, *, ways: bool = True) -> dict[str, str]:
    """Return run → the name of its row: the model, and what tells rows apart: task, input, settings that differ.

    Only of runs with the same settings, as far as these are known, the stamp says which is which.

    Args:
        runs: the runs table.
        ways: whether names say how windows were made and shown; False where a table has columns for that.
    """
    if not ways:
        runs = with_plain_models(runs)
    whole = {run: _model(model) for run, model in zip(runs["run"], runs["model"], strict=True)}
    names = {run: without_ways(name, windows=True) for run, name in whole.items()}
    told: set[str] = set()
    by_way = _each(_way)
    more: tuple[Callable[[Sequence[Record]], list[str]], ...] = (
        _each(lambda run: str(run["task"]).removeprefix("strokerehab_")),
        by_way,
        lambda same: told_apart([settings_in(run["settings"]) for run in same]),
        _each(lambda run: str(run["stamp"])),
        _each(lambda run: "".join(str(run["path"]).partition("#")[1:])),
        _each(lambda run: str(run["run"])),
    )
    for ends_of in more:
        twice = {label for label in names.values() if list(names.values()).count(label) > 1}
        if not twice:
            break
        for label in twice:
            same = [run for run in records(runs) if names[run["run"]] == label]
            ends = ends_of(same)
            if len(set(ends)) > 1:
                names |= {run["run"]: label + end for run, end in zip(same, ends, strict=True)}
                told |= {run["run"] for run in same} if ends_of is by_way else set()
    # Where the way is not told behind the name, it stays in it.
    return {
        run: name if run in told else whole[run] + name.removeprefix(without_ways(whole[run], windows=True))
        for run, name in names.items()
    }


def _each(part: Callable[[Record], str]) -> Callable[[Sequence[Record]], list[str]]:
    """Return what makes the end of each run's name of a part of its own; no end of an empty part."""
    return lambda same: [f", {one}" if (one := part(run)) else "" for run in same]


def with_plain_models(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs table with names of models that do not say how windows were made and shown."""
    plain = runs["model"].map(without_ways, na_action="ignore")
    plainly: pd.DataFrame = runs.assign(model=plain.astype(runs["model"].dtype))
    return plainly


def absent(table: str, runs: pd.DataFrame, rows: Iterable[str]) -> tuple[str, ...]:
    """Return a note on rows that the study printed and that are not among the logs, where any of its logs is shown."""
    published = [
        run["kind"] == _PUBLISHED and is_of(table, str(run["path"]), str(run["stamp"])) for run in records(runs)
    ]
    there = set(rows)
    missing = [row for row in LOG_SETS[table].rows if row not in there]
    if not any(published) or not missing:
        return ()
    return (f"Printed in the study, but not among these logs: {listed(missing)}.",)


def notes_of(runs: pd.DataFrame, names: dict[str, str]) -> tuple[str, ...]:
    """Return the notes of the runs for their readers, each with its rows."""
    of_notes: dict[str, list[str]] = {}
    for run, notes in zip(runs["run"], runs["notes"], strict=True):
        for note in notes_in(notes):
            of_notes.setdefault(note, []).append(names[run])
    every = [names[run] for run in runs["run"]]
    notes = [f"{which_of(rows, every)}: {note}." for note, rows in of_notes.items()]
    repeated = [listed([names[run] for run in same], by="; ") for same in _repeats(runs)]
    return (*notes, *(f"{rows}: repeats of the same settings." for rows in repeated))


def _repeats(runs: pd.DataFrame) -> list[list[str]]:
    """Return runs of one model on one task with the same settings, where there are several of them."""
    known = runs[runs["settings"].notna() & runs["model"].notna()]
    groups = known.groupby(["task", "model", "settings"], sort=False)["run"]
    return [list(same) for _, same in groups if len(same) > 1]


def _way(run: Record) -> str:
    """Return how a run differs in its inputs, where that is not the plain way."""
    if run["method"] == "prim":
        lacks = [name for name, key in (("crop", "crop"), ("postprocessing", "postprocess")) if not run[key]]
        return "PRIM" + f" without {' and '.join(lacks)}" * bool(lacks)
    return "" if pd.isna(run["crop"]) or not (run["crop"] or run["conditional"]) else input_of(run)


def _model(model: str | float) -> str:
    """Return a model's name without the organisation that it is filed under."""
    return "unknown model" if pd.isna(model) else without_organisation(str(model))
