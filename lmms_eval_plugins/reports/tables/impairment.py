"""The tables on impairment: Fugl-Meyer item scores against the therapist's."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from math import inf

import pandas as pd

from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.common_items import Agreements, Estimate, agreements
from lmms_eval_plugins.assessments.fugl_meyer.controls import MEDIAN, BlindControl, blind_controls
from lmms_eval_plugins.assessments.fugl_meyer.totals import counted_as_silent, error_of, patient_totals, with_true_score
from lmms_eval_plugins.core.errors import UserError, which_of
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM, ITEMS, SECTION_CODES
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.against import DIFFERENCES, NO_DIFFERENCE, against, note_on_p
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SHARES,
    Cell,
    Column,
    ControlOf,
    Table,
    TableRow,
    TableSection,
    Value,
    p_column,
    plain_value,
    share_cell,
)
from lmms_eval_plugins.runs.data_frames.items import assessments, names_of, patients_shown
from lmms_eval_plugins.runs.data_frames.load import Paths
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.runs.scored import ScoredRun, scores_of
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, mean_interval, ratio_interval
from lmms_eval_plugins.statistics.summary import mean_sem

_STRONGEST = " (strongest)"

_METHOD = (
    "Error: mean error of an item, 0 to 2, the primary metric; an item without a score is an error of 2. APD: errors of"
    " a patient over the items asked, summed; MTSD: difference of totals; mean ± SEM over patients.",
    "Kappa: quadratic weights. ICC: ICC(2,1) of totals (absolute agreement, single rater). Both over the same items of"
    " every patient, where one without a score has the median of the other patients.",
    f"Blind controls, on the same items: {MEDIAN} gives every item the median of the other patients, always 1 is the"
    " published one; the strongest has the least error. Controls, also among the runs, take no part in being best.",
)
_MORE = "With --more: complete cases, patients after a stroke, errors by section, paired tests."
_LEFT_OUT = (
    "Answered: share of the items that enter means. Those without replies do not, nor does a patient with one enter"
    " APD, MTSD, kappa and ICC. Error, all: with these items as errors of 2; by this, and by the other columns with"
    " them as silence, runs are marked and the best is chosen.",
)
_AGREEMENT = (
    "All over the same items of every patient. Imputed: an item without a score, also for want of a clip, has the"
    " median of the other patients, as the blind control says. Complete: patients all of whose items have a score."
    " Controls without a stroke widen the range, and so raise agreement.",
    "Kappa: of items, quadratic weights. ICC: ICC(2,1), absolute agreement, single rater; bias (predicted − true) and"
    " 95 % limits of agreement (LoA, Bland–Altman): of totals, in points, item 18 among them.",
)
_INTERVALS_OF_AGREEMENT = (
    "Brackets of agreement: 95 % interval; of kappa by jackknife over patients, of ICC by F (McGraw & Wong), of bias by"
    f" t, of limits by noncentral t; of fewer than {FEWEST_PATIENTS} patients there is none."
)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A run or a control: its items that a therapist scored, and those of every patient, shown or not.

    A ``reference`` is a control, and no model; ``run`` is the path of a run.
    """

    name: str
    items: Sequence[ItemResult]
    every: Sequence[ItemResult]
    agreement: Agreements
    reference: bool
    run: str | None = None

    @property
    def patients(self) -> set[str]:
        """The patients that are shown."""
        return {result.patient for result in self.items}


@dataclass(frozen=True, slots=True)
class ItemSection:
    """Runs on the same items of the same patients, and the blind controls on these, the strongest first."""

    title: str
    runs: tuple[ItemRow, ...]
    controls: tuple[ItemRow, ...]

    @property
    def rows(self) -> tuple[ItemRow, ...]:
        """Runs, then controls."""
        return *self.runs, *self.controls


