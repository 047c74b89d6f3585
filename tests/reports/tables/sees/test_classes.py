"""Answers other than yes and no under perturbed frames, and sides in a mirror, from tables made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from lmms_eval_plugins.questions.truths import exchanged_sides
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.sees import gathered
from lmms_eval_plugins.reports.tables.table import Table, Value
from lmms_eval_plugins.statistics.answers import balanced_accuracy
from tests.support.labelled_frames import Said, frames_of, loading

TASK = "strokerehab_which_hand"
N = 64
TRUTH = [str(one) for one in np.random.default_rng(3).choice(["left", "right", "both"], N, p=[0.45, 0.35, 0.2])]
SEEN = ["both" if place % 9 == 0 else true for place, true in enumerate(TRUTH)]


def swapped(answers: Sequence[str]) -> list[str]:
    return [exchanged_sides(one, TRUTH) for one in answers]


def table_of(monkeypatch: pytest.MonkeyPatch, mirrored: Sequence[str], as_is: Sequence[str] = SEEN) -> Table:
    """The table of a question about the hand, as is and in a mirror, where the correct answer is the other side."""
    said = (
        Said("tiny@plain", TASK, "hand", "one_of", TRUTH, as_is),
        Said("tiny@mirror", TASK, "hand", "one_of", swapped(TRUTH), mirrored),
    )
    runs, answers = frames_of(*(one._replace(windows_of_video=4, videos_of_patient=2) for one in said))
    settings = [json.dumps({"fps": "15"}), json.dumps({"fps": "15", "perturb": "mirror"})]
    monkeypatch.setattr(gathered, "load_tables", loading((runs.assign(settings=settings), answers)))
    (table,) = make_tables("sees", "runs").tables
    return table


def test_answers_that_follow_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(monkeypatch, swapped(SEEN))
    assert table.name == "sees_classes"
    (section,) = table.sections
    as_is, mirror = (dict(zip([one.heading for one in table.columns], row.cells, strict=True)) for row in section.rows)
    assert as_is["balanced"] == mirror["balanced"] == Value(balanced_accuracy(TRUTH, SEEN) or 0)
    assert mirror["− as is"] == Value(0) and mirror["kept (%)"] == Value(100)
    sides = "in a mirror 100 % of the answers left and right change sides"
    assert table.notes[1].endswith(f": {sides}: they follow the picture.")


def test_answers_that_do_not_turn_with_the_picture_are_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    note = table_of(monkeypatch, SEEN).notes[1]
    assert "in a mirror 0 % of the answers left and right change sides: the side is guessed" in note


def test_sides_that_turn_now_and_then_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = enumerate(zip(SEEN, swapped(SEEN), strict=True))
    mixed = [one if place % 3 == 0 else other for place, (one, other) in pairs]
    assert "change sides." in table_of(monkeypatch, mixed).notes[1]


def test_a_reply_without_an_answer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(monkeypatch, ["?"] * N)
    mirror = dict(zip([one.heading for one in table.columns], table.sections[0].rows[1].cells, strict=True))
    assert mirror["no answer (%)"] == Value(100) and mirror["agrees (%)"] == Value(0) == mirror["accuracy"]
    assert "in a mirror 0 % of the answers left and right change sides: the side is guessed" in table.notes[1]
