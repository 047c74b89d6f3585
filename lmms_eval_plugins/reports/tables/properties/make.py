"""Make the table of measurement properties from runs of dose tasks, of the Fugl-Meyer assessment, or of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.reports.tables.chosen import PROPERTIES, notes_of
from lmms_eval_plugins.reports.tables.chosen import labels as row_names
from lmms_eval_plugins.reports.tables.dose import Given
from lmms_eval_plugins.reports.tables.impairment import item_sections
from lmms_eval_plugins.reports.tables.part import Part, what_labels
from lmms_eval_plugins.reports.tables.properties.agreement import Compared, change_table, limits_table
from lmms_eval_plugins.reports.tables.properties.measured import (
    DIFFERENCE,
    RATIO,
    dose_parts,
    patient_doses,
    titled,
    video_readings,
)
from lmms_eval_plugins.reports.tables.properties.reliability import (
    ReliabilityRow,
    dose_reliability,
    reliability_table,
    totals_reliability,
)
from lmms_eval_plugins.reports.tables.properties.totals import ExaminedPatients, examined
from lmms_eval_plugins.reports.tables.properties.validity import (
    PatientMeasures,
    convergence_table,
    groups_table,
    of_totals,
    per_minute,
)
from lmms_eval_plugins.reports.tables.properties.yardsticks import yardsticks_table
from lmms_eval_plugins.reports.tables.table import Table
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from lmms_eval_plugins.runs.scored import ScoredRun


def properties_tables(
    given: Given, scored: Sequence[tuple[ScoredRun, FuglMeyerScore]], only: VideoFilter
) -> list[Table]:
    """Make the tables: agreement, detectable change, reliability, known groups, convergence, yardsticks.

    Args:
        given: runs of dose and Fugl-Meyer tasks; scores are of the former.
        scored: the scored Fugl-Meyer runs.
        only: the videos that are shown. An examination is of all clips of a patient, so that of some activities or
            views there is none; the therapist's totals are still what doses are correlated with.

    Raises:
        UserError: there is neither a video nor a patient with a truth.
    """
    doses = given.runs[given.runs["method"].isin(DOSE.method_names)]
    given = Given(doses, given.scores, given.timelines, None, given.ci, given.more, given.schemes, given.notes)
    parts = dose_parts(given) if len(given.scores) else []
    sections = item_sections(scored)
    patients = {patient.casefold() for patient in only.patients} or None
    totals = [] if only.activities or only.views else examined(sections, patients)
    if not parts and not totals:
        raise UserError("table properties: no video, and no patient, among these has a truth to measure against")
    paths = dict(zip(doses["run"], doses["path"], strict=True))
    compared = _compared(parts, totals, paths)
    remarks = (*_left_out(given), *given.notes, *(notes_of(doses, row_names(doses)) if len(doses) else ()))
    tables = [
        limits_table(PROPERTIES, "Agreement with the labels", compared, given.ci, remarks),
        change_table(f"{PROPERTIES}_change", [one for one in compared if one.of_change], given.ci),
        reliability_table(
            f"{PROPERTIES}_reliability", _reliable(given, parts, totals, [row for row, _ in scored]), given.ci
        ),
        groups_table(f"{PROPERTIES}_groups", _grouped(parts, totals, paths), given.ci),
    ]
    truth = max(examined(sections, patients), key=lambda one: one.n_items, default=None)
    if parts and truth:
        of_parts = [(part.title, per_minute(patient_doses(part, paths))) for part in parts]
        tables.append(convergence_table(f"{PROPERTIES}_convergence", of_parts, truth, given.ci))
    if totals:
        tables.append(yardsticks_table(f"{PROPERTIES}_yardsticks", totals, given.ci))
    if given.more and parts:
        title = f"Agreement of single {what_labels(given.schemes)} with the labels"
        tables.append(limits_table(f"{PROPERTIES}_labels", title, _of_labels(parts, paths), given.ci))
    return tables


def _left_out(given: Given) -> tuple[str, ...]:
    """Return a note on the videos that enter no means, where there are any."""
    kept = set(answered(given.scores).index)
    names = dict.fromkeys(given.scores["video_id"][[row not in kept for row in given.scores.index]])
    return (f"Left out of some run, for want of replies: {listed(names, most=20)}.",) if names else ()


def _compared(parts: Sequence[Part], totals: Sequence[ExaminedPatients], paths: Mapping[str, str]) -> list[Compared]:
    found = []
    for part in parts:
        videos, patients = video_readings(part, paths), [one.readings for one in patient_doses(part, paths)]
        found += [
            Compared(titled(part, "number in a video"), RATIO, videos),
            Compared(titled(part, "number in a video"), DIFFERENCE, videos, of_change=False),
            Compared(titled(part, "number in all videos of a patient"), RATIO, patients),
        ]
    found += [Compared(_of_total(one), DIFFERENCE, one.readings) for one in totals]
    return found


def _of_total(patients: ExaminedPatients) -> str:
    return f"Fugl-Meyer total of {patients.n_items} items ({patients.title})"


def _of_labels(parts: Sequence[Part], paths: Mapping[str, str]) -> list[Compared]:
    return [
        Compared(titled(part, f"number of {label} in a video"), RATIO, video_readings(part, paths, label))
        for part in parts
        for label in part.scheme.names
    ]


def _reliable(
    given: Given, parts: Sequence[Part], totals: Sequence[ExaminedPatients], scored: Sequence[ScoredRun]
) -> list[tuple[str, Sequence[ReliabilityRow]]]:
    found: list[tuple[str, Sequence[ReliabilityRow]]] = [
        section for part in parts for section in dose_reliability(part, given.runs)
    ]
    return [*found, *((_of_total(one), totals_reliability(one, scored)) for one in totals)]


def _grouped(
    parts: Sequence[Part], totals: Sequence[ExaminedPatients], paths: Mapping[str, str]
) -> list[tuple[str, Sequence[PatientMeasures]]]:
    found: list[tuple[str, Sequence[PatientMeasures]]] = [
        (titled(part, "number per minute of a patient"), per_minute(patient_doses(part, paths))) for part in parts
    ]
    return [*found, *((_of_total(one), of_totals(one)) for one in totals)]
