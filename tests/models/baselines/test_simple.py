from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.registered import AlwaysTransport, Bot, Constant, Omniscient, Replay
from lmms_eval_plugins.questions.reading import is_missing
from tests.support.requests import ask, make_row, rows_in


def test_omniscient_answers_what_is_true(mini_dataset: Path) -> None:
    rows = rows_in(mini_dataset)
    assert ask(Omniscient(), rows) == [row["target"] for row in rows]


def test_omniscient_does_not_guess_where_there_are_no_labels() -> None:
    model = Omniscient()
    assert [is_missing(reply) for reply in ask(model, [make_row(), make_row(window=1, target="")])] == [False, True]
    assert model.n_asked == 1


def test_omniscient_gives_any_rating_where_the_true_score_is_not_offered() -> None:
    """Another question settles the score, and a question without an answer would count as missing."""
    rating = {"question_id": "rating", "options": ("1", "2"), "target": ""}
    replies = ask(Omniscient(), [make_row(**rating, label="0"), make_row(**rating, label="", window=1)])
    assert replies[0] == "1" and is_missing(replies[1])


def test_omniscient_follows_labels_that_were_corrected(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    assert ask(Omniscient(Session(answers=path)), [make_row(target="yes")]) == ["yes"]
    assert ask(Omniscient(Session(answers=path)), [make_row(target="no")]) == ["no"]


def test_always_transport() -> None:
    rows = [
        make_row(),
        make_row(question_id="grasp"),
        make_row(question_id="primitive", options=("reach", "transport", "idle")),
    ]
    assert ask(AlwaysTransport(), rows) == ["yes", "yes", "transport"]
    with pytest.raises(UserError, match="always_transport has no answer to question 'score'"):
        ask(AlwaysTransport(), [make_row(question_id="score", options=("0", "1", "2"))])


def test_constant() -> None:
    assert ask(Constant(answer="maybe"), [make_row(), make_row(window=1)]) == ["maybe", "maybe"]
    assert Constant(answer="a").fingerprint != Constant(answer="b").fingerprint


def test_the_bot_draws_from_the_allowed_answers() -> None:
    rows = [make_row(window=window, choices=("0", "1", "2")) for window in range(300)]
    replies = ask(Bot(), rows)
    counts = [replies.count(choice) for choice in ("0", "1", "2")]
    assert sum(counts) == 300 and min(counts) > 70
    assert ask(Bot(), rows[::-1])[::-1] == replies, "the order of requests does not matter"
    assert ask(Bot(seed=1), rows) != replies and Bot(seed=1).fingerprint != Bot().fingerprint
    assert ask(Bot(), [make_row(choices=())]) == ["I cannot tell."]


def test_a_misspelt_argument_is_not_swallowed() -> None:
    for model_class in (Constant, Replay, Omniscient):
        with pytest.raises(UserError, match="answr: unknown argument"):
            model_class(answr="no")


class TestReplay:
    ROWS = (make_row(), make_row(question_id="grasp"), make_row(window=1, start_s=0.533, end_s=1.067))

    def earlier(self, folder: Path) -> Path:
        ask(Constant(Session(answers=folder / "answers.jsonl"), answer="Yes, it does."), self.ROWS[:2])
        return folder

    def test_answers_of_a_run_are_repeated_and_others_stay_missing(self, tmp_path: Path) -> None:
        for source in (self.earlier(tmp_path), tmp_path / "answers.jsonl"):
            replies = ask(Replay(source=str(source)), self.ROWS)
            assert replies[:2] == ["Yes, it does."] * 2
            assert is_missing(replies[2])

    def test_an_empty_answer_is_an_answer(self, tmp_path: Path) -> None:
        ask(Constant(Session(answers=tmp_path / "answers.jsonl"), answer=""), self.ROWS)
        assert ask(Replay(source=str(tmp_path)), self.ROWS) == ["", "", ""]

    def test_answers_may_be_given_themselves(self) -> None:
        replay = Replay(Session(replies={("v1", "0.533", "motion"): "later"}))
        assert ask(replay, self.ROWS)[2] == "later"
        ask(
            Replay(Session(replies=MappingProxyType({("v1", "0.533", "motion"): "later"}))), self.ROWS
        )  # not changed by it
        assert replay.fingerprint != Replay(Session(replies={})).fingerprint

    def test_a_video_may_be_elsewhere_now(self, tmp_path: Path) -> None:
        rows = [row | {"path": "/moved/v1.mp4", "window": row["window"] + 5} for row in self.ROWS]
        assert ask(Replay(source=str(self.earlier(tmp_path))), rows)[:2] == ["Yes, it does."] * 2

    def test_without_answers(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="source="):
            Replay()
        with pytest.raises(UserError, match=r"nowhere: no such answer file"):
            Replay(source=str(tmp_path / "nowhere"))
        with pytest.raises(UserError, match=r"answers\.jsonl: no such answer file"):
            Replay(source=str(tmp_path))
