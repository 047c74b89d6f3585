"""What a decoder gets out of answers beyond the task's own rule, and beyond controls that never see a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, COHORTS, groups_of
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.decoded.differences import DIGITS, differences_table
from lmms_eval_plugins.reports.tables.decoded.gathered import AS_PUBLISHED, ReadRow, ReadSection, gathered_sections
from lmms_eval_plugins.reports.tables.part import (
    METRICS,
    PRIMARY,
    metric_cell,
    note_on_failures,
    ranked_cell,
    what_labels,
)
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SEM,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    plain_value,
)
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.runs.data_frames.decoders import NOT_ZERO_SHOT, SEEDS
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter


def decoding_table(
    files: Sequence[str],
    runs: pd.DataFrame,
    chosen: Decoding,
    *,
    ci: bool,
    more: bool,
    split_runs: bool,
    reading: Policy | None,
    only: VideoFilter,
    errors: list[str],
) -> list[Table]:
    """Make tables of scores by rule and decoded, of paired differences, and with ``more`` of cohorts and activities.

    Args:
        files: the runs and logs.
        runs: the runs table of those that are shown.
        chosen: how to decode, and by which seed first; habits pooled and by activity are both shown.
        ci: with 95 % intervals of the scores; the differences always have them.
        more: with the tables by cohort and activity.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read, by the rule and by decoders alike; None is the default reading.
        only: the videos that are shown; decoders learn from all videos of other patients.
        errors: what cannot be decoded is added, a line each.

    Raises:
        UserError: no run can be decoded.
    """
    sections = gathered_sections(files, runs, chosen, split_runs=split_runs, reading=reading, only=only, errors=errors)
    seeds = f"{chosen.seed} to {chosen.seed + SEEDS - 1}"
    told = (_TOLD, f"Decoded and blind rows: a video's scores are means over {SEEDS} seeds, {seeds}.", _CONTROLS)
    tables = [
        _scores_table(sections, what_labels({section.title: section.scheme for section in sections}), ci, told),
        differences_table(sections, told),
    ]
    if more:
        rows = [row for section in sections for row in section.rows]
        for column, name, known in (("cohort", "Cohorts", COHORTS), ("activity", "Activities", ACTIVITIES)):
            groups = groups_of({one for row in rows for one in row.scores[column].dropna()}, known)
            tables.append(_groups_table(sections, column, name, groups, ci, told))
    return tables


_TOLD = f"Decoded rows and what is compared with them: {LABEL} (leave one patient out), {NOT_ZERO_SHOT}."
_CONTROLS = (
    "Controls are about each run's own windows. Blind control: the same machinery without the answers. Stopwatch:"
    " counts by a video's length, fitted on other patients; it has no timeline, so neither ES nor AER. By activity:"
    " by what the recording is of, too. Reference: the correct answers, by the rule; other answers may score more."
)
_PUBLISHED = (
    f"{AS_PUBLISHED}: replies read as the study read them; all other rows of that run are by the default reading, so"
    " that rule and decoder are read alike."
)


def _scores_table(sections: Sequence[ReadSection], what: str, ci: bool, told: Sequence[str]) -> Table:
    failed = [
        (f"{row.label} ({row.way})", row.scores, section.scheme)
        for section in sections
        for row in section.rows
        if len(answered(row.scores)) < len(row.scores)
    ]
    answered_column = (Column("answered (%)", 1),) * bool(failed)

    def cells(row: ReadRow, scheme: Scheme) -> list[Cell]:
        n, n_all = len(answered(row.scores)), len(row.scores)
        share = (plain_value(100 * n / n_all if n_all else None),) * bool(failed)
        return [n, *share, *(ranked_cell(row.scores, scheme, partial(metric_cell, metric, ci)) for metric in METRICS)]

    columns = (
        *(Column("model"), Column("read by"), Column("videos"), *answered_column),
        *(Column("ES", 2, "high"), Column("AER", 3, "low"), Column("RCE", 3, "low")),
    )
    as_published = any(row.way == AS_PUBLISHED for section in sections for row in section.rows)
    return Table(
        "decoding",
        f"Dose of {what} from the same answers, by rule and decoded",
        columns,
        _table_sections(sections, cells),
        (SEM, *(INTERVALS,) * ci, *told, *(_PUBLISHED,) * as_published, *note_on_failures(failed, DIGITS, "Rows")),
    )


def _table_sections(
    sections: Sequence[ReadSection], cells: Callable[[ReadRow, Scheme], list[Cell]]
) -> tuple[TableSection, ...]:
    return tuple(
        TableSection(
            section.title,
            tuple(TableRow((row.label, row.way, *cells(row, section.scheme)), row.reference) for row in section.rows),
        )
        for section in sections
    )


def _groups_table(
    sections: Sequence[ReadSection], column: str, name: str, groups: Sequence[str], ci: bool, told: Sequence[str]
) -> Table:
    def cells(row: ReadRow, scheme: Scheme) -> list[Cell]:
        parts = [row.scores[row.scores[column] == group] for group in groups]
        return [ranked_cell(part, scheme, partial(metric_cell, PRIMARY, ci)) for part in parts]

    return Table(
        f"decoding_{name.lower()}",
        f"{name}: relative counting error, by rule and decoded",
        (Column("model"), Column("read by"), *(Column(group, 2, "low") for group in groups)),
        _table_sections(sections, cells),
        (SEM, *(INTERVALS,) * ci, *told),
    )
