"""What probes read, as tables: what is to be told, layer by layer, and the doses that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from lmms_eval_plugins.core.errors import which_of
from lmms_eval_plugins.decoding.leave_out import LABEL
from lmms_eval_plugins.decoding.probing.targets import DRAWS
from lmms_eval_plugins.reports.probing.report import ProbedRun, ProbeReport
from lmms_eval_plugins.reports.tables.against import note_on_p
from lmms_eval_plugins.reports.tables.table import (
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    mean_cell,
    p_column,
)
from lmms_eval_plugins.runs.data_frames.decoders import NOT_ZERO_SHOT
from lmms_eval_plugins.runs.probing.doses import EvidenceScores
from lmms_eval_plugins.runs.probing.evidence import SAID
from lmms_eval_plugins.runs.probing.rows import CHOSEN, FRAMES, LAYER, SHUFFLED
from lmms_eval_plugins.runs.shown_name import card_name
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS
from lmms_eval_plugins.statistics.paired import compare

_AREA = (
    "AUC: area under the ROC curve of what is told of each window, against the label at its middle; .5 is guessing; of"
    " several classes the mean of each against all others. BA: balanced accuracy, the mean share of each class that is"
    " told right."
)
_SEEN = (
    "Seen: by a linear probe of hidden states, fitted on all other patients, its penalty, layer and place chosen among"
    f" these; said: by the model's replies about the same windows. A probe {LABEL}, {NOT_ZERO_SHOT}."
)
_BRACKETS = f"Brackets: 95 % interval, jackknife over patients; of fewer than {FEWEST_PATIENTS} patients there is none."
_SHUFFLED = (
    f"Shuffled labels: the same with the labels of each video permuted ({DRAWS} times; the mean): what a probe gets"
    " without knowing when, from videos that have more of one label than others."
)
_MEANS = (
    "A probe above what is said: a line can read the label from the state, with others' labels; not that the model uses"
    " it. Compare with the untrained network and with blank frames (docs/probing.md)."
)


def probe_tables(report: ProbeReport) -> list[Table]:
    """Return the tables of a report: of what is to be told, of layers, and of doses where there are any."""
    made = [_of_targets(report.runs), _of_layers(report.runs)]
    if any(run.doses for run in report.runs):
        made.append(_of_doses([run for run in report.runs if run.doses]))
    return [*made[:-1], replace(made[-1], remarks=_remarks(report.runs))]


def _remarks(runs: Sequence[ProbedRun]) -> tuple[str, ...]:
    """Return what is to be known of the runs, each once with whose it is."""
    whose: dict[str, list[str]] = {}
    for run in runs:
        for note in run.notes:
            whose.setdefault(note, []).append(run.name)
        if n := int(run.probes["n_left_out"].max()):
            whose.setdefault(f"{n} windows with hidden states at some layers or places only are left out", []).append(
                run.name
            )
    every = [run.name for run in runs]
    return (*_sentences(runs), *(f"{which_of(names, every)}: {note}" for note, names in whose.items()))


def _sentences(runs: Sequence[ProbedRun]) -> list[str]:
    """Return what may be said in words: of differences whose intervals are without 0, and of networks at random.

    That more is seen than said is taken back where an untrained network of the same card has an area of at least the
    lower end of the probe's interval.
    """
    sentences = []
    for run in runs:
        for _, row in run.probes[run.probes["way"] == CHOSEN].iterrows() if not run.control else ():
            low, high = row["difference_low"], row["difference_high"]
            about = f"{run.model}, {row['target']}"
            by = f"AUC {row['difference']:+.3f} [{low:.3f}, {high:.3f}]"
            at_random = max(_areas_at_random(run, runs, row["target"]), default=0.0)
            if low > 0 and at_random >= row["auc_low"]:
                sentences.append(f"{about}: a probe tells more than is said, but an untrained network tells as much")
            elif low > 0:
                sentences.append(f"{about}: more is seen than said ({by})")
            elif high < 0:
                sentences.append(f"{about}: no line reads as much from the states as is said ({by})")
    return sentences


def _areas_at_random(run: ProbedRun, runs: Sequence[ProbedRun], target: str) -> list[float]:
    """Return the areas of the untrained networks of a run's card."""
    chosen = [
        one.probes[(one.probes["way"] == CHOSEN) & (one.probes["target"] == target)]
        for one in runs
        if one.untrained and (one.task, card_name(one.model)) == (run.task, card_name(run.model))
    ]
    return [float(area) for rows in chosen for area in rows["auc"].dropna()]


