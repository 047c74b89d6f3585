"""Answers as a file for other programs: each with its run, truth, and what the model's probabilities say of it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.core.console import put
from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import redacted
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.build import probabilities_in, probability_of
from lmms_eval_plugins.runs.data_frames.load import Paths, load_tables

OF_THE_RUN = ("task", "model", "stamp")
"""Columns of the runs table that stand behind an answer's run; by that, the others can be joined."""

OF_PROBABILITIES: Mapping[str, str] = {
    "p_answer": "value",
    "p_truth": "truth",
}
"""Column with the probability of an answer, 0 to 1, among those recorded → the column with that answer."""


@dataclass(frozen=True, slots=True)
class ExportedAnswers:
    """Answers of runs, and a line about each run, or part of one, that could not be read."""

    frame: pd.DataFrame
    errors: tuple[str, ...]


def exported_answers(paths: Paths, *, split_runs: bool = False, reading: Policy | None = None) -> ExportedAnswers:
    """Return the answers table of some runs and logs, with `OF_THE_RUN` and `OF_PROBABILITIES`.

    Rows are in the order of the runs, and within one by video, window and question as they were put.

    Args:
        paths: as for `load_tables`.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read; None reads published logs as published and our runs as they ask.

    Raises:
        UserError: nothing could be read.
    """
    loaded = load_tables(paths, ("answers",), split_runs=split_runs, reading=reading)
    runs, frame = loaded.tables["runs"], loaded.tables["answers"]
    if runs.empty and loaded.errors:
        raise UserError(loaded.errors[0])
    whole: pd.DataFrame = frame.merge(runs[["run", *OF_THE_RUN]], on="run", how="left", validate="many_to_one")
    known = list(map(probabilities_in, whole["probabilities"]))
    whole = whole.assign(
        text=whole["text"].map(redacted, na_action="ignore"),
        **{column: list(map(probability_of, known, whole[answer])) for column, answer in OF_PROBABILITIES.items()},
    )
    order = [name for name in frame.columns if name != "run"]
    place = order.index("p_yes")
    order = ["run", *OF_THE_RUN, *order[:place], *OF_PROBABILITIES, *order[place:]]
    return ExportedAnswers(whole[order], (*loaded.errors, *loaded.damage))


def _as_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV; texts are quoted, since a lone carriage return in one would end its line."""
    text: str = frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return text


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    path.write_bytes(_as_csv(frame).encode())


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


_WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = {".csv": _write_csv, ".parquet": _write_parquet}
"""Suffix of a file → what writes it."""


def check_suffix(path: Path) -> None:
    """Check that a file's suffix says how it is written.

    Raises:
        UserError: it does not.
    """
    if path.suffix.lower() not in _WRITERS:
        raise UserError(f"{path}: its suffix says no format; known are: {', '.join(_WRITERS)}")


def write_frame(frame: pd.DataFrame, path: Path | None) -> None:
    """Print a frame as CSV, or replace a file by it at once, making its folder.

    Raises:
        UserError: the file's suffix says no format, or it cannot be written; the file is as it was.
    """
    if path is None:
        put(_as_csv(frame).removesuffix("\n"))
        return
    check_suffix(path)
    partial = path.with_name(f"{path.name}.part")
    with writing(path, "choose another place with --out"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _WRITERS[path.suffix.lower()](frame, partial)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
