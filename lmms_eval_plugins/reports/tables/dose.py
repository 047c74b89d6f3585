"""The tables on dose: models and baselines, engineered inputs, sampling, counting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.assessments.dose.baselines import CHUNK_S
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.vocabulary import COHORTS
from lmms_eval_plugins.reports.tables.baselines import DRAWS, baseline_rows, true_videos
from lmms_eval_plugins.reports.tables.chosen import (
    Record,
    absent,
    input_of,
    labels,
    notes_of,
    records,
    with_plain_models,
)
from lmms_eval_plugins.reports.tables.more import more_tables
from lmms_eval_plugins.reports.tables.part import Part, same_videos, what_labels
from lmms_eval_plugins.reports.tables.published import INPUTS, row_below
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SEM,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    mean_cell,
)
from lmms_eval_plugins.runs.data_frames.columns import answered

METRICS = {"edit_score": "ES", "action_error_rate": "AER", "relative_counting_error": "RCE"}
_SCORES = (Column("ES", 2, "high"), Column("AER", 2, "low"), Column("RCE", 2, "low"))
_MEANING = "ES: edit score (higher is better); AER, RCE: action and relative counting error (lower is better)."
_REFERENCES = (
    f"Baselines: Markov chains are fitted on other patients, a video's scores being means of {DRAWS} seeded draws;"
    " omniscient answers every window from the truth."
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a table of dose is made from: the runs it shows, their scores, timelines, answers if needed, and labels."""

    runs: pd.DataFrame
    scores: pd.DataFrame
    timelines: pd.DataFrame
    answers: pd.DataFrame | None
    ci: bool
    more: bool
    schemes: Mapping[str, Scheme]


def dose_models_table(given: Given) -> list[Table]:
    """Make the table of models, baselines and the omniscient ceiling on the same videos."""
    names = labels(given.runs)
    rows = [row_below("dose_models", str(path)) or "" for path in given.runs["path"]]
    return _table(
        given,
        "dose_models",
        f"Dose of {what_labels(given.schemes)} by model",
        [Column("model")],
        {run: (names[run],) for run in given.runs["run"]},
        notes=(*absent("dose_models", given.runs, rows), *notes_of(given.runs, names)),
        with_baselines=True,
    )


def dose_inputs_table(given: Given) -> list[Table]:
    """Make the table of cropped and conditional prompting against the plain input, in the study's order."""
    kinds = {str(run["run"]): input_of(run) for run in records(given.runs)}
    return _table(
        given,
        "dose_inputs",
        f"Dose of {what_labels(given.schemes)} by input",
        [Column("input"), Column("model")],
        {run: (kinds[run], label) for run, label in labels(given.runs, ways=False).items()},
        notes=(*absent("dose_inputs", given.runs, kinds.values()), *notes_of(given.runs, kinds)),
        order=lambda run: (INPUTS.index(kinds[str(run["run"])]),),
    )


def sampling_table(given: Given, name: str, prompting: str) -> list[Table]:
    """Make the table of windows of many lengths and frame rates, longest first."""
    samplings = {str(run["run"]): _sampling_of(run) for run in records(given.runs)}
    models = labels(given.runs, ways=False)
    several = with_plain_models(given.runs)["model"].nunique() > 1 or len(set(samplings.values())) < len(samplings)
    heads = [Column("f (1/s)"), Column("n"), Column("window (s)")] + [Column("model")] * several
    return _table(
        given,
        name,
        f"Dose of {what_labels(given.schemes)} by sampling, {prompting} prompting: f frames per second, n frames per"
        " window",
        heads,
        {run: samplings[run] + (models[run],) * several for run in given.runs["run"]},
        notes=(
            *absent(name, given.runs, [f"{f},{n}" for f, n, _ in samplings.values()]),
            *notes_of(given.runs, models),
        ),
        order=_longest_first,
        deeper_names={
            run: f"{fps} frames/s × {n}" + f", {models[run]}" * several for run, (fps, n, _) in samplings.items()
        },
    )


def _sampling_of(run: Record) -> tuple[str, str, str]:
    """Return frames per second, frames and seconds of a run's windows; ``-`` where they are not known."""
    return _cell(run["fps"], "g"), _cell(run["frames"], "d"), _cell(run["window_s"], ".3f")


def _cell(value: float, form: str) -> str:
    return NOTHING if pd.isna(value) else format(value, form)


