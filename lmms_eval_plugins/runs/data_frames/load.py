"""Tables over any mix of our runs and published logs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError, error_line
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.data_frames.build import notes_in, tables_of
from lmms_eval_plugins.runs.data_frames.cache import cached
from lmms_eval_plugins.runs.data_frames.columns import TEXT, TableName, joined_scores, typed
from lmms_eval_plugins.runs.data_frames.decoders import CONTROL_END, SEEDS, with_control
from lmms_eval_plugins.runs.data_frames.read import sources_at
from lmms_eval_plugins.runs.data_frames.sources import DAMAGE_END, AnyRun, of_family
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from lmms_eval_plugins.runs.differences.log_arguments import results_beside
from lmms_eval_plugins.runs.find import find_all, short_names
from lmms_eval_plugins.runs.run import is_run
from lmms_eval_plugins.runs.run_file import RUN_NAME, recorded_scheme
from lmms_eval_plugins.study.logs import refuse_several

Paths = str | Path | Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class LoadedTables:
    """Tables by name, what could not be read, run → the scheme of its labels, decoded run → its blind control."""

    tables: Mapping[TableName, pd.DataFrame]
    errors: tuple[str, ...]
    schemes: Mapping[str, Scheme]
    controls: Mapping[str, str]

    @property
    def damage(self) -> tuple[str, ...]:
        """Return a line about each run that lacks damaged lines of its answers."""
        runs = self.tables["runs"]
        return tuple(
            f"{path}: {note}"
            for path, notes in zip(runs["path"], runs["notes"], strict=True)
            for note in notes_in(notes)
            if note.endswith(DAMAGE_END)
        )

    def of_videos(self, only: VideoFilter) -> LoadedTables:
        """Return what is about some videos; a run that has none of them is left out.

        Raises:
            UserError: there is no such video.
        """
        about_videos: dict[TableName, pd.DataFrame] = {
            name: table for name, table in self.tables.items() if name != "runs"
        }
        if not only or all(table.empty for table in about_videos.values()):
            return self
        shown = only.shown(about_videos)
        runs = self.tables["runs"]
        left = {run for table in shown.values() for run in table["run"]}
        return replace(
            self,
            tables={"runs": runs[runs["run"].isin(left)], **shown},
            schemes={run: scheme for run, scheme in self.schemes.items() if run in left},
            controls={run: control for run, control in self.controls.items() if run in left},
        )


def load_tables(
    paths: Paths,
    wanted: Sequence[TableName],
    *,
    split_runs: bool = False,
    reading: Policy | None = None,
    decoding: Decoding | None = None,
    seeds: int = 1,
) -> LoadedTables:
    """Return some tables (not the items) of everything that can be read; the rest is an error by its name.

    Args:
        paths: one or several log files, ``*_results.json``, run folders, folders of them, or patterns.
        wanted: the tables.
        split_runs: take the runs of a file that holds several apart, as ``#1``, ``#2``, ….
        reading: how replies are read; None reads published logs as published and our runs as they ask.
        decoding: how dose runs are decoded, each with its blind control behind it (one for all runs of the same
            windows), from replies read by the default reading where ``reading`` is None; None leaves runs to their own
            rule.
        seeds: number of seeds over which the scores of decoded runs are means; those of a control always are.
    """
    errors: list[str] = []
    parts: list[tuple[str, Mapping[TableName, pd.DataFrame]]] = []
    needed: list[TableName] = ["runs", *wanted]
    if decoding:
        needed.append("scores")  # by which controls are told apart
    for path in find_all(as_strings(paths), errors):
        try:
            path.encode()
            parts.append((path, _tables(path, needed, split_runs, reading, decoding, seeds)))
        except UnicodeEncodeError:
            errors.append(f"{path}: a name in this path is not UTF-8, which no table can hold; rename it")
        except Exception as error:
            errors.append(error_line(error, path))
    runs = [path + end for path, tables in parts for end in tables["runs"]["run"]]
    shown = _shown_controls(parts)
    runs = [run for run in runs if shown.get(run, run) == run]
    names = dict(zip(runs, short_names(runs), strict=True))
    whole = {
        name: _joined(name, [_named(tables[name], path, names) for path, tables in parts]) for name in ("runs", *wanted)
    }
    schemes = {names[run]: scheme for path, tables in parts for run, scheme in _schemes(path, tables) if run in names}
    controls = {
        names[run]: names[shown[control]]
        for run in runs
        if run not in shown and (control := run + CONTROL_END) in shown
    }
    return LoadedTables(whole, tuple(errors), schemes, controls)


def _schemes(path: str, tables: Mapping[TableName, pd.DataFrame]) -> list[tuple[str, Scheme]]:
    """Return the runs of a file or folder, by their whole paths, each with the scheme of its labels."""
    scheme = recorded_scheme(Path(path))
    return [(path + end, scheme) for end in tables["runs"]["run"]]


def as_strings(paths: Paths) -> list[str]:
    """Return one path or several as a list of texts."""
    return [str(paths)] if isinstance(paths, str | Path) else [str(path) for path in paths]


def file_of(path: str) -> str:
    """Return the file or folder that a run in the runs table was read from, without ``#1`` or ``#blind`` at its end."""
    return path if os.path.lexists(path) else re.sub(rf"(#\d+)?({CONTROL_END})?$", "", path)