def impairment_table(
    paths: Paths,
    errors: list[str],
    ci: bool,
    more: bool,
    reading: Policy | None = None,
    only: VideoFilter = EVERY_VIDEO,
) -> list[Table]:
    """Make the table of errors of items and totals and of agreement; with ``more`` also of agreement by group, tests.

    Runs of different tasks, items or patients stand in sections of their own.

    Raises:
        UserError: there is no Fugl-Meyer run, or none of the patients that are to be shown is in any.
    """
    scored = scores_of(assessments(paths, errors, reading), FUGL_MEYER)
    if not scored:
        raise UserError("table impairment: none of the runs given is a Fugl-Meyer assessment (tasks strokerehab_ia…)")
    kept, names = _largest(scored)
    sections = _sections(kept, names, patients_shown((row for row, _ in kept), only))
    remarks = (*_notes([row for row, _ in kept], names), *(_MORE,) * (not more))
    tables = [_main(sections, ci, remarks)]
    if more:
        tables += [_agreement(sections, ci), _by_section(sections, ci), *_differences(sections)]
    return tables


def item_sections(scored: Sequence[tuple[ScoredRun, FuglMeyerScore]]) -> list[ItemSection]:
    """Return scored runs by task, items and patients, with the blind controls of each section."""
    return _sections(*_largest(scored), None)


def _largest(
    scored: Sequence[tuple[ScoredRun, FuglMeyerScore]],
) -> tuple[list[tuple[ScoredRun, FuglMeyerScore]], dict[str, str]]:
    """Return the runs without those that are parts of a whole assessment, and the names of all by path."""
    whole = {part for row, _ in scored for part in row.parts}
    names = dict(zip([row.path for row, _ in scored], names_of([row for row, _ in scored]), strict=True))
    return [(row, score) for row, score in scored if row.path not in whole], names


def _sections(
    scored: Sequence[tuple[ScoredRun, FuglMeyerScore]], names: dict[str, str], patients: Collection[str] | None
) -> list[ItemSection]:
    alike: dict[tuple[object, ...], list[tuple[ScoredRun, FuglMeyerScore]]] = {}
    for row, score in scored:
        about = frozenset((result.patient, result.item) for result in with_true_score(score.items))
        alike.setdefault((row.task, about), []).append((row, score))
    sections = []
    for rows in alike.values():
        models = [row.model or names[row.path] for row, _ in rows]
        shown = [
            model if models.count(model) == 1 else f"{model}, {names[row.path]}"
            for model, (row, _) in zip(models, rows, strict=True)
        ]
        runs = [
            replace(_row(name, score.items, patients, reference=row.baseline), run=row.path)
            for name, (row, score) in zip(shown, rows, strict=True)
        ]
        controls = [
            _row(control.name, control.results, patients, reference=True)
            for control in _controls([score for _, score in rows])
        ]
        if any(row.items for row in runs):
            sections.append(ItemSection(rows[0][0].task, tuple(runs), tuple(sorted(controls, key=_error_of_control))))
    return sections


def _controls(scores: Sequence[FuglMeyerScore]) -> list[BlindControl]:
    """Return the controls that score anything; they lack the clips that all of the runs lack."""
    with_clip = {(r.patient, r.item): r for score in scores for r in score.items if r.state != "no_clip"}
    items = [with_clip.get((result.patient, result.item), result) for result in scores[0].items]
    return [control for control in blind_controls(items) if control.error < inf]


def _error_of_control(row: ItemRow) -> float:
    return BlindControl(row.name, tuple(row.items)).error


def _row(name: str, every: Sequence[ItemResult], patients: Collection[str] | None, *, reference: bool) -> ItemRow:
    items = [result for result in with_true_score(every) if patients is None or result.patient in patients]
    return ItemRow(name, items, every, agreements(every, patients), reference)


def _main(sections: Sequence[ItemSection], ci: bool, remarks: tuple[str, ...]) -> Table:
    left_out = any(not result.averaged for section in sections for row in section.rows for result in row.items)
    columns = (
        *(Column("model"), Column("patients"), Column("items")),
        *(Column("error", 2, "low"), Column("accuracy", 3, "high")),
        *(Column("APD", 1, "low"), Column("MTSD", 1, "low")),
        *(Column("kappa", 2, "high"), Column("ICC", 2, "high")),
        Column("no score (%)", 1),
        *(Column("answered (%)", 1), Column("error, all", 2)) * left_out,
    )
    made = []
    for section in sections:
        names = [row.name for row in section.runs]
        names += [row.name + _STRONGEST * (row is section.controls[0]) for row in section.controls]
        whose = tuple(row.run for row in section.runs if row.run)
        rows = [
            TableRow(
                (name, *_cells(row, ci), *_coverage(row)[: 3 if left_out else 1]),
                row.reference,
                row.run,
                None if row.run else ControlOf(name, True, whose),
            )
            for name, row in zip(names, section.rows, strict=True)
        ]
        made.append(TableSection(section.title, tuple(rows)))
    title = "Impairment: Fugl-Meyer items against the therapist"
    notes = (*_METHOD, *_LEFT_OUT * left_out, *(INTERVALS, SHARES, _INTERVALS_OF_AGREEMENT) * ci)
    return Table("impairment", title, columns, tuple(made), notes, remarks)


