"""What a decoder gets out of answers beyond the task's own rule, and beyond the same machinery without answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from lmms_eval_plugins.assessments.dose.baselines import CHUNK_S
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, COHORTS
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.baselines import OMNISCIENT, baseline_rows, true_videos
from lmms_eval_plugins.reports.tables.chosen import labels
from lmms_eval_plugins.reports.tables.dose import METRICS
from lmms_eval_plugins.reports.tables.part import same_videos, what_labels
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SEM,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    mean_cell,
    plain_value,
)
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.runs.data_frames.decoders import CONTROL, NOT_ZERO_SHOT
from lmms_eval_plugins.runs.data_frames.load import load_tables
from lmms_eval_plugins.statistics.paired import Comparison, compare, holm

RULE = "rule"

_WINDOWS = ["n_videos", "n_windows", "window_s", "stride_s"]
_TOLD = (
    f"Decoded rows and their controls: {LABEL} (leave one patient out), {NOT_ZERO_SHOT}.",
    "Blind control: the same machinery on the same windows without the answers.",
)


@dataclass(frozen=True, slots=True)
class _Read:
    """A run's answers read in one way: whose, how, the scores by video, and those of its blind control."""

    label: str
    way: str
    scores: pd.DataFrame
    control: pd.DataFrame | None


def decoding_table(
    files: Sequence[str],
    runs: pd.DataFrame,
    chosen: Decoding,
    *,
    ci: bool,
    more: bool,
    split_runs: bool,
    reading: Policy | None,
) -> list[Table]:
    """Make tables of scores by rule and decoded, of paired differences, and with ``more`` of cohorts and activities.

    Args:
        files: the runs and logs.
        runs: the runs table of those that are shown.
        chosen: how to decode; habits pooled and by activity are both shown.
        ci: with 95 % intervals of the scores; the differences always have them.
        more: with the tables by cohort and activity.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read.

    Raises:
        UserError: a run cannot be decoded.
    """
    names_of_rows = dict(zip(runs["path"], labels(runs).values(), strict=True))
    ruled = load_tables(files, ("scores", "timelines"), split_runs=split_runs, reading=reading)
    ways: dict[str, dict[str, pd.DataFrame]] = {RULE: _by_path(ruled.tables["runs"], ruled.tables["scores"])}
    controls: dict[str, Mapping[str, pd.DataFrame]] = {}
    for by_activity in (False, True):
        found = load_tables(
            files,
            ("scores",),
            split_runs=split_runs,
            reading=reading,
            decoding=replace(chosen, by_activity=by_activity, blind=False),
        )
        if found.errors:
            raise UserError(found.errors[0])
        way = f"{chosen.method}{', by activity' * by_activity}"
        ways[way] = _by_path(found.tables["runs"], found.tables["scores"])
        controls[way] = _controls(found.tables["runs"], ways[way])
    names = dict(zip(ruled.tables["runs"]["run"], ruled.tables["runs"]["path"], strict=True))
    members = [run for run, path in names.items() if path in names_of_rows]
    schemes = {run: ruled.schemes[run] for run in members}
    sections = []
    for title, of_section in same_videos(ruled.tables["scores"], members, schemes):
        paths = [names[run] for run in of_section]
        reads = [
            _Read(names_of_rows[path], way, of_way[path], controls.get(way, {}).get(path))
            for path in paths
            for way, of_way in ways.items()
        ]
        own = ruled.tables["scores"][ruled.tables["scores"]["run"].isin(of_section)]
        truth = ruled.tables["timelines"][ruled.tables["timelines"]["run"].isin(of_section)]
        sections.append(
            (title, reads, baseline_rows(true_videos(own, truth), CHUNK_S, scheme=schemes[of_section[0]])[0])
        )
    tables = [_scores_table(sections, what_labels(schemes), ci), _differences_table(sections)]
    if more:
        cohorts = ("cohort", "Cohorts", [*COHORTS])
        for column, name, groups in (cohorts, ("activity", "Activities", [*ACTIVITIES])):
            tables.append(_groups_table(sections, column, name, groups, ci))
    return tables


