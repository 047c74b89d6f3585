"""A key goes into one header, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Outcome, run_plans
from lmms_eval_plugins.models.server.settings import ServerSettings
from lmms_eval_plugins.runs.run_request import RunRequest
from tests.models.server.conftest import Make
from tests.support.fake_server import MODEL, ChatRequest, Fake, Response, completion
from tests.support.requests import ask

KEY = "sk-very+secret/0123456789"


@pytest.fixture(params=["OPENAI_API_KEY", "MY_SERVER"])
def variable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(request.param, f" {KEY}\n")
    return str(request.param)


def run(fake: Fake, variable: str, data: Path, runs: Path) -> Outcome:
    given = f"base_url={fake.base_url},model={MODEL},concurrency=2,patience=0.2"
    given += "" if variable == "OPENAI_API_KEY" else f",api_key_env={variable}"
    request = RunRequest(
        models="server", tasks="strokerehab_primitives_3", model_args=given, log_path=runs, data=data, limit=1
    )
    return run_plans([make_plan(request)], Console(quiet=True))


def echoing(request: ChatRequest, status: int) -> Response:
    return Response({"error": {"message": f"what is this? {request.headers['Authorization']}"}}, status)


@pytest.mark.parametrize("status", [200, 400, 500, 503])
def test_no_trace_of_it(
    fake: Fake,
    variable: str,
    mini_dataset: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    """Also where the server repeats it."""
    caplog.set_level("DEBUG")
    if status == 200:
        fake.reply = lambda request: completion("yes")
    else:
        fake.reply = lambda request: echoing(request, status) if len(fake.questions) >= 3 else completion("yes")
    outcome = run(fake, variable, mini_dataset, tmp_path / "runs")
    assert {request.headers["Authorization"] for request in fake.received} == {f"Bearer {KEY}"}
    said = [*outcome.errors, *(problem.reason for run in outcome.runs for problem in run.problems)]
    assert bool(said) == (status != 200)
    assert all("what is this? Bearer (secret hidden)" in one for one in said)
    written = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert {"run.json", "answers.jsonl", "lmms_eval.log"} <= {path.name for path in written}
    everything = [path.read_text(encoding="utf-8") for path in written]
    everything += [*map(str, written), *said, *capfd.readouterr(), caplog.text]
    assert not any(KEY in text or "very+secret" in text for text in everything)
    (state,) = [json.loads(path.read_text(encoding="utf-8")) for path in written if path.name == "run.json"]
    assert state["wrapper_args"]["base_url"] == fake.base_url


def test_it_does_not_make_another_model(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    without = make().fingerprint
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert make().fingerprint == without


def test_none_is_sent_where_none_is_set(fake: Fake, make: Make, rows: list[dict[str, Any]]) -> None:
    ask(make(), rows[:1])
    assert not any("Authorization" in request.headers for request in fake.received)


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key_env": KEY},
        {"base_url": f"http://me:{KEY}@localhost/v1"},
        {"base_url": f"http://localhost/v1?key={KEY}"},
    ],
)
def test_a_key_in_the_wrong_place_is_not_shown(make: Make, arguments: dict[str, str]) -> None:
    with pytest.raises(UserError) as raised:
        make(**arguments)
    shown: BaseException | None = raised.value
    assert "key" in str(shown)
    while shown:
        assert KEY not in str(shown)
        shown = shown.__cause__


def test_a_key_that_no_header_can_hold_is_not_shown(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n{KEY}")
    with pytest.raises(UserError, match="the key holds characters that no key has") as raised:
        make()
    assert KEY not in str(raised.value)


def test_a_seed_is_a_field_of_every_request() -> None:
    where = {"base_url": "http://h/v1", "model": "m"}
    plain, seeded = ServerSettings.of(where), ServerSettings.of({**where, "seed": 3})
    by_card = ServerSettings.of({**where, "request": {"seed": 3}})
    assert dict(plain.fields) == {} and dict(seeded.fields) == {"seed": 3}
    assert seeded.changing_answers() == by_card.changing_answers() != plain.changing_answers()
    with pytest.raises(UserError, match="seed: 4 is not the one under `request`"):
        ServerSettings.of({**where, "seed": 4, "request": {"seed": 3}})