def _of_targets(runs: Sequence[ProbedRun]) -> Table:
    columns = (
        *(Column(""), Column("windows"), Column("said", 3), Column("seen", 3), Column("seen − said", 3)),
        *(Column("BA said", 3), Column("BA seen", 3), Column("layer, place")),
    )
    sections = []
    several = len({run.task for run in runs}) > 1
    for task, target in dict.fromkeys((run.task, target) for run in runs for target in run.probes["target"]):
        rows: list[TableRow] = []
        for run in runs:
            own = run.probes[run.probes["target"] == target] if run.task == task else run.probes.iloc[:0]
            for _, row in own[own["way"] == CHOSEN].iterrows():
                rows.append(TableRow((run.model, *_chosen_cells(row)), run.control, run.path))
            for _, row in own[own["way"] == SHUFFLED].iterrows():
                cells: tuple[Cell, ...] = (None, None, Value(row["auc"]), None, None, None, None)
                rows.append(TableRow(("- shuffled labels", *cells), reference=True))
        sections.append(TableSection(f"{task}: {target}" if several else target, tuple(rows)))
    notes = (_AREA, _SEEN, _BRACKETS, _SHUFFLED, _MEANS)
    return Table("probe", "AUC of what hidden states tell, beside what was said", columns, tuple(sections), notes)


def _chosen_cells(row: pd.Series[Any]) -> tuple[Cell, ...]:
    chosen = f"{row['layer']}, {_place(row['place'])} ({row['n_chosen']} of {row['n_patients']})"
    return (
        int(row["n_windows"]),
        *(_cell(row, name) for name in ("said_auc", "auc", "difference", "said_balanced", "balanced")),
        chosen,
    )


def _of_layers(runs: Sequence[ProbedRun]) -> Table:
    targets = tuple(dict.fromkeys(target for run in runs for target in run.probes["target"]))
    sections = []
    for run in runs:
        layers = run.probes[run.probes["way"] == LAYER]
        rows = []
        for (layer, place), own in layers.groupby(["layer", "place"], sort=False):
            cells = {row["target"]: _cell(row, "auc") for _, row in own.iterrows()}
            rows.append(TableRow((f"layer {layer}, {_place(place)}", *(cells.get(target) for target in targets))))
        sections.append(TableSection(f"{run.name}: {run.model}", tuple(rows)))
    columns = (Column(""), *(Column(target, 3) for target in targets))
    note = "Every layer and place for what it is: whoever takes the best of these numbers has chosen by them."
    title = "AUC of what hidden states tell, by layer and place"
    return Table("probe_layers", title, columns, tuple(sections), (note,))


def _place(place: object) -> str:
    return "behind the frames" if place == FRAMES else f"end of {place}"


def _of_doses(runs: Sequence[ProbedRun]) -> Table:
    columns = (
        *(Column(""), Column("edit score", 1), Column("RCE", 3)),
        *(Column("edit score − said", 1), p_column("p"), Column("RCE − said", 3), p_column("p")),
    )
    sections = [TableSection(f"{run.name}: {run.model}", tuple(_dose_rows(run.doses))) for run in runs]
    n_patients = max(len({video.patient for video in one.videos}) for run in runs for one in run.doses)
    notes = (
        "Decoded by mbr from what was said, from what probes read, and from both: mean ± standard error over videos;"
        " RCE: relative counting error. No label of a patient is in what the patient's decoder is told, of anyone. Each"
        f" {LABEL}, {NOT_ZERO_SHOT}.",
        note_on_p(n_patients, 1),
    )
    return Table("probe_doses", "Doses by what is said and by what is seen", columns, tuple(sections), notes)


def _dose_rows(doses: Sequence[EvidenceScores]) -> list[TableRow]:
    said = next((one for one in doses if one.name == SAID), None)
    rows = []
    for one in doses:
        patients = [video.patient for video in one.videos]
        cells: list[Cell] = [one.name]
        differences: list[Cell] = []
        for metric in ("edit_score", "relative_counting_error"):
            values = np.array([getattr(video, metric) for video in one.videos])
            cells.append(mean_cell(pd.Series(values), pd.Series(patients), ci=True))
            found = compare(values, [getattr(video, metric) for video in said.videos], patients) if said else None
            if found is None or one is said or found.difference is None:
                differences += [None, None]
            else:
                differences.append(Value(found.difference, None, found.low, found.high))
                differences.append(None if found.p is None else Value(found.p))
        rows.append(TableRow((*cells, *differences), reference=one.is_control))
    return rows


def _cell(row: pd.Series[Any], name: str) -> Value | None:
    value, low, high = (None if pd.isna(row[end]) else float(row[end]) for end in (name, f"{name}_low", f"{name}_high"))
    return None if value is None else Value(value, None, low, high)
