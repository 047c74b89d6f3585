"""How far two runs give the same answers to the same requests, and which of them is right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from lmms_eval_plugins.reports.compare.metrics import INTERVAL_OF_DIFFERENCE, MOST_ROWS
from lmms_eval_plugins.reports.compare.pair import SAME_WINDOW
from lmms_eval_plugins.reports.tables.against import note_on_p
from lmms_eval_plugins.reports.tables.table import (
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    p_column,
    plain_value,
)
from lmms_eval_plugins.statistics.paired import Comparison, compare, holm
from lmms_eval_plugins.statistics.reliability import nominal_kappa

_EVERY = "all questions"


def with_readings(replied: pd.DataFrame) -> pd.DataFrame:
    """Return answers to which both runs replied, with ``reading_a`` and ``reading_b``: an answer, or why there is none.

    ``right_a`` and ``right_b`` are missing where the truth is not known, or is another one in each of the runs.
    """
    readings = {
        f"reading_{run}": replied[f"value_{run}"].fillna("(" + replied[f"state_{run}"].astype(str) + ")")
        for run in "ab"
    }
    known = (replied["truth_a"] == replied["truth_b"]).fillna(False)
    right = {f"right_{run}": replied[f"right_{run}"].where(known) for run in "ab"}
    whole: pd.DataFrame = replied.assign(**readings, **right)
    return whole


def agreement_table(answers: pd.DataFrame) -> Table:
    """Make the table of equal answers and of who is right, by question; all questions first where there are several.

    Args:
        answers: the answers of both, see `with_readings`.
    """
    parts = [(str(question), own) for question, own in answers.groupby("question", sort=False)]
    tests = [_test(own) for _, own in parts]
    p_values = holm([test.p if test else None for test in tests])
    rows = [_row(*part, test, p) for part, test, p in zip(parts, tests, p_values, strict=True)]
    if len(parts) > 1:
        every = _test(answers)
        rows.insert(0, _row(_EVERY, answers, every, every.p if every else None))
    columns = (
        *(Column("question"), Column("replies"), Column("equal texts (%)", 1), Column("equal readings (%)", 1)),
        *(Column("kappa", 2), Column("both right"), Column("only A"), Column("only B"), Column("both wrong")),
        *(Column("B − A right (%)", 1), p_column("p")),
    )
    tested = [test for test in tests if test]
    both_known = answers.dropna(subset=["truth_a", "truth_b"])
    other_truth = int((both_known["truth_a"] != both_known["truth_b"]).sum())
    notes = [
        "Of requests to which both runs have replies. Readings: answers as each run's policy reads them; replies"
        " without an answer agree where they are so for the same reason, and are wrong. Kappa: Cohen's, of"
        " the readings; of several questions there is none.",
        f"B − A right: {INTERVAL_OF_DIFFERENCE}" if tested else "No truth is known.",
        note_on_p(max(test.n_patients for test in tested), len(tested)) if tested else "",
        f"The truth of {other_truth:,} answers is another one in each of the runs; they count as not known."
        if other_truth
        else "",
    ]
    return Table(
        "compare_agreement", "Answers", columns, (TableSection("", tuple(rows)),), tuple(note for note in notes if note)
    )


def _test(answers: pd.DataFrame) -> Comparison | None:
    known = answers[answers["right_a"].notna()]
    if known.empty:
        return None
    first, second = (known[f"right_{run}"].astype(float) for run in "ab")
    return compare(second, first, list(known["patient_a"]))


def _row(name: str, own: pd.DataFrame, test: Comparison | None, p: float | None) -> TableRow:
    n = len(own)
    kappa = None if name == _EVERY else nominal_kappa(list(own["reading_a"]), list(own["reading_b"]))
    cells: list[Cell] = [
        *(name, n, Value(100 * float((own["text_a"] == own["text_b"]).sum()) / n)),
        Value(100 * float((own["reading_a"] == own["reading_b"]).sum()) / n),
        plain_value(kappa),
    ]
    if test is None or test.difference is None:
        return TableRow((*cells, *[None] * 6))
    known = own[own["right_a"].notna()]
    a, b = (known[f"right_{run}"].astype(bool) for run in "ab")
    ends = [None if end is None else 100 * end for end in (test.low, test.high)]
    counts = [int(one.sum()) for one in (a & b, a & ~b, ~a & b, ~a & ~b)]
    return TableRow((*cells, *counts, Value(100 * test.difference, None, *ends), plain_value(p)))


def disagreements_table(answers: pd.DataFrame) -> Iterator[Table]:
    """Yield the table of answers that are read differently; nothing where there are none.

    Those with the largest shift of the true answer's log-probability come first where it is known, else those about
    windows with the most such answers.

    Args:
        answers: the answers of both, see `with_readings` and `lmms_eval_plugins.reports.compare.shifts.with_shifts`.
    """
    differ = answers[answers["reading_a"] != answers["reading_b"]]
    if differ.empty:
        return
    in_window = differ.groupby(SAME_WINDOW, sort=False)["question"].transform("size")
    by_shift = bool(differ["shift_truth"].notna().any())
    ordered = differ.assign(size=differ["shift_truth"].abs(), in_window=in_window).sort_values(
        ["size", "in_window"], ascending=False, kind="stable"
    )
    rows = [_disagreement(row, by_shift) for row in ordered[:MOST_ROWS].to_dict("records")]
    heads: Sequence[Column] = [
        *map(Column, ("video", "seconds", "question", "truth", "A", "B")),
        *([Column("shift of log p", 3)] if by_shift else []),
    ]
    order = "largest shift of the true answer's log-probability" if by_shift else "windows with the most of them"
    note = f"{len(rows)} of {len(differ):,} answers that are read differently, of {len(answers):,}; {order} first."
    yield Table(
        "compare_disagreements", "Where the answers differ", tuple(heads), (TableSection("", tuple(rows)),), (note,)
    )


def _disagreement(row: dict[object, object], by_shift: bool) -> TableRow:
    truth, shift = row["truth_a"], row["shift_truth"]
    assert isinstance(shift, float)
    cells: list[Cell] = [
        *(str(row["video_id"]), f"{row['start_s_a']:.3f}–{row['end_s_a']:.3f}", str(row["question"])),
        *(truth if isinstance(truth, str) else None, str(row["reading_a"]), str(row["reading_b"])),
    ]
    return TableRow((*cells, *([None if math.isnan(shift) else Value(shift)] if by_shift else [])))
