from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.registered import MarkovModel
from lmms_eval_plugins.questions.reading import is_missing
from tests.support.requests import ask, make_row

PRIMITIVES = ("reach", "transport", "reposition", "idle", "stabilize")
MOTION = {"reach": "yes", "transport": "yes", "reposition": "yes", "idle": "no", "stabilize": "no"}
GRASP = {"reach": "no", "transport": "yes", "reposition": "no", "idle": "no", "stabilize": "yes"}


def rows_of_patient(patient: str, seed: int, n_windows: int = 40) -> list[dict[str, Any]]:
    labels = np.random.default_rng(seed).choice(PRIMITIVES, n_windows)
    return [
        make_row(
            video_id=f"{patient}_feeding1_1",
            patient=patient,
            window=window,
            start_s=window * 0.5,
            end_s=window * 0.5 + 0.5,
            question_id=question,
            label=str(label),
            target=truth[str(label)],
        )
        for window, label in enumerate(labels)
        for question, truth in (("motion", MOTION), ("grasp", GRASP))
    ]


ROWS = [row for i, patient in enumerate(("A", "B", "C")) for row in rows_of_patient(patient, i)]


def of_patient(rows: Sequence[dict[str, Any]], replies: Sequence[str], patient: str) -> list[str]:
    return [reply for row, reply in zip(rows, replies, strict=True) if row["patient"] == patient]


def with_labels(rows: Sequence[dict[str, Any]], patient: str, label: str) -> list[dict[str, Any]]:
    targets = {"motion": MOTION[label], "grasp": GRASP[label]}
    return [
        row | {"label": label, "target": targets[row["question_id"]]} if row["patient"] == patient else row
        for row in rows
    ]


@pytest.mark.parametrize("mode", ["decomposed", "direct"])
def test_a_seed_gives_the_same_answers_and_another_seed_others(mode: Any) -> None:
    first = ask(MarkovModel(seed=3, mode=mode), ROWS)
    assert first == ask(MarkovModel(seed=3, mode=mode), ROWS)
    assert first != ask(MarkovModel(seed=4, mode=mode), ROWS)
    assert set(first) == {"yes", "no"}


@pytest.mark.parametrize("mode", ["decomposed", "direct"])
def test_the_order_of_requests_does_not_matter(mode: Any, tmp_path: Path) -> None:
    backwards = ROWS[::-1]
    path = tmp_path / "answers.jsonl"
    assert ask(MarkovModel(Session(answers=path), mode=mode), ROWS) == ask(MarkovModel(mode=mode), backwards)[::-1]
    again = MarkovModel(Session(answers=path), mode=mode)
    ask(again, backwards)
    assert again.n_asked == 0


def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    undisturbed = ask(MarkovModel(Session(answers=path)), ROWS)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[::3]) + lines[1][:40])
    restarted = MarkovModel(Session(answers=path))
    assert ask(restarted, ROWS) == undisturbed
    assert restarted.n_asked == len(ROWS) - len(lines[::3])


@pytest.mark.parametrize("mode", ["decomposed", "direct"])
def test_a_patients_own_labels_do_not_change_its_answers_but_those_of_others(mode: Any) -> None:
    poisoned = with_labels(ROWS, "A", "idle")
    before, after = (ask(MarkovModel(mode=mode), rows) for rows in (ROWS, poisoned))
    assert of_patient(ROWS, before, "A") == of_patient(ROWS, after, "A")
    assert of_patient(ROWS, before, "B") != of_patient(ROWS, after, "B")


def test_fitting_on_the_test_videos_is_another_baseline_and_leaks() -> None:
    others, leaky = ask(MarkovModel(), ROWS), ask(MarkovModel(fit="test"), ROWS)
    assert others != leaky
    poisoned = with_labels(ROWS, "A", "idle")
    assert of_patient(ROWS, leaky, "A") != of_patient(ROWS, ask(MarkovModel(fit="test"), poisoned), "A")


def test_rows_of_other_subjects_come_before_the_evaluated_ones() -> None:
    training = with_labels(rows_of_patient("T", 9), "T", "idle")
    assert set(ask(MarkovModel(Session(training=training)), ROWS)) == {"no"}
    assert set(ask(MarkovModel(Session(training=training), fit="test"), ROWS)) == {"yes", "no"}
    unlabelled = [row | {"label": "", "target": ""} for row in training]
    assert ask(MarkovModel(Session(training=unlabelled)), ROWS) == ask(MarkovModel(), ROWS)


def test_direct_answers_are_those_of_one_primitive_and_decomposed_ones_need_not_be() -> None:
    """Patients who only reach or stabilize: moving and holding exclude each other, unless drawn apart."""
    rows = [
        row | {"label": label, "target": truth[label]}
        for row, i in zip(ROWS, [i for i in range(len(ROWS) // 2) for _ in range(2)], strict=True)
        for label in [("reach", "stabilize")[(i * i // 3) % 2]]
        for truth in [MOTION if row["question_id"] == "motion" else GRASP]
    ]
    drawn = {}
    for mode in ("direct", "decomposed"):
        replies = ask(MarkovModel(mode=mode), rows)
        drawn[mode] = {*zip(replies[::2], replies[1::2], strict=True)}
    assert drawn["direct"] == {("yes", "no"), ("no", "yes")}
    assert ("yes", "yes") in drawn["decomposed"]


def test_every_video_has_draws_of_its_own() -> None:
    other_video = [row | {"video_id": row["video_id"] + "b"} for row in ROWS]
    first, second = ask(MarkovModel(fit="test"), ROWS), ask(MarkovModel(fit="test"), other_video)
    assert first != second


def test_unlabelled_videos_are_answered_too() -> None:
    rows = [row | {"label": "", "target": ""} if row["patient"] == "C" else row for row in ROWS]
    assert set(of_patient(rows, ask(MarkovModel(), rows), "C")) == {"yes", "no"}


def test_nothing_to_fit_on() -> None:
    alone = rows_of_patient("A", 0)
    with pytest.raises(UserError, match=r"markov: no labelled video of another subject than A.*fit=test"):
        ask(MarkovModel(), alone)
    assert len(ask(MarkovModel(fit="test"), alone)) == len(alone)


@pytest.mark.parametrize(
    "arguments", [{"mode": "decomposd"}, {"fit": "train"}, {"seed": "x"}, {"seed": -1}, {"seed": True}, {"seed": 0.5}]
)
def test_arguments_are_checked(arguments: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=next(iter(arguments))):
        MarkovModel(**arguments)


@pytest.mark.parametrize("mode", ["decomposed", "direct"])
def test_a_question_that_no_other_subject_has_is_guessed_and_an_open_one_is_left(mode: Any) -> None:
    ratings = [
        make_row(patient="A", window=n, question_id="rating", options=("0", "1", "2"), label="", target="")
        for n in range(30)
    ]
    count = make_row(patient="A", question_id="count", options=(), label="", target="")
    replies = ask(MarkovModel(mode=mode), [*ROWS, *ratings, count])[len(ROWS) :]
    assert set(replies[:-1]) == {"0", "1", "2"} and is_missing(replies[-1])
    alone = make_row(video_id="alone", patient="D", question_id="count", options=(), label="", target="")
    assert is_missing(ask(MarkovModel(mode=mode), [*ROWS, alone])[-1])
