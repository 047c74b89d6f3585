"""What goes out and comes back when all is well."""

from __future__ import annotations

import threading
import time
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.runs.answers import read_answers
from tests.models.server.conftest import Make
from tests.support.fake_server import ChatRequest, Fake, Response, answer_to, completion, hashed
from tests.support.requests import GREEDY, ask, recorded

Rows = list[dict[str, Any]]


def slow(request: ChatRequest) -> Response:
    time.sleep(0.02)
    return hashed(request)


@pytest.mark.parametrize("concurrency", [1, 3, 16])
def test_every_question_gets_its_own_answer(fake: Fake, make: Make, rows: Rows, concurrency: int) -> None:
    fake.reply = slow
    model = make(concurrency=concurrency)
    replies = ask(model, rows)
    assert fake.most_at_once <= concurrency and (concurrency == 1 or fake.most_at_once > 1)
    assert len(fake.questions) == len(rows) == len(set(replies))
    of_text = {answer_to(request): request.text for request in fake.questions}
    assert [of_text[reply] for reply in replies] == [row["text"] for row in rows]
    assert model.failures == [] and model.speed()["retries"] == 0


def test_the_questions_of_a_window_go_out_one_after_the_other(fake: Fake, make: Make, rows: Rows) -> None:
    ask(make(), rows)
    shown = [list(of_window) for _, of_window in groupby(fake.questions, key=lambda request: request.frames)]
    assert [len(of_window) for of_window in shown] == [2] * 12
    texts = [row["text"] for row in rows]
    assert [request.text for request in fake.questions] == texts, "windows in order"


def test_with_many_windows_at_once_a_question_still_waits_for_the_one_before(
    fake: Fake, make: Make, rows: Rows
) -> None:
    fake.reply = slow
    ask(make(concurrency=3), rows)
    by_window: dict[str, list[ChatRequest]] = {}
    for request in fake.questions:
        by_window.setdefault(request.frames, []).append(request)
    assert all(first.ended <= second.began for first, second in by_window.values())
    for request in fake.questions:
        under_way = {a.frames for a in fake.questions if a.began <= request.began < a.ended}
        assert len(under_way) <= 3


def test_an_answer_is_on_disk_the_moment_it_comes(fake: Fake, make: Make, rows: Rows, tmp_path: Path) -> None:
    """Also while another window's answer is waited for."""
    held, answers = threading.Event(), tmp_path / "answers.jsonl"
    slowest = rows[0]["text"]

    def reply(request: ChatRequest) -> Response:
        if request.text == slowest and request is fake.questions[0]:
            held.wait(20)
        return hashed(request)

    fake.reply = reply
    model = make(Session(answers=answers), concurrency=2)
    asking = threading.Thread(target=ask, args=(model, rows[:12]))
    asking.start()
    deadline = time.monotonic() + 20
    while not answers.is_file() or len(list(read_answers(answers))) < 10:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    held.set()
    asking.join()
    assert len(recorded(answers)) == 12


def test_what_a_request_says(fake: Fake, make: Make, rows: Rows) -> None:
    ask(make(request={"seed": 7, "temperature": None}), rows[:1], GREEDY | {"until": ["\n"]})
    trial, request = fake.received
    assert trial.is_trial and request.body.keys() == {"model", "messages", "max_tokens", "seed"}
    assert request.body["model"] == "tiny/model" and request.body["max_tokens"] == 8 and request.body["seed"] == 7
    assert [part["type"] for part in request.content] == ["image_url"] * 8 + ["text"]
    ask(make(), rows[:1], {"max_new_tokens": 8, "temperature": 0.5, "top_p": 0.9})
    assert fake.received[-1].body["temperature"] == 0.5 and fake.received[-1].body["top_p"] == 0.9


def test_what_it_cost(fake: Fake, make: Make, rows: Rows) -> None:
    model = make()
    ask(model, rows[:4])
    speed = model.speed()
    assert (speed["prompt_tokens"], speed["cached_tokens"], speed["completion_tokens"]) == (400, 240, 8)
    assert speed["questions"] == 4 and speed["phase_seconds"]["request"] > 0
    assert model.device_name == f"{fake.base_url} (fake)"


LIKELY = {"content": [{"token": "Yes", "logprob": -0.5, "top_logprobs": [{"token": "No", "logprob": -1.0}]}]}


def test_log_probabilities(fake: Fake, make: Make, rows: Rows, tmp_path: Path) -> None:
    fake.reply = lambda request: completion("Yes.", LIKELY)
    model = make(Session(answers=tmp_path / "answers.jsonl"))
    ask(model, rows[:2])
    assert [record.choice_logprobs for record in recorded(tmp_path / "answers.jsonl")] == [
        {"yes": -0.5, "no": -1.0}
    ] * 2
    assert fake.received[0].body["top_logprobs"] == 20 and model.speed()["top_logprobs"] == 20
    ask(model, [row | {"choices": ()} for row in rows[2:4]])
    assert not any("logprobs" in request.body for request in fake.received[-2:]), "an open question"


def test_no_log_probabilities_are_found_out_once(fake: Fake, make: Make, rows: Rows, tmp_path: Path) -> None:
    ask(make(Session(answers=tmp_path / "answers.jsonl")), rows[:4])
    assert ["logprobs" in request.body for request in fake.received] == [True, False, False, False, False]
    assert {record.choice_logprobs for record in recorded(tmp_path / "answers.jsonl")} == {None}


def test_a_server_that_takes_less(fake: Fake, make: Make, rows: Rows) -> None:
    """Fewer log-probabilities, and another name for the longest reply."""

    def picky(request: ChatRequest) -> Response:
        if "max_tokens" in request.body:
            return Response({"error": {"message": "use 'max_completion_tokens' instead"}}, 400)
        if request.body.get("top_logprobs", 0) > 5:
            return Response({"error": {"message": "top_logprobs: at most 5"}}, 400)
        return completion("yes", {"content": [{"token": "yes", "logprob": -0.1}]})

    fake.reply = picky
    model = make()
    assert ask(model, rows[:2]) == ["yes", "yes"]
    assert fake.received[-1].body["max_completion_tokens"] == 8 and model.speed()["top_logprobs"] == 5
    n_received = len(fake.received)
    ask(model, rows[2:4])
    assert len(fake.received) == n_received + 2, "tried once"


def test_where_a_model_is_does_not_change_it(fake: Fake, make: Make) -> None:
    with Fake() as other:
        assert make().fingerprint == make(base_url=other.base_url, concurrency=4, patience=1).fingerprint
    changed: list[dict[str, Any]] = [
        {"image_format": "jpeg"},
        {"image_format": "jpeg", "quality": 80},
        {"frames_as": "video"},
        {"frames_as": "video", "declared_fps": 4},
        {"max_pixels": 50176},
        {"top_logprobs": 0},
        {"request": {"seed": 1}},
        {"model": "other"},
    ]
    prints = [make().fingerprint, *(make(**arguments).fingerprint for arguments in changed)]
    fake.models = Response({"data": [{"id": "tiny/model", "root": "/other", "owned_by": "fake", "created": 1}]})
    prints.append(make().fingerprint)
    assert len(set(prints)) == len(prints)
    fake.models = Response({"data": [{"id": "tiny/model", "root": "/other", "owned_by": "fake", "created": 2}]})
    assert make().fingerprint == prints[-1]
    assert make(quality=80).fingerprint == make().fingerprint, "quality changes no png"
