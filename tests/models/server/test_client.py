"""What may go wrong with a server, and the error that comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.server import client
from lmms_eval_plugins.questions.reading import REFUSED_MARK, is_missing
from tests.models.server.conftest import Make
from tests.support.fake_server import ChatRequest, Fake, Response, completion, hashed
from tests.support.requests import ask, recorded

Rows = list[dict[str, Any]]

DROPPED = Response(dropped=True)
HTML = Response("<html><body>Welcome</body></html>")


def now_and_then(fake: Fake, problem: Response, every: int = 3) -> Callable[[ChatRequest], Response]:
    """A reply that fails every so often."""
    return lambda request: problem if len(fake.received) % every == 2 else hashed(request)


@pytest.fixture
def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*args: object) -> None:
        raise AssertionError("a video is decoded")

    monkeypatch.setattr("lmms_eval_plugins.models.engine.windows.decode_frames", decode)


@pytest.mark.parametrize(
    "problem",
    [
        Response("busy", 503),
        Response({"error": {"message": "overloaded"}}, 500),
        Response({"error": {"message": "slow down"}}, 429),
        Response("", 408),
        Response({"error": {"message": "upstream", "code": 502}}),
        DROPPED,
    ],
    ids=["503", "500", "429", "408", "502 in a 200", "dropped"],
)
def test_what_passes_is_tried_again(
    fake: Fake, make: Make, rows: Rows, problem: Response, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = ask(make(), rows[:8])
    fake.received.clear()
    fake.reply = now_and_then(fake, problem)
    model = make(concurrency=2)
    assert ask(model, rows[:8]) == expected
    assert model.speed()["retries"] >= 3 and model.failures == []
    assert "trying again for 300 s" in capsys.readouterr().err


def test_a_request_without_an_answer_is_sent_again(fake: Fake, make: Make, rows: Rows) -> None:
    def reply(request: ChatRequest) -> Response:
        if len(fake.received) == 3:
            time.sleep(0.6)
        return hashed(request)

    fake.reply = reply
    model = make(timeout=0.3)
    assert not any(is_missing(one) for one in ask(model, rows[:4]))
    assert model.speed()["retries"] >= 1


def test_retry_after_is_honoured_by_all(fake: Fake, make: Make, rows: Rows) -> None:
    crowded: list[float] = []

    def reply(request: ChatRequest) -> Response:
        if len(fake.questions) >= 4 and not crowded:
            crowded.append(time.monotonic())
            return Response({"error": {"message": "slow down"}}, 429, {"Retry-After": "1"})
        return hashed(request)

    fake.reply = reply
    ask(make(concurrency=3), rows[:16])
    later = [request.began - crowded[0] for request in fake.questions if request.began > crowded[0]]
    assert not [after for after in later if 0.5 < after < 0.99], "half a second is enough for all to have heard"
    assert len(later) > 8


def test_a_server_that_asks_to_wait_for_too_long(fake: Fake, make: Make, rows: Rows) -> None:
    fake.reply = lambda request: Response("", 429, {"Retry-After": "3600"})
    with pytest.raises(UserError, match=r"HTTP 429, for 0 s, and asks to wait 3600 s; what was answered is kept"):
        ask(make(), rows)
    assert len(fake.received) == 1


def test_a_server_that_stays_away(fake: Fake, make: Make, rows: Rows, tmp_path: Path) -> None:
    fake.reply = lambda request: hashed(request) if len(fake.questions) <= 7 else DROPPED
    answers = tmp_path / "answers.jsonl"
    with pytest.raises(UserError, match=r"cannot be reached.*what was answered is kept, the same command goes on"):
        ask(make(Session(answers=answers), patience=0.2), rows)
    assert len(recorded(answers)) == 7
    fake.reply = hashed
    fake.received.clear()
    replies = ask(make(Session(answers=answers), patience=0.2), rows)
    assert len(fake.questions) == len(rows) - 7 and len(recorded(answers)) == len(rows)
    assert replies == ask(make(), rows)


def test_a_question_that_the_server_cannot_answer(fake: Fake, make: Make, rows: Rows) -> None:
    """It is left out and its video named; the others are answered."""
    ask(make(), rows)
    hated = fake.questions[9]

    def reply(request: ChatRequest) -> Response:
        if (request.frames, request.text) == (hated.frames, hated.text):
            return Response("boom", 500)
        time.sleep(0.02)
        return hashed(request)

    fake.reply = reply
    for concurrency in (1, 2):
        model = make(concurrency=concurrency, patience=0.2)
        replies = ask(model, rows)
        assert [is_missing(one) for one in replies] == [i == 9 for i in range(len(rows))]
        (failure,) = model.failures
        assert failure.video_id == rows[9]["video_id"]
        reason = "the server fails on it again and again: HTTP 500: boom"
        assert failure.reason == f"{failure.video_id}: 1 of 8 requests failed (window 0): {reason}"


FILTERED = {
    "error": {"message": "no", "code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}
}


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (
            Response({"error": {"message": "maximum context length is 4096"}}, 400),
            "HTTP 400: maximum context length is",
        ),
        (Response({"detail": [{"loc": ["body", "messages"], "msg": "too long"}]}, 422), "HTTP 422: body.messages: too"),
        (Response("too much", 413), "HTTP 413: too much; make requests smaller: max_pixels, image_format=jpeg"),
        (Response({"detail": "no such route"}, 404), "HTTP 404: no such route"),
        (Response({"error": "you shall not"}, 403), "HTTP 403: you shall not"),
        (HTML, "its reply is no JSON: <html>"),
        (Response('{"choices": [{"mess'), "its answer breaks off: {"),
        (Response("[" * 100_000), "its answer breaks off: [[["),
        (Response(""), "its reply is no JSON: "),
        (Response({}), "its reply has no choices"),
        (Response([]), "its reply is no JSON object"),
        (Response({"choices": []}), "its reply has no choices"),
        (Response({"choices": None}), "its reply has no choices"),
        (Response({"choices": [None]}), "its reply has no choices"),
        (Response({"choices": [{"message": None}]}), "its reply has no content"),
        (Response({"choices": [{"message": {}}]}), "its reply has no content"),
        (Response({"choices": [{"text": "yes"}]}), "its reply has no content"),
        (Response({"choices": [{"message": {"content": 7}}]}), "its reply has no content"),
        (Response({"choices": [{"finish_reason": "error", "message": {"content": "y"}}]}), "broke off with an error"),
        (Response({"error": {"message": "worker died"}}), "its reply is an error: worker died"),
        (Response({"message": "worker died", "code": "x"}), "its reply is an error: worker died"),
        (Response({"object": "error", "message": "too long", "code": 400}), "HTTP 400: too long"),
        (Response([{"error": {"message": "bad frame", "code": 400}}], 400), "HTTP 400: bad frame"),
        (Response("", 307, {"Location": "http://elsewhere/v1"}), "HTTP 307: it redirects to http://elsewhere/v1"),
    ],
)
def test_one_request_that_fails_is_named_and_asked_again(
    fake: Fake, make: Make, rows: Rows, tmp_path: Path, problem: Response, reason: str
) -> None:
    expected = ask(make(), rows[:16])
    hated = fake.questions[5]
    fake.received.clear()
    fake.reply = lambda request: (
        problem if (request.frames, request.text) == (hated.frames, hated.text) else hashed(request)
    )
    answers = tmp_path / "answers.jsonl"
    model = make(Session(answers=answers))
    replies = ask(model, rows[:16])
    assert replies[:5] + replies[6:] == expected[:5] + expected[6:] and is_missing(replies[5])
    (failure,) = model.failures
    assert failure.reason.startswith(f"{rows[5]['video_id']}: 1 of 8 requests failed (window 2): ")
    assert reason in failure.reason and "\n" not in failure.reason and model.refusals == []
    assert len(recorded(answers)) == 15
    fake.reply = hashed
    fake.received.clear()
    assert ask(make(Session(answers=answers)), rows[:16]) == expected and len(fake.questions) == 1


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (Response(FILTERED, 400), "HTTP 400: no"),
        (Response({"error": {"message": "flagged", "code": 403, "metadata": {"flagged_input": "…"}}}, 403), "HTTP 403"),
        (Response({"error": {"message": "flagged", "code": "moderation_blocked"}}), "flagged"),
        (
            Response({"choices": [], "prompt_filter_results": [{"violence": {"filtered": True, "severity": "high"}}]}),
            "hig",
        ),
        (Response({"choices": [{"finish_reason": "content_filter", "message": {"content": None}}]}), "withheld"),
        (Response({"choices": [{"finish_reason": "SAFETY", "message": {"content": ""}}]}), "withheld"),
    ],
)
def test_one_request_that_a_filter_refuses_is_recorded_and_named_for_ever(
    fake: Fake, make: Make, rows: Rows, tmp_path: Path, problem: Response, reason: str
) -> None:
    fake.reply = lambda request: problem if len(fake.questions) == 6 else hashed(request)
    answers = tmp_path / "answers.jsonl"
    for n_questions in (16, 0):
        fake.received.clear()
        model = make(Session(answers=answers))
        replies = ask(model, rows[:16])
        assert len(fake.questions) == n_questions and len(recorded(answers)) == 16 and model.failures == []
        assert [reply.startswith(REFUSED_MARK) for reply in replies] == [i == 5 for i in range(16)]
        assert recorded(answers)[5].finish_reason == "content_filter" and reason in recorded(answers)[5].text
        (refusal,) = model.refusals
        assert refusal.reason.startswith(f"{rows[5]['video_id']}: 1 of 8 requests refused by the service (window 2): ")
        assert reason in refusal.reason


def test_the_requests_of_one_video_may_all_fail(fake: Fake, make: Make, rows: Rows) -> None:
    """Also those of the first one, before anything was answered."""
    first = {row["text"] for row in rows[:8]}
    ask(make(), rows[:8])
    frames = {request.frames for request in fake.questions}
    fake.reply = lambda request: Response("no", 400) if request.frames in frames else hashed(request)
    model = make(concurrency=2)
    replies = ask(model, rows)
    assert [is_missing(one) for one in replies] == [True] * 8 + [False] * 16 and first
    (failure,) = model.failures
    assert failure.reason == f"{rows[0]['video_id']}: 8 of 8 requests failed (windows 0, 1, 2, 3): HTTP 400: no"


def test_a_server_that_fails_on_everything_but_the_trial(fake: Fake, make: Make, rows: Rows) -> None:
    fake.reply = lambda request: hashed(request) if request.is_trial else Response("no", 400)
    with pytest.raises(UserError, match="nothing was answered, and requests about 3 videos failed alike: HTTP 400: no"):
        ask(make(), rows)
    assert len(fake.questions) < len(rows)


@pytest.mark.parametrize(
    "problem",
    [
        Response({"error": {"message": "expired"}}, 401),
        Response({"error": {"message": "quota", "code": "insufficient_quota"}}, 429),
        Response({"error": {"message": "no such model"}}, 404),
    ],
)
def test_a_server_that_takes_the_trial_question_no_more_ends_it(
    fake: Fake, make: Make, rows: Rows, tmp_path: Path, problem: Response
) -> None:
    fake.reply = lambda request: problem if len(fake.questions) >= 6 else hashed(request)
    answers = tmp_path / "answers.jsonl"
    with pytest.raises(UserError, match=f"HTTP {problem.status}: ") as raised:
        ask(make(Session(answers=answers)), rows)
    assert "\n" not in str(raised.value) and fake.base_url in str(raised.value)
    assert len(fake.questions) == 6, "nothing more is sent"
    assert len(recorded(answers)) == 5


def test_what_was_under_way_is_kept(fake: Fake, make: Make, rows: Rows, tmp_path: Path) -> None:
    all_there, broken = threading.Barrier(4), threading.Event()

    def reply(request: ChatRequest) -> Response:
        if request.is_trial:
            return Response("", 401) if broken.is_set() else hashed(request)
        if all_there.wait(20) == 0:
            broken.set()
            return Response("", 401)
        time.sleep(0.5)
        return hashed(request)

    fake.reply = reply
    answers = tmp_path / "answers.jsonl"
    with pytest.raises(UserError, match="HTTP 401"):
        ask(make(Session(answers=answers), concurrency=4), rows)
    assert len(recorded(answers)) == 3 and len(fake.questions) == 4


def test_an_answer_that_drips_is_dropped(fake: Fake, make: Make, rows: Rows) -> None:
    """The timeout is for the whole answer."""
    fake.reply = lambda request: replace(hashed(request), drip_s=0.02) if len(fake.received) == 3 else hashed(request)
    model = make(timeout=0.3)
    assert not any(is_missing(one) for one in ask(model, rows[:4]))
    assert model.speed()["retries"] == 1


def test_a_huge_answer_is_not_taken_in(fake: Fake, make: Make, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_MOST_BYTES", 1 << 20)
    fake.reply = lambda request: completion("y" * (2 << 20)) if len(fake.questions) == 2 else hashed(request)
    model = make()
    assert [is_missing(one) for one in ask(model, rows[:4])] == [False, True, False, False]
    assert "its answer is longer than 1 MiB" in model.failures[0].reason


def test_frames_and_key_do_not_follow_a_redirect(
    fake: Fake, make: Make, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    with Fake() as other:
        place = f"{other.base_url}/chat/completions"
        fake.reply = lambda request: Response("", 308, {"Location": place})
        with pytest.raises(UserError, match=f"HTTP 308: it redirects to {place}; frames are sent to base_url only"):
            ask(make(), rows)
        assert other.received == []


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": ""}, ""),
        ({"content": None, "refusal": "I cannot."}, "I cannot."),
        ({"content": [{"type": "text", "text": "ye"}, {"type": "text", "text": "s"}]}, "yes"),
        ({"content": None, "reasoning": "Hm"}, ""),
    ],
)
def test_nothing_and_no_are_answers(fake: Fake, make: Make, rows: Rows, message: dict[str, object], text: str) -> None:
    fake.reply = lambda request: completion(None, **message)
    assert ask(make(), rows[:1]) == [text]


@pytest.mark.usefixtures("no_decoding")
class TestBeforeAnyVideoIsDecoded:
    def test_no_server(self, make: Make) -> None:
        with Fake() as gone:
            url = gone.base_url
        with pytest.raises(UserError, match=f"{url}: no server answers there .*start it, or mend base_url"):
            make(base_url=url)

    def test_a_server_that_is_starting(self, fake: Fake, make: Make) -> None:
        """It is waited for: the model is known by its entry in the list."""
        known = make().fingerprint
        fake.before_models = [Response("loading", 503)] * 2
        assert make().fingerprint == known and fake.before_models == []

    def test_another_kind_of_server(self, fake: Fake, make: Make) -> None:
        fake.models = HTML
        with pytest.raises(UserError, match=r"/models: answers, but not as an OpenAI-compatible server does"):
            make()

    def test_no_key(self, fake: Fake, make: Make) -> None:
        fake.models = Response({"error": {"message": "no key"}}, 401)
        with pytest.raises(UserError, match="HTTP 401: no key; set OPENAI_API_KEY to the server's key"):
            make()

    def test_a_key_that_is_not_accepted(self, fake: Fake, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MY_KEY", "sk-1")
        fake.models = Response("", 403)
        with pytest.raises(UserError, match="HTTP 403; the key in MY_KEY is not accepted"):
            make(api_key_env="MY_KEY")

    def test_a_model_that_is_not_served(self, fake: Fake, make: Make, rows: Rows) -> None:
        fake.reply = lambda request: Response({"error": {"message": "no such model"}}, 404)
        expected = r"HTTP 404: no such model; it serves no 'tiny/modl' but tiny/model"
        with pytest.raises(UserError, match=expected):
            ask(make(model="tiny/modl"), rows)

    def test_a_model_that_takes_fewer_images(self, fake: Fake, make: Make, rows: Rows) -> None:
        fake.reply = lambda request: (
            Response({"error": {"message": "At most 1 image(s)"}}, 400) if len(request.content) > 2 else hashed(request)
        )
        with pytest.raises(UserError, match=r"HTTP 400: At most 1 image\(s\)"):
            ask(make(), rows)
        assert len(fake.received[0].content) == 9, "as many as a window has"

    def test_a_server_that_breaks_on_the_first_question(self, fake: Fake, make: Make, rows: Rows) -> None:
        fake.reply = lambda request: Response("no such video", 500)
        with pytest.raises(UserError, match=r"/chat/completions: HTTP 500: no such video$"):
            ask(make(), rows)
        assert len(fake.received) == 1

    def test_a_server_without_a_list(self, fake: Fake, make: Make, monkeypatch: pytest.MonkeyPatch, rows: Rows) -> None:
        monkeypatch.undo()
        fake.models = Response("", 404)
        assert len(ask(make(), rows[:2])) == 2
        fake.models = Response("Internal Server Error", 500)
        assert len(ask(make(), rows[:2])) == 2

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"base_url": None}, "base_url: this key is missing"),
            ({"model": None}, "model: this key is missing"),
            ({"base_url": "localhost:8000"}, "base_url: 'localhost:8000' is no address"),
            ({"base_url": "http://x:99999999/v1"}, "is no address"),
            ({"frames_as": "movie"}, "frames_as: unknown word 'movie'"),
            ({"concurrency": 0}, "concurrency: "),
            ({"quality": 101}, "quality: "),
            ({"declared_fps": 2}, "single images have no frame rate"),
            ({"frames_as": "mp4"}, "frames_as=mp4 needs declared_fps"),
        ],
    )
    def test_arguments(self, make: Make, arguments: dict[str, object], message: str) -> None:
        with pytest.raises(UserError, match=message):
            make(**arguments)
