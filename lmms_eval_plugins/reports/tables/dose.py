"""The tables on dose: models and baselines, engineered inputs, sampling, counting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import pandas as pd

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.assessments.dose.raters import is_rater
from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.reports.tables.chosen import (
    Record,
    absent,
    input_of,
    labels,
    notes_of,
    records,
    with_plain_models,
)
from lmms_eval_plugins.reports.tables.control_rows import CONTROLS, DECODERS, RATERS, control_rows
from lmms_eval_plugins.reports.tables.more import more_tables
from lmms_eval_plugins.reports.tables.part import (
    METRICS,
    PRIMARY,
    Part,
    cohorts_in,
    metric_cell,
    note_on_failures,
    same_videos,
    true_counts,
    what_labels,
)
from lmms_eval_plugins.reports.tables.published import INPUTS, row_below
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SEM,
    Cell,
    Column,
    ControlOf,
    Table,
    TableRow,
    TableSection,
    Value,
    plain_value,
    ratio_cell,
)
from lmms_eval_plugins.runs.data_frames.columns import joined_scores, labels_in
from lmms_eval_plugins.runs.data_frames.controls import is_blind

_DIGITS = dict.fromkeys(METRICS, 2)
_SCORES = (
    *(Column("ES", 2, "high"), Column("AER", 2, "low"), Column("RCE", 2, "low")),
    *(Column("RCE pooled", 2, "low"), Column("RCE median", 2, "low")),
)
_MEANING = (
    "ES: edit score (higher is better); AER, RCE: action and relative counting error (lower is better). RCE is the mean"
    " over videos of their counting errors over their true counts; pooled: the errors of all videos over their true"
    " counts; median: of the videos."
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a table of dose is made from: the runs it shows, their scores, timelines, answers if needed, and labels.

    ``notes`` are on what it leaves out.
    """

    runs: pd.DataFrame
    scores: pd.DataFrame
    timelines: pd.DataFrame
    answers: pd.DataFrame | None
    ci: bool
    more: bool
    schemes: Mapping[str, Scheme]
    notes: tuple[str, ...] = ()


def without_short(given: Given, min_primitives: int) -> Given:
    """Return what is given without the videos that truly have fewer labels, with a note that names these."""
    true = true_counts(given.scores, labels_in(given.scores))
    short = sorted(set(given.scores["video_id"][true < min_primitives]))
    named = f"{len(short)} ({listed(short, most=10)})" if short else "none"
    note = f"Videos with fewer than {min_primitives:,} true primitives are left out of every score: {named}."

    def kept(frame: pd.DataFrame) -> pd.DataFrame:
        rows: pd.DataFrame = frame[~frame["video_id"].isin(short)]
        return rows

    answers = None if given.answers is None else kept(given.answers)
    return replace(given, scores=kept(given.scores), timelines=kept(given.timelines), answers=answers, notes=(note,))