def _longest_first(run: Record) -> tuple[float, ...]:
    """Return the place of a run in the order of window lengths, then frame rates, both falling."""
    if pd.isna(run["frames"]) or pd.isna(run["fps"]):
        return (0.0 if pd.isna(run["window_s"]) else -float(run["window_s"]), 0.0)
    return (-float(run["frames"]) / float(run["fps"]), -float(run["fps"]))


def counting_table(given: Given) -> list[Table]:
    """Make the table of counts of primitives in the tabletop exercises, with the counting error of each cohort."""
    names = labels(given.runs)
    return _table(
        given,
        "counting",
        f"Counting {what_labels(given.schemes)} in the tabletop exercises (RTT and shelf)",
        [Column("model")],
        {run: (names[run],) for run in given.runs["run"]},
        notes=notes_of(given.runs, names),
        with_baselines=True,
        by_cohort=True,
    )


def _table(
    given: Given,
    name: str,
    title: str,
    heads: Sequence[Column],
    first_cells: Mapping[str, tuple[str, ...]],
    *,
    notes: tuple[str, ...],
    order: Callable[[Record], tuple[float, ...]] = lambda run: (),
    with_baselines: bool = False,
    by_cohort: bool = False,
    deeper_names: Mapping[str, str] = MappingProxyType({}),
) -> list[Table]:
    """Return the table, and with ``more`` the ones that go deeper; one section for each set of videos.

    ``deeper_names`` are what rows are called in the deeper tables, where it is not their first cells.
    """
    no_models = set(given.runs["run"][given.runs["baseline"].astype(bool)])
    ordered = [str(run["run"]) for run in sorted(records(given.runs), key=order)]
    sections, deeper = [], []
    for title_of, members in same_videos(given.scores, ordered, given.schemes):
        scores = given.scores[given.scores["run"].isin(members)]
        timelines = given.timelines[given.timelines["run"].isin(members)]
        references: tuple[str, ...] = ()
        scheme = given.schemes[members[0]]
        names = {run: deeper_names.get(run, ", ".join(first_cells[run])) for run in members}
        if (with_baselines or given.more) and not timelines.empty:
            chunk_s = _chunk_s(given.runs[given.runs["run"].isin(members)])
            of_none, predicted = baseline_rows(true_videos(scores, timelines), chunk_s, scheme=scheme)
            references = tuple(dict.fromkeys(of_none["run"]))
            names |= {reference: reference for reference in references}
            scores = pd.concat([scores, of_none], ignore_index=True)
            timelines = pd.concat([timelines, predicted], ignore_index=True)
        shown = (*members, *(references if with_baselines else ()))
        rows = []
        for run in shown:
            first = first_cells[run] if run in first_cells else (run, *("",) * (len(heads) - 1))
            rows.append(
                TableRow(
                    (*first, *_cells(scores[scores["run"] == run], given.ci, by_cohort)),
                    run in {*no_models, *references},
                )
            )
        sections.append(TableSection(title_of, tuple(rows)))
        if given.more:
            deeper.append(Part(title_of, names, tuple(members), references, scores, timelines, scheme))
    columns = [*heads, Column("videos"), *_SCORES]
    columns += [Column(f"RCE {cohort}", 2, "low") for cohort in COHORTS if by_cohort]
    all_notes = (_MEANING, SEM, *(INTERVALS,) * given.ci, *(_REFERENCES,) * with_baselines, *notes)
    tables = [Table(name, title, tuple(columns), tuple(sections), all_notes)]
    return [*tables, *more_tables(name, deeper, given.answers, given.ci)]


def _cells(scores: pd.DataFrame, ci: bool, by_cohort: bool) -> list[Cell]:
    """Return number of videos and mean ± SEM of the three scores; videos with too few replies are left out."""
    known = answered(scores)
    cells: list[Cell] = [len(known), *(mean_cell(known[metric], known["patient"], ci) for metric in METRICS)]
    if by_cohort:
        for cohort in COHORTS:
            own = known[known["cohort"] == cohort]
            cells.append(mean_cell(own["relative_counting_error"], own["patient"], ci))
    return cells


def _chunk_s(runs: pd.DataFrame) -> float:
    """Return the length of windows that all runs share, by their settings; the study's where they share none."""
    lengths = {
        frames / fps for frames, fps in zip(runs["frames"], runs["fps"], strict=True) if not pd.isna(frames / fps)
    }
    return float(lengths.pop()) if len(lengths) == 1 else CHUNK_S
