"""Make a table by its name, from runs and published logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.chosen import LABELLED_TABLE, MEASURE, PROPERTIES, RATERS_TABLE, REPLIES, chosen
from lmms_eval_plugins.reports.tables.decoding import decoding_table as decoding_tables
from lmms_eval_plugins.reports.tables.deeper.patients import dose_patients_table
from lmms_eval_plugins.reports.tables.dose import (
    Given,
    counting_table,
    dose_inputs_table,
    dose_models_table,
    sampling_table,
    without_short,
)
from lmms_eval_plugins.reports.tables.identification import identification_table
from lmms_eval_plugins.reports.tables.impairment import impairment_table
from lmms_eval_plugins.reports.tables.labelled.questions import labelled_tables
from lmms_eval_plugins.reports.tables.measured.gathered import Measuring, gathered_doses
from lmms_eval_plugins.reports.tables.measured.make import measure_tables
from lmms_eval_plugins.reports.tables.properties.make import properties_tables
from lmms_eval_plugins.reports.tables.published import TABLES
from lmms_eval_plugins.reports.tables.raters.agreement import agreement_tables
from lmms_eval_plugins.reports.tables.raters.gathered import gather_raters
from lmms_eval_plugins.reports.tables.raters.places import places_table
from lmms_eval_plugins.reports.tables.replies import replies_table
from lmms_eval_plugins.reports.tables.sees.gathered import gathered_perturbed
from lmms_eval_plugins.reports.tables.sees.make import SEES, sees_tables
from lmms_eval_plugins.reports.tables.selective.abstain import abstain_tables
from lmms_eval_plugins.reports.tables.selective.gathered import HowRead, gathered_cases
from lmms_eval_plugins.reports.tables.table import Table
from lmms_eval_plugins.reports.tables.wording.gathered import gather_worded
from lmms_eval_plugins.reports.tables.wording.make import wording_tables
from lmms_eval_plugins.runs.data_frames.columns import TableName
from lmms_eval_plugins.runs.data_frames.items import assessments
from lmms_eval_plugins.runs.data_frames.load import Paths, as_strings, file_of, load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.runs.scored import scores_of

DECODING = "decoding"
ABSTAIN = "abstain"
WORDING = "wording"

_DOSE: dict[str, Callable[[Given], list[Table]]] = {
    "dose_models": dose_models_table,
    "dose_inputs": dose_inputs_table,
    "sampling_direct": partial(sampling_table, name="sampling_direct", prompting="direct"),
    "sampling_decomposed": partial(sampling_table, name="sampling_decomposed", prompting="decomposed"),
    "counting": counting_table,
    "dose_patients": dose_patients_table,
}


@dataclass(frozen=True, slots=True)
class Made:
    """The tables of a name (the first is the study's, with ``more`` others follow), and what could not be read."""

    tables: tuple[Table, ...]
    errors: tuple[str, ...]


def make_tables(
    name: str,
    paths: Paths,
    *,
    ci: bool = False,
    more: bool = False,
    split_runs: bool = False,
    reading: Policy | None = None,
    decoding: Decoding | None = None,
    min_primitives: int = 0,
    measuring: Measuring | None = None,
    target_error: float | None = None,
    measured: bool = False,
    only: VideoFilter = EVERY_VIDEO,
) -> Made:
    """Make a table from whatever of it is among the paths.

    Args:
        name: one of `TABLES`.
        paths: log files, run folders, folders of them, patterns.
        ci: with 95 % intervals by patients.
        more: with tables on what lies behind it.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read; None reads published logs as published and our runs as they ask.
        decoding: how dose runs are decoded; None leaves them to their own rule (in ``decoding``, `Decoding` as it is).
        min_primitives: leave videos with fewer true labels out of every score, for runs and controls alike.
        measuring: in ``measure``, how runs are measured; None is `Measuring` as it is.
        target_error: of ``abstain``, the mean error that answers may have; None only ranks them.
        measured: of ``abstain``, with measured doses.
        only: the videos that are shown; controls are of the same ones, and learn from all videos of other patients.

    Raises:
        UserError: there is no such table, no such video, or nothing to show in it; or it is not about dose, and
            ``min_primitives`` is given; or what is for another table alone is given.
    """
    if name not in TABLES:
        raise UserError(f"no table is named {name!r}{nearest(name, TABLES)}")
    _refuse_options_of_others(name, decoding, min_primitives, measuring, target_error, measured)
    errors: list[str] = []
    try:
        if name == ABSTAIN:
            gathered = gathered_cases(paths, HowRead(split_runs, reading, decoding, only, measured=measured))
            errors += gathered.errors
            tables = abstain_tables(gathered, target_error, ci, more)
        elif name == MEASURE:
            how = measuring or Measuring()
            doses = gathered_doses(paths, how, split_runs=split_runs, reading=reading, only=only)
            errors += doses.errors
            tables = measure_tables(doses, how, ci=ci, more=more)
        elif name == SEES:
            seen = gathered_perturbed(paths, split_runs=split_runs, reading=reading, decoding=decoding, only=only)
            errors += seen.errors
            tables = sees_tables(seen, ci=ci, more=more)
        elif name == WORDING:
            worded = gather_worded(paths, f"table {name}", reading, only)
            errors += worded.errors
            tables = wording_tables(worded, ci)
        elif name == "impairment":
            tables = impairment_table(paths, errors, ci, more, reading, only)
        elif name == RATERS_TABLE:
            found = gather_raters(as_strings(paths))
            errors += found.errors
            tables = agreement_tables(found.only(only), found.remarks, ci)
            if found.runs:
                tables += _from_frames(name, found.runs, ci, True, split_runs, reading, decoding, 0, only, errors)
        else:
            tables = _from_frames(name, paths, ci, more, split_runs, reading, decoding, min_primitives, only, errors)
        return Made(tuple(_captioned(table, only) for table in tables), tuple(errors))
    except UserError as error:
        if errors:
            raise UserError(listed([error, *errors], by="; ")) from error
        raise


def _refuse_options_of_others(
    name: str,
    decoding: Decoding | None,
    min_primitives: int,
    measuring: Measuring | None,
    target_error: float | None,
    measured: bool,
) -> None:
    """Raise a UserError where an option is given that is for other tables than this one."""
    if (target_error is not None or measured) and name != ABSTAIN:
        option = "--measured" if measured else "--target-error"
        raise UserError(f"table {name}: {option} is for the table {ABSTAIN}; leave it away")
    if min_primitives and name not in (*_DOSE, PROPERTIES):
        of_dose = listed((*_DOSE, PROPERTIES))
        raise UserError(f"table {name}: --min-primitives is for the tables {of_dose}; leave it away")
    if measuring and name != MEASURE:
        raise UserError(f"table {name}: --together and --seeds are for the table {MEASURE}; leave them away")
    if decoding and name == MEASURE:
        raise UserError(f"table {MEASURE}: it measures by decoders of its own; leave --decoder away")


_ONLY = (
    "Only some of the videos are shown, as the title says: every number is of these. Controls are of the same ones, and"
    " learned from all videos of other patients."
)


def _captioned(table: Table, only: VideoFilter) -> Table:
    return replace(table, title=f"{table.title}, {only.described}", notes=(_ONLY, *table.notes)) if only else table


def _from_frames(
    name: str,
    paths: Paths,
    ci: bool,
    more: bool,
    split_runs: bool,
    reading: Policy | None,
    decoding: Decoding | None,
    min_primitives: int,
    only: VideoFilter,
    errors: list[str],
) -> list[Table]:
    how = None if name == DECODING else decoding
    found = load_tables(paths, (), split_runs=split_runs, reading=reading, decoding=how)
    errors += found.errors
    if errors and found.tables["runs"].empty:
        raise UserError(f"table {name}: nothing could be read")
    errors += found.damage
    runs = chosen(name, found.tables["runs"])
    every = dict(zip(found.tables["runs"]["path"], found.tables["runs"]["run"], strict=True))
    schemes = {run: found.schemes[every[path]] for run, path in zip(runs["run"], runs["path"], strict=True)}
    files = list(dict.fromkeys(file_of(str(path)) for path in runs["path"]))
    if name == DECODING:
        chosen_decoding = decoding or Decoding()
        return decoding_tables(
            *(files, runs, chosen_decoding),
            ci=ci,
            more=more,
            split_runs=split_runs,
            reading=reading,
            only=only,
            errors=errors,
        )
    wanted: list[TableName] = ["answers" if name in (REPLIES, LABELLED_TABLE) else "scores"]
    if name not in ("identification", REPLIES, LABELLED_TABLE):
        wanted.append("timelines")
        if more:
            wanted.append("answers")
    loaded = load_tables(files, wanted, split_runs=split_runs, reading=reading, decoding=how)
    every = {key: _of(table, loaded.tables["runs"], runs) for key, table in loaded.tables.items()}
    tables = replace(loaded, tables=every).of_videos(only).tables
    runs = runs[runs["run"].isin(tables["runs"]["run"])]
    if name == "identification":
        return identification_table(runs, tables["scores"], every["scores"], ci, more)
    if name == REPLIES:
        return replies_table(runs, tables["answers"])
    if name == LABELLED_TABLE:
        return labelled_tables(runs, tables["answers"], every["answers"], ci, more)
    given = Given(runs, tables["scores"], tables["timelines"], tables.get("answers"), ci, more, schemes)
    if min_primitives:
        given = without_short(given, min_primitives)
        if given.scores.empty:
            raise UserError(f"table {name}: no video has {min_primitives:,} true primitives; lower --min-primitives")
    if name == PROPERTIES:
        return properties_tables(given, scores_of(assessments(files, errors, reading), FUGL_MEYER), only)
    return places_table(given) if name == RATERS_TABLE else _DOSE[name](given)


def _of(table: pd.DataFrame, loaded: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the chosen runs, under the names that those have."""
    names = dict(zip(runs["path"], runs["run"], strict=True))
    renamed = {run: names[path] for run, path in zip(loaded["run"], loaded["path"], strict=True) if path in names}
    kept: pd.DataFrame = table[table["run"].isin(list(renamed))]
    named: pd.DataFrame = kept.assign(run=kept["run"].map(renamed))
    return named
