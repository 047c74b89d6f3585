"""What lies behind the table of questions with a truth of their own: classes, confusions, and probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lmms_eval_plugins.reports.asked import (
    LabelledQuestion,
    answers_in_order,
    classes_said,
    confusions,
    probabilities_of_answers,
    probabilities_of_yes,
)
from lmms_eval_plugins.reports.tables.labelled.differences import Named
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    plain_value,
    ratio_cell,
)
from lmms_eval_plugins.statistics.answers import f1_by_class
from lmms_eval_plugins.statistics.intervals import jackknife_interval
from lmms_eval_plugins.statistics.probabilities import calibration

Flags = npt.NDArray[np.bool_]

MOST_CLASSES = 20
"""Questions of more different answers have no table of classes and no confusions."""


def tables_behind(named: Named, ci: bool) -> list[Table]:
    """Return the tables of F1 by class, of calibration, and a confusion matrix of each question and run."""
    few = [(question, names) for question, names in named if _n_classes(question) <= MOST_CLASSES]
    of_words = [(question, names) for question, names in few if not question.of_numbers]
    sections = [TableSection(question.name, _class_rows(question, names, ci)) for question, names in of_words]
    columns = (Column("model"), Column("answer"), Column("true"), Column("said"), Column("F1", 3))
    notes = ("F1: harmonic mean of precision and recall of an answer.", *(_ON_INTERVALS,) * ci)
    tables = [Table("labelled_classes", "F1 by answer", columns, tuple(sections), notes)] if sections else []
    tables += _calibration(named, ci)
    scored = [(question, names) for question, names in few if question.kind != "count"]
    matrices = [
        (f"{question.name}, {names[run]}", confusions(rows))
        for question, names in scored
        for run, rows in question.answers.items()
    ]
    return [*tables, *(_matrix(number, title, counts) for number, (title, counts) in enumerate(matrices, start=1))]


_ON_INTERVALS = "Brackets: 95 % interval by patients (jackknife, t); of fewer than five patients there is none."


def _n_classes(question: LabelledQuestion) -> int:
    said = (one for rows in question.answers.values() for one in classes_said(rows))
    return len({*question.windows["truth"], *said} - {None})


def _class_rows(question: LabelledQuestion, names: Mapping[str, str], ci: bool) -> tuple[TableRow, ...]:
    rows = []
    for run, answers in question.answers.items():
        own = answers[answers["enters"].astype(bool)]
        truth, said = np.array(own["truth"], dtype=object), np.array(classes_said(own), dtype=object)
        for name in answers_in_order(map(str, f1_by_class(list(truth), list(said)))):
            cells = (names[run], name, int((truth == name).sum()), int((said == name).sum()))
            f1 = _f1(truth == name, said == name, list(own["patient"]), ci)
            rows.append(TableRow((*cells, f1), reference=run not in question.models))
    return tuple(rows)


def _f1(true: Flags, given: Flags, patients: Sequence[str], ci: bool) -> Value | None:
    """Return the F1 of one answer, with its interval by the jackknife over patients."""

    def f1_of(places: npt.NDArray[np.intp]) -> float | None:
        return f1_by_class(list(true[places]), list(given[places])).get(True)

    if not ci:
        return plain_value(f1_of(np.arange(len(true))))
    found = jackknife_interval(f1_of, patients, 0, 1)
    return None if found.value is None else Value(found.value, None, found.low, found.high)


def _matrix(number: int, title: str, counts: pd.DataFrame) -> Table:
    columns = (Column("true \\ said"), *(Column(str(column)) for column in counts))
    rows = [
        TableRow((str(truth), *map(int, cells))) for truth, cells in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    return Table(f"labelled_confusion_{number}", f"Confusions: {title}", columns, (TableSection("", tuple(rows)),))


def _calibration(named: Named, ci: bool) -> list[Table]:
    """Return the table of how honest recorded probabilities are, in a list; none where none were recorded."""
    sections = []
    for question, names in named:
        rows = []
        for run, answers in question.answers.items():
            given, yes = probabilities_of_answers(answers), probabilities_of_yes(answers)
            if not len(given[0]) and not len(yes[0]):
                continue
            cells: list[Cell] = [names[run], len(given[0])]
            for p, true, patients in (given, yes):
                found = calibration(p, true)
                cells.append(ratio_cell(list((p - true) ** 2), [1.0] * len(p), patients, ci))
                cells.append(plain_value(found.expected_error if found else None))
            mean = plain_value(float(given[0].mean()) if len(given[0]) else None)
            rows.append(TableRow((*cells[:2], mean, *cells[2:]), reference=run not in question.models))
        if rows:
            sections.append(TableSection(question.name, tuple(rows)))
    columns = (
        *(Column("model"), Column("answers"), Column("mean p", 3)),
        *(Column("Brier", 3, "low"), Column("ECE", 3, "low")),
        *(Column("Brier, yes", 3, "low"), Column("ECE, yes", 3, "low")),
    )
    notes = (
        "Of the probability of the answer that was given, against whether it is right; yes: of the probability of yes,"
        " against whether yes is true.",
        "Brier: mean squared error of the probability; ECE: expected calibration error (ten bins).",
        *(INTERVALS,) * ci,
    )
    title = "Calibration of recorded probabilities"
    return [Table("labelled_calibration", title, columns, tuple(sections), notes)] if sections else []
