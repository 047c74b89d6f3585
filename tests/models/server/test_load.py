"""The largest request of a run is tried before any video is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Request
from lmms_eval_plugins.models.server.load import Load, load_of
from lmms_eval_plugins.models.server.requests import TRIAL_TEXT
from lmms_eval_plugins.video.probe import probe
from tests.models.server.conftest import Make
from tests.support.fake_server import Fake
from tests.support.fake_vllm import Vllm, sizes
from tests.support.requests import GREEDY, ask, make_row

Rows = list[dict[str, Any]]


def request_about(text: str = "Is it?", limit: int = 8, **fields: Any) -> Request:
    return Request("", make_row(**fields), text, {"max_new_tokens": limit})


def test_the_largest_of_everything(mini_dataset: Path) -> None:
    video = sorted(mini_dataset.rglob("*.mp4"))[0]
    size = probe(video)
    requests = [
        request_about(limit=512),
        request_about("A much longer question?", frames=tuple(range(9)), path=str(video)),
        request_about(frames=tuple(range(10)), path="/nowhere.mp4"),
        request_about(frames=tuple(range(9)), box=(5, 5, 10, 25)),
    ]
    load = load_of(requests)
    assert load == Load(9, size.height, size.width, "A much longer question?", {"max_new_tokens": 512})
    assert load_of(requests[3:]) == Load(9, 20, 5, "Is it?", {"max_new_tokens": 8})
    assert load_of(requests[:1]).max_new_tokens == 512 and Load(1, 1, 1, "", {}).max_new_tokens == 0


LOADS = st.builds(
    Load, st.integers(1, 9), st.integers(1, 99), st.integers(1, 99), st.just("Is it?"), st.just({"max_new_tokens": 8})
)


@given(LOADS, LOADS)
def test_one_of_two_windows_covers_the_other_or_has_fewer_frames(one: Load, other: Load) -> None:
    assert one.covers(one)
    fewer = one.n_frames < other.n_frames or other.n_frames < one.n_frames
    assert one.covers(other) or other.covers(one) or fewer


def test_the_trial_is_as_large_as_the_largest_request(fake: Fake, make: Make, rows: Rows) -> None:
    ask(make(frames_as="images"), rows, GREEDY | {"max_new_tokens": 300})
    (trial,) = [request for request in fake.received if request.is_trial]
    shown = [sizes(request) for request in fake.questions]
    assert sizes(trial) == max(shown, key=lambda frames: sum(height * width for height, width in frames))
    assert trial.body["max_tokens"] == 300
    assert trial.text == f"{max((row['text'] for row in rows), key=len)}\n\n{TRIAL_TEXT}"


@pytest.mark.parametrize(
    ("started", "arguments", "limit", "message"),
    [
        (Vllm(context=60), {}, 8, r"maximum context length.*8 frames of \d+ × \d+ .*raise .*--max-model-len of vLLM"),
        (Vllm(context=60), {"frames_as": "images"}, 8, "raise the server's context"),
        (Vllm(context=400), {}, 512, "a reply of up to 512 tokens: raise the server's context"),
        (Vllm(images=3), {"frames_as": "images"}, 8, r"At most 3 image.*--limit-mm-per-prompt '\{\"image\": 8\}'"),
        (
            Vllm(trusting=False),
            {"frames_as": "video"},
            8,
            r"/v1: refuses the clock of a video; start vLLM with --trust-"
            r"request-mm-kwargs, or give frames_as=images\Z",
        ),
    ],
)
def test_what_is_too_small_is_said_before_the_run(
    fake: Fake, make: Make, rows: Rows, started: Vllm, arguments: dict[str, Any], limit: int, message: str
) -> None:
    model = make(**arguments) if started.start(fake) else make()
    with pytest.raises(UserError, match=message) as caught:
        ask(model, rows, GREEDY | {"max_new_tokens": limit})
    assert "\n" not in str(caught.value) and fake.questions == [] and model.n_asked == 0


def test_replies_that_may_be_cut_are_said(
    fake: Fake, make: Make, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    Vllm(context=400).start(fake)
    ask(make(), rows[:1], GREEDY | {"max_new_tokens": 390})
    said = capsys.readouterr().err
    assert "the server 400 in all: replies may be cut; raise the server's context to " in said
    assert said.count("\n") == 1
    ask(make(), rows[:1])
    assert capsys.readouterr().err == ""


def test_a_later_call_that_is_larger_is_tried_too(fake: Fake, make: Make, rows: Rows) -> None:
    model = make()
    ask(model, rows[:2])
    ask(model, rows[2:4])
    assert [request.is_trial for request in fake.received] == [True, False, False, False, False]
    ask(model, rows[4:6], GREEDY | {"max_new_tokens": 64})
    assert fake.received[5].is_trial and len(fake.received) == 8