def _agreement(sections: Sequence[ItemSection], ci: bool) -> Table:
    columns = (
        *(Column("model"), Column("group"), Column("no score"), Column("patients")),
        *(Column("scored (%)", 1), Column("no clip (%)", 1)),
        *(Column("kappa", 2), Column("ICC", 2), Column("bias", 1), Column("LoA low", 1), Column("LoA high", 1)),
    )
    made = []
    for section in sections:
        rows = []
        for row in (*section.runs, *(control for control in section.controls if control.name == MEDIAN)):
            for (group, way), of in row.agreement.items():
                rates = [Value(100 * rate) if rate is not None else None for rate in (of.scored_rate, of.no_clip_rate)]
                shown = (of.kappa, of.icc, of.bias, of.limit_low, of.limit_high)
                cells = (row.name, group, way, of.n, *rates, *(_estimate(one, ci) for one in shown))
                rows.append(TableRow(cells, row.reference))
        made.append(TableSection(section.title, tuple(rows)))
    title = "Agreement with the therapist over the same items of every patient"
    return Table("impairment_agreement", title, columns, tuple(made), (*_AGREEMENT, *(_INTERVALS_OF_AGREEMENT,) * ci))


def _by_section(sections: Sequence[ItemSection], ci: bool) -> Table:
    made = []
    for section in sections:
        rows = []
        for row in section.rows:
            errors = [_section_errors(row.items, code, ci) for code in SECTION_CODES]
            silent = [_section_errors(counted_as_silent(row.items), code, ci=False) for code in SECTION_CODES]
            rows.append(TableRow((row.name, *map(_ranked, errors, silent)), row.reference))
        made.append(TableSection(section.title, tuple(rows)))
    columns = (Column("model"), *(Column(code, 2, "low") for code in SECTION_CODES))
    notes = ("Mean error of an item, 0 to 2; an item without a score is an error of 2.", *(INTERVALS,) * ci)
    return Table("impairment_sections", "Errors by section of the assessment", columns, tuple(made), notes)


def _differences(sections: Sequence[ItemSection]) -> list[Table]:
    """Return each model against the one of the lowest error, and against the strongest blind control, where any is."""
    made, notes = [], []
    for section in sections:
        models = {row.name: row.items for row in section.runs if not row.reference}
        if not models:
            continue
        of_models = {name: _errors(items) for name, items in models.items()}
        of_blind = {row.name: _errors(row.items) for row in section.controls[:1]}
        best = min(models, key=lambda name: _rank(models[name]))
        patients: dict[Hashable, str] = {about: about[0] for own in of_models.values() for about in own.index}
        tests = {"the best run": against(of_models, best, patients)}
        tests |= {name: against({**of_models, name: own}, name, patients) for name, own in of_blind.items()}
        rows = []
        for name in models:
            found = [one.get(name, NO_DIFFERENCE) for one in tests.values()]
            found += [NO_DIFFERENCE] * (2 - len(found))  # where there is no control
            rows.append(TableRow((name, *(part for one in found for part in (one.value, one.p)))))
        made.append(TableSection(section.title, tuple(rows)))
        where = f"{section.title}, against" if len(sections) > 1 else "Against"
        n = len(set(patients.values()))
        notes += [f"{where} {other}, {note_on_p(n, len(one))}" for other, one in tests.items() if one]
    heads = (
        *(Column("model"), Column("error − best", 2), p_column("p (best)")),
        *(Column("error − blind", 2), p_column("p (blind)")),
    )
    about = "Blind: the strongest blind control, so called in the first table. Controls take no part."
    title = "Differences of the mean error of an item, the primary metric"
    tables = [Table("impairment_differences", title, heads, tuple(made), (DIFFERENCES, about, *notes))]
    return tables if made else []