def _by_path(runs: pd.DataFrame, scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return path → the scores of its videos that enter means."""
    known = answered(scores)
    return {
        path: known[known["run"] == run].set_index("video_id")
        for run, path in zip(runs["run"], runs["path"], strict=True)
    }


def _controls(runs: pd.DataFrame, scores: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return path of a run → the scores of the control on the same windows."""
    is_control = runs["model"] == CONTROL
    keys = list(runs[_WINDOWS].itertuples(index=False, name=None))
    of_windows = {key: scores[path] for key, path, one in zip(keys, runs["path"], is_control, strict=True) if one}
    return {path: of_windows[key] for key, path, one in zip(keys, runs["path"], is_control, strict=True) if not one}


_Sections = Sequence[tuple[str, Sequence[_Read], pd.DataFrame]]


def _rows(
    reads: Sequence[_Read], ceiling: pd.DataFrame, cells: Callable[[pd.DataFrame], list[Cell]]
) -> tuple[TableRow, ...]:
    """Return a row per run and way, then each different control, then the ceiling."""
    rows = [TableRow((read.label, read.way, *cells(read.scores))) for read in reads]
    seen: list[pd.DataFrame] = []
    for read in reads:
        if read.control is not None and not any(read.control is one for one in seen):
            seen.append(read.control)
            rows.append(TableRow((CONTROL, read.way, *cells(read.control)), reference=True))
    best = ceiling[ceiling["run"] == OMNISCIENT]
    return (*rows, TableRow((OMNISCIENT, RULE, *cells(best)), reference=True))


def _scores_table(sections: _Sections, what: str, ci: bool) -> Table:
    def cells(scores: pd.DataFrame) -> list[Cell]:
        return [len(scores), *(mean_cell(scores[metric], scores["patient"], ci) for metric in METRICS)]

    columns = (
        *(Column("model"), Column("read by"), Column("videos")),
        *(Column("ES", 2, "high"), Column("AER", 3, "low"), Column("RCE", 3, "low")),
    )
    return Table(
        "decoding",
        f"Dose of {what} from the same answers, by rule and decoded",
        columns,
        tuple(TableSection(title, _rows(reads, ceiling, cells)) for title, reads, ceiling in sections),
        (SEM, *(INTERVALS,) * ci, *_TOLD),
    )


def _differences_table(sections: _Sections) -> Table:
    made = []
    for title, reads, _ in sections:
        ruled = {read.label: read.scores for read in reads if read.way == RULE}
        pairs = [
            (read, name, other)
            for read in reads
            if read.control is not None
            for name, other in ((RULE, ruled[read.label]), (CONTROL, read.control))
        ]
        tests = [[compare(*_paired(read.scores, other, metric)) for metric in METRICS] for read, _, other in pairs]
        families = [(read.way, name) for read, name, _ in pairs]
        corrected = _corrected(families, [of_pair[-1].p for of_pair in tests])
        rows = [
            TableRow((read.label, read.way, name, *(_difference(test) for test in of_pair), plain_value(p)))
            for (read, name, _), of_pair, p in zip(pairs, tests, corrected, strict=True)
        ]
        made.append(TableSection(title, tuple(rows)))
    columns = (
        *(Column("model"), Column("read by"), Column("minus")),
        *(Column("ES", 2), Column("AER", 3), Column("RCE", 3), Column("p of RCE (Holm)", 3)),
    )
    notes = (
        "Mean difference over videos with its 95 % interval by bootstrap over patients; better than the other: ES above"
        " 0, AER and RCE below 0, where the interval excludes 0.",
        "p: permutation of signs by patient, corrected by Holm over the models, for each way and each other one.",
        *_TOLD,
    )
    return Table("decoding_differences", "Decoded against rule and blind control", columns, tuple(made), notes)


def _corrected(families: Sequence[tuple[str, str]], p_values: Sequence[float | None]) -> list[float | None]:
    """Return the p values, corrected by Holm within each family."""
    corrected: list[float | None] = [None] * len(p_values)
    for family in dict.fromkeys(families):
        places = [place for place, one in enumerate(families) if one == family]
        for place, p in zip(places, holm([p_values[place] for place in places]), strict=True):
            corrected[place] = p
    return corrected


def _groups_table(sections: _Sections, column: str, name: str, groups: Sequence[str], ci: bool) -> Table:
    def cells(scores: pd.DataFrame) -> list[Cell]:
        parts = [scores[scores[column] == group] for group in groups]
        return [mean_cell(part["relative_counting_error"], part["patient"], ci) for part in parts]

    return Table(
        f"decoding_{name.lower()}",
        f"{name}: relative counting error, by rule and decoded",
        (Column("model"), Column("read by"), *(Column(group, 2, "low") for group in groups)),
        tuple(TableSection(title, _rows(reads, ceiling, cells)) for title, reads, ceiling in sections),
        (SEM, *(INTERVALS,) * ci, *_TOLD),
    )


def _paired(first: pd.DataFrame, second: pd.DataFrame, metric: str) -> tuple[list[float], list[float], list[str]]:
    both = [video for video in first.index if video in second.index]
    one, other = first.loc[both], second.loc[both]
    return list(one[metric].astype(float)), list(other[metric].astype(float)), list(one["patient"])


def _difference(test: Comparison) -> Value | None:
    return None if test.difference is None else Value(test.difference, None, test.low, test.high)
