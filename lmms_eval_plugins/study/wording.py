"""The study's wording of a task's questions, read from the user's vlms4rehab checkout at run time.

The wording is not part of this project: without the checkout it is not available.
"""

from __future__ import annotations

import csv
import gzip
import lzma
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.json_files import JsonObject, parse_json
from lmms_eval_plugins.questions.sets import Question, QuestionSet

SEPARATOR = " <SEP> "
"""The separator of several questions' texts in a log."""

_ASSESSMENT = re.compile(r"ia(?P<number>[1-4])_(?P<part>3_30|31_33)$")
_SAMPLING = {"3_30": "uniform", "31_33": "dense"}
_LOG_NAME = re.compile(r"^.+_samples_(?P<task>.+)\.jsonl(?:\.gz|\.xz)?$")
_HAND = re.compile(r"\b(?:left|right)(?= hand\b)", re.IGNORECASE)
_ARMS = {"A": "affected", "H": "other", "B": "both"}
_VIEWS = {"F": "front", "S": "side"}
_REACHES = (4, 5)
"""Numbers of timed touches: of the knee, whose question comes first, and of the nose."""


def load_published(task: str, checkout: Path, own: QuestionSet) -> QuestionSet:
    """Return a task's questions in the study's exact wording.

    The primitives and activity tasks keep our questions and take their texts from the first log of the task found in
    ``logs*`` of the checkout. The Fugl-Meyer tasks (``ia1_3_30`` to ``ia4_31_33``) take the questions themselves from
    ``data/ia/fm_item_questions*.csv``, with ids ``q0``, ``q1``, ….

    Args:
        task: the task's name, as in ``strokerehab_primitives_3``.
        checkout: the vlms4rehab folder.
        own: the task's question set in this project's wording.

    Raises:
        UserError: the checkout lacks the log or table, or it is not valid.
    """
    if not checkout.is_dir():
        raise UserError(f"{checkout}: no such folder; the published wording comes from a checkout of vlms4rehab")
    if assessment := _ASSESSMENT.search(task):
        table = checkout / "data" / "ia" / f"fm_item_questions{assessment['number']}.csv"
        sampling = _SAMPLING[assessment["part"]]
        questions = tuple(_assessment_questions(table, sampling))
        if not questions:
            raise UserError(f"{table}: no question whose sampling is {sampling}")
    else:
        questions = _reworded(own.questions, *_logged_texts(task, checkout))
    return own.model_copy(update={"questions": questions})


def _reworded(questions: Sequence[Question], log: Path, texts: Sequence[str]) -> tuple[Question, ...]:
    if len(texts) != len(questions):
        raise UserError(
            f"{log}: the input of its first row holds {len(texts)} questions;"
            f" {', '.join(question.id for question in questions)} are expected"
        )
    return tuple(
        question.model_copy(update={"text": _template(text), "verbatim": True})
        for question, text in zip(questions, texts, strict=True)
    )


def _template(text: str) -> str:
    """Return a text as a template: the side of the hand as a placeholder in the same case, braces escaped."""
    return _HAND.sub(lambda side: "{HAND}" if side[0].isupper() else "{hand}", _escaped(text))


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _logged_texts(task: str, checkout: Path) -> tuple[Path, list[str]]:
    """Find the first log of a task, and the texts of its questions."""
    logs = sorted(
        path
        for folder in sorted(checkout.glob("logs*"))
        for path in folder.rglob("*_samples_*.jsonl*")
        if (name := _LOG_NAME.match(path.name)) and (name["task"] == task or task in path.relative_to(checkout).parts)
    )
    if not logs:
        raise UserError(f"{checkout}: no log of {task} (logs*/**/*_samples_{task}.jsonl) to take its wording from")
    text = _first_row(logs[0]).get("input")
    if not isinstance(text, str) or not text.strip():
        raise UserError(f"{logs[0]}: its first row has no input, which is the question's text")
    return logs[0], text.split(SEPARATOR)


def _first_row(log: Path) -> JsonObject:
    try:
        with _opened(log) as file:
            row = parse_json(file.readline())
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error) as error:
        raise UserError(f"{log}: its first row cannot be read ({error})") from error
    if not isinstance(row, dict):
        raise UserError(f"{log}: its first row is not a JSON object")
    return row


def _opened(log: Path) -> TextIO:
    if log.suffix == ".gz":
        return gzip.open(log, "rt", encoding="utf-8")
    if log.suffix == ".xz":
        return lzma.open(log, "rt", encoding="utf-8")
    return log.open(encoding="utf-8")


def _assessment_questions(table: Path, sampling: str) -> Iterator[Question]:
    """Yield the questions of a table whose clips have this sampling, in its order."""
    counted: dict[str, int] = {}
    for line, row in _table_rows(table):
        try:
            if row["sampling"] != sampling:
                continue
            yield _assessment_question(row, counted)
        except KeyError as error:
            raise UserError(f"{table}, line {line}: unknown or missing {error.args[0]!r}") from error
        except ValidationError as error:
            raise UserError(f"{table}, line {line}: {describe_validation(error)}") from error
        except (ValueError, IndexError) as error:
            raise UserError(f"{table}, line {line}: not a question on a Fugl-Meyer item ({error})") from error


def _assessment_question(row: Mapping[str, str], counted: dict[str, int]) -> Question:
    """Turn a row into a question; ``counted`` is the number of counting questions so far by video, and is updated."""
    item, arm, view = row["fm_video"].split("_")
    values: dict[str, object] = {}
    if row["question_type"] == "count":
        values["reaches"] = _REACHES[counted.setdefault(row["fm_video"], 0)]
        counted[row["fm_video"]] += 1
    elif row["question_type"] == "binary":
        scores = {"if_no": row["binary_no_score"], "if_yes": row["binary_yes_score"]}
        values |= {name: int(float(score)) for name, score in scores.items() if score}
    return Question.model_validate(
        {
            "id": f"q{row['qid']}",
            "truth": "item_score",
            "item": int(item),
            "arm": _ARMS[arm],
            "view": _VIEWS[view],
            "answer": {"binary": "yes_no", "rate": {"score": [0, 1, 2]}, "count": "count"}[row["question_type"]],
            "text": _escaped(row["question"]),
            "verbatim": True,
            **values,
        }
    )


def _table_rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table with their lines."""
    try:
        with table.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                yield reader.line_num, {name: value or "" for name, value in row.items() if name}
    except OSError as error:
        raise UserError(f"{table}: cannot be read ({error.strerror}); the published wording comes from it") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{table}: not a table ({error})") from error