def dose_models_table(given: Given) -> list[Table]:
    """Make the table of models and controls on the same videos."""
    names = labels(given.runs)
    rows = [row_below("dose_models", str(path)) or "" for path in given.runs["path"]]
    return _table(
        given,
        "dose_models",
        f"Dose of {what_labels(given.schemes)} by model",
        [Column("model")],
        {run: (names[run],) for run in given.runs["run"]},
        remarks=(*absent("dose_models", given.runs, rows), *notes_of(given.runs, names)),
        with_controls=True,
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
        remarks=(*absent("dose_inputs", given.runs, kinds.values()), *notes_of(given.runs, kinds)),
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
        remarks=(
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
        remarks=notes_of(given.runs, names),
        with_controls=True,
        by_cohort=True,
    )


def _table(
    given: Given,
    name: str,
    title: str,
    heads: Sequence[Column],
    first_cells: Mapping[str, tuple[str, ...]],
    *,
    remarks: tuple[str, ...],
    order: Callable[[Record], tuple[float, ...]] = lambda run: (),
    with_controls: bool = False,
    by_cohort: bool = False,
    deeper_names: Mapping[str, str] = MappingProxyType({}),
) -> list[Table]:
    """Return the table, and with ``more`` the ones that go deeper; one section for each set of videos.

    ``deeper_names`` are what rows are called in the deeper tables, where it is not their first cells. Where the table
    itself shows no controls, ``more`` has a table of them.
    """
    ordered = [str(run["run"]) for run in sorted(records(given.runs), key=order)]
    names = {run: deeper_names.get(run, ", ".join(first)) for run, first in first_cells.items()}
    parts = [
        part_of(given, section, members, names, with_controls)
        for section, members in same_videos(given.scores, ordered, given.schemes)
    ]
    failed = [
        (part.labels[run], part.scores_of(run), part.scheme) for part in parts for run in part.runs if part.failed(run)
    ]
    shown = _Shown(given.ci, cohorts_in([given.scores]) if by_cohort else (), with_answered=bool(failed))
    paths = dict(zip(given.runs["run"], given.runs["path"], strict=True))
    sections = [
        TableSection(
            part.title,
            tuple(
                TableRow(
                    (*first_cells.get(run, (part.labels[run], *[""] * (len(heads) - 1))), *shown.cells(part, run)),
                    part.is_reference(run),
                    paths.get(run),
                    _control(part, run, paths),
                )
                for run in part.rows
            ),
        )
        for part in parts
    ]
    about = (_MEANING, SEM, *(INTERVALS,) * given.ci)
    rated = any(is_rater(name) for part in parts for own in part.own.values() for name in own)
    control_notes = (CONTROLS, *(DECODERS,) * given.more, *(RATERS,) * rated)
    notes = (
        *about,
        *note_on_failures(failed, _DIGITS, "Runs"),
        *control_notes * with_controls,
        *given.notes,
    )
    tables = [Table(name, title, (*heads, *shown.columns), tuple(sections), notes, remarks)]
    if given.more and not with_controls:
        tables.append(_controls_table(name, parts, given.ci, (*about, *control_notes, *given.notes)))
    return [*tables, *more_tables(name, parts if given.more else (), given.answers, given.ci)]


def _control(part: Part, row: str, paths: Mapping[str, str]) -> ControlOf | None:
    """Return which control a row of a section shows; None of a run's row."""
    if row not in part.controls:
        return None
    names = {run: name for run, own in part.own.items() for name, known in own.items() if known == row}
    return ControlOf(part.labels[row], is_blind(next(iter(names.values()))), tuple(paths[run] for run in names))


def part_of(given: Given, title: str, members: Sequence[str], names: Mapping[str, str], with_controls: bool) -> Part:
    """Return a section's runs with their controls, if these are asked for."""
    scores = given.scores[given.scores["run"].isin(members)]
    timelines = given.timelines[given.timelines["run"].isin(members)]
    runs = given.runs[given.runs["run"].isin(members)]
    labels = {run: names[run] for run in members}
    own: Mapping[str, Mapping[str, str]] = {}
    controls: tuple[str, ...] = ()
    if (with_controls or given.more) and not timelines.empty:
        found = control_rows(runs, labels, decoders=given.more)
        own = found.own
        labels |= found.labels
        kept = set(scores["video_id"])
        of_controls = found.scores[found.scores["video_id"].isin(kept)]
        controls = tuple(row for row in found.labels if row in set(of_controls["run"]))
        scores = joined_scores([scores, of_controls])
        timelines = pd.concat([timelines, found.timelines[found.timelines["video_id"].isin(kept)]], ignore_index=True)
    return Part(
        title=title,
        labels=labels,
        runs=tuple(members),
        baselines=frozenset(runs["run"][runs["baseline"].astype(bool)]),
        controls=controls if with_controls else (),
        own=own,
        scores=scores,
        timelines=timelines,
        scheme=given.schemes[members[0]],
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """The columns of numbers of a table: with intervals, errors by cohort, and the share of videos that enter."""

    ci: bool
    cohorts: Sequence[str] = ()
    with_answered: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        answered_column = (Column("answered (%)", 1),) * self.with_answered
        cohorts = (Column(f"RCE {cohort}", 2, "low") for cohort in self.cohorts)
        return (Column("videos"), *answered_column, *_SCORES, *cohorts)

    def cells(self, part: Part, run: str) -> list[Cell]:
        """Return number of videos, and the scores of those that enter means; they are ranked by those of all."""
        n, n_all = len(part.answered(run)), len(part.scores_of(run))
        cells: list[Cell] = [n]
        if self.with_answered:
            cells.append(plain_value(100 * n / n_all if n_all else None))
        of_scores: list[Callable[[pd.DataFrame], Value | None]] = [
            *(partial(metric_cell, metric, self.ci) for metric in METRICS),
            partial(_pooled, part.scheme.names, self.ci),
            _median,
        ]
        of_scores += [partial(_mean_of_cohort, cohort, self.ci) for cohort in self.cohorts]
        return [*cells, *(part.ranked(run, cell_of) for cell_of in of_scores)]


def _mean_of_cohort(cohort: str, ci: bool, scores: pd.DataFrame) -> Value | None:
    return metric_cell(PRIMARY, ci, scores[scores["cohort"] == cohort])


def _pooled(labels: Sequence[str], ci: bool, scores: pd.DataFrame) -> Value | None:
    """Return the counting errors of all videos over their true counts."""
    true = true_counts(scores, labels)
    return ratio_cell(list(scores[PRIMARY].astype(float) * true), list(true), list(scores["patient"]), ci)


def _median(scores: pd.DataFrame) -> Value | None:
    return plain_value(float(scores[PRIMARY].astype(float).median()) if len(scores) else None)


def _controls_table(name: str, parts: Sequence[Part], ci: bool, notes: tuple[str, ...]) -> Table:
    """Make the table of the controls of a table that has no rows for them."""
    shown = _Shown(ci)
    sections = [
        TableSection(part.title, tuple(TableRow((part.labels[one], *shown.cells(part, one)), True) for one in controls))
        for part in parts
        if (controls := dict.fromkeys(control for own in part.own.values() for control in own.values()))
    ]
    columns = (Column("control"), *shown.columns)
    return Table(f"{name}_controls", "Controls on each run's own windows", columns, tuple(sections), notes)