def _rank(results: Sequence[ItemResult]) -> float:
    """Return the mean error of an item, items without replies taken as silence; infinite without items."""
    errors = _errors(counted_as_silent(results))
    return float(errors.mean()) if len(errors) else inf


def _errors(results: Sequence[ItemResult]) -> pd.Series[float]:
    """Return (patient, item) → error of an item that enters means, the inferred one aside."""
    items = [result for result in results if result.item != INFERRED_ITEM and result.averaged]
    about = pd.Index([(result.patient, result.item) for result in items], tupleize_cols=False)
    errors: pd.Series[float] = pd.Series([float(error_of(result)) for result in items], index=about)
    return errors


def _notes(runs: Sequence[ScoredRun], names: dict[str, str]) -> list[str]:
    of_notes: dict[str, list[str]] = {}
    for row in runs:
        for note in (*row.notes, *row.coverage.notes):
            of_notes.setdefault(note, []).append(names[row.path])
    every = [names[row.path] for row in runs]
    return [f"{which_of(of, every)}: {note}." for note, of in of_notes.items()]


def _cells(row: ItemRow, ci: bool) -> list[Cell]:
    """Return counts, then the metrics, each ranked with items that lack replies taken as silence."""
    counts = [len({result.patient for result in row.items}), len(_asked_items(row.items))]
    metrics = _metrics(row.items, row.agreement, ci)
    if all(result.averaged for result in row.items):
        return [*counts, *metrics]
    silent = counted_as_silent(row.items)
    of_all = agreements(counted_as_silent(row.every), row.patients)
    return [*counts, *map(_ranked, metrics, _metrics(silent, of_all, ci=False))]


def _metrics(results: Sequence[ItemResult], agreement: Agreements, ci: bool) -> list[Value | None]:
    averaged = [result for result in results if result.item != INFERRED_ITEM and result.averaged]
    totals = [total for total in patient_totals(results) if total.complete]
    whose = [total.patient for total in totals]
    of_all = agreement["all", "imputed"]
    return [
        _error(averaged, ci),
        share_cell([r.predicted == r.truth for r in averaged], [r.patient for r in averaged], ci),
        _mean([float(total.error_of_asked) for total in totals], whose, ci),
        _mean([float(total.difference) for total in totals], whose, ci),
        _estimate(of_all.kappa, ci),
        _estimate(of_all.icc, ci),
    ]


def _ranked(value: Value | None, silent: Value | None) -> Value | None:
    return value if value is None or silent is None else value._replace(ranked=silent.value)


def _coverage(row: ItemRow) -> list[Value | None]:
    """Return the share of items without a score, that of those that enter means, and the error of all, in per cent."""
    items = [result for result in row.items if result.item != INFERRED_ITEM]
    if not items:
        return [None, None, None]
    silent = sum(result.predicted is None for result in items)
    averaged = sum(result.averaged for result in items)
    return [Value(100 * silent / len(items)), Value(100 * averaged / len(items)), _error(items, ci=False)]


def _asked_items(results: Sequence[ItemResult]) -> set[int]:
    return {result.item for result in results} - {INFERRED_ITEM}


def _section_errors(results: Sequence[ItemResult], code: str, ci: bool) -> Value | None:
    own = [r for r in results if r.item != INFERRED_ITEM and r.averaged and ITEMS[r.item].section == code]
    return _error(own, ci)


def _error(results: Sequence[ItemResult], ci: bool) -> Value | None:
    """Return the mean error of an item; its interval is by patients."""
    if not results:
        return None
    values = [float(error_of(result)) for result in results]
    if not ci:
        return Value(sum(values) / len(values))
    interval = ratio_interval(values, [1.0] * len(values), [result.patient for result in results])
    return Value(sum(values) / len(values), None, interval.low, interval.high)


def _estimate(estimate: Estimate, ci: bool) -> Value | None:
    if estimate.value is None or not ci:
        return plain_value(estimate.value)
    return Value(estimate.value, None, estimate.low, estimate.high)


def _mean(values: Sequence[float], patients: Sequence[str], ci: bool) -> Value | None:
    """Return mean ± SEM over patients."""
    mean, sem = mean_sem(values)
    if mean is None:
        return None
    interval = mean_interval(list(values), patients) if ci else None
    return Value(mean, sem, interval.low if interval else None, interval.high if interval else None)