def _tables(
    path: str,
    wanted: Sequence[TableName],
    split_runs: bool,
    reading: Policy | None,
    decoding: Decoding | None,
    seeds: int,
) -> dict[TableName, pd.DataFrame]:
    """Return some tables of one file or folder; in them, a run is named by what its path adds to the file: "" or #1."""
    place = Path(path)

    def build() -> dict[TableName, pd.DataFrame]:
        if decoding is None:
            sources = sources_at(path, True, reading)
        else:
            try:
                sources = [
                    (end + control, one)
                    for end, source in sources_at(path, True, reading or "default")
                    for control, one in _decoded(source, decoding, seeds)
                ]
            except UserError as error:
                raise UserError(f"{path}: {error}") from error
        parts = [tables_of(source, end) for end, source in sources]
        return {name: _joined(name, [part[name] for part in parts]) for name in parts[0]}

    tables = cached(files_of(place), f"{reading or 'own'}{_in_words(decoding, seeds)}", wanted, build)
    if not split_runs:
        runs = tables["runs"]
        refuse_several(place, list(runs["n_videos"][~runs["run"].str.endswith(CONTROL_END)]))
    return tables


def files_of(place: Path) -> list[Path]:
    """Return the files that the tables of a log or run folder are made from."""
    if is_run(place):
        return [place / RUN_NAME, place / ANSWERS_NAME]
    summary = results_beside(place)
    return [place, *([summary] if summary else [])]


def _decoded(source: AnyRun, decoding: Decoding, seeds: int) -> Sequence[tuple[str, AnyRun]]:
    """Return a dose run decoded, with its control; any other run as it is."""
    run = of_family(source, DOSE)
    return with_control(run, decoding, seeds=seeds) if run else [("", source)]


def _in_words(decoding: Decoding | None, seeds: int) -> str:
    if decoding is None:
        return ""
    how = f"{decoding.method}{'-activity' * decoding.by_activity}{'-blind' * decoding.blind}"
    return f"-{how}-{decoding.seed}-{seeds}-{SEEDS}"


def _shown_controls(parts: Sequence[tuple[str, Mapping[TableName, pd.DataFrame]]]) -> dict[str, str]:
    """Return the blind control of a run → the one that is shown for it: the first with the same scores."""
    first: dict[tuple[object, ...], str] = {}
    shown = {}
    for path, tables in parts:
        controls = tables["runs"]["run"][tables["runs"]["run"].str.endswith(CONTROL_END)]
        for end in controls:
            scores = tables["scores"][tables["scores"]["run"] == end]
            key = tuple(
                scores[["video_id", "edit_score", "relative_counting_error"]].itertuples(index=False, name=None)
            )
            shown[path + end] = first.setdefault(key, path + end)
    return shown


def _named(table: pd.DataFrame, path: str, names: Mapping[str, str]) -> pd.DataFrame:
    """Return a table whose runs have the paths as given this time, and their short names; others are left out."""
    paths = {end: path + end for end in table["run"].unique() if path + end in names}
    table = table[table["run"].isin(paths)]
    columns: dict[str, str | pd.Series[str]] = {
        "run": _mapped(table["run"], {end: names[whole] for end, whole in paths.items()})
    }
    if "path" in table:
        columns["path"] = _mapped(table["path"], paths)
    named: pd.DataFrame = table.assign(**columns).astype(dict.fromkeys(columns, TEXT))
    return named


def _mapped(column: pd.Series[str], values: Mapping[str, str]) -> str | pd.Series[str]:
    """Return the column with other values; one value for all rows where there is one only, which is much faster."""
    return next(iter(values.values())) if len(values) == 1 else column.map(values)


def _joined(name: TableName, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate tables; an empty one of the right columns where there are none."""
    if len(parts) == 1:
        return parts[0]
    full = [part for part in parts if len(part)]
    if name == "scores" and full:
        return joined_scores(full)
    return pd.concat(full, ignore_index=True) if full else typed(name, {})
