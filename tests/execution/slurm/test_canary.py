"""A canary: secrets go in by every way, a server repeats them all, and no file and no print has one in any form."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from lmms_eval_plugins.core.redaction import REDACTED
from lmms_eval_plugins.execution import wandb_log
from lmms_eval_plugins.execution.wandb_log import Logged
from tests.support.command import Call, Done
from tests.support.fake_server import MODEL, ChatRequest, Fake, Response, completion

ARGUMENT, VARIABLE, CARD, HEADER, PATH, WANDB, FILE = (
    f"{kind}-C4nary/{number}+\"x'{number}" if kind == "card" else f"{kind}-C4nary-{number:04}xyz"
    for number, kind in enumerate(("argument", "variable", "card", "header", "path", "wandb", "file"), start=1)
)
SECRETS = (ARGUMENT, VARIABLE, CARD, HEADER, PATH, WANDB, FILE)
IN_USE = (ARGUMENT, VARIABLE, CARD, HEADER, PATH, FILE)
TASK = "strokerehab_primitives_3"
STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def forms(secret: str) -> set[str]:
    """A secret as it may be written."""
    encoded = {base64.b64encode(f"{before}{secret}".encode()).decode() for before in ("", "u", "us", "user:")}
    core = {text[4:-4] for text in encoded}
    return {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), repr(secret)[1:-1], secret.upper(), *core}


def leaks(places: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(place, secret) for place, text in places for secret in SECRETS for one in forms(secret) if one in text}


def files(*folders: Path) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix not in (".mp4", ".sock"):
                yield str(path), path.read_bytes().decode("utf-8", errors="replace")


def echo(request: ChatRequest) -> Response:
    """A reply with what came with the request, and with all secrets in use, also encoded."""
    known = " ".join((*IN_USE, *(base64.b64encode(f"user:{one}".encode()).decode() for one in IN_USE)))
    return completion(f"yes {json.dumps(dict(request.headers))} {known}", reasoning_content=f"hm {known}")


@pytest.fixture
def server() -> Iterator[Fake]:
    with Fake() as fake:
        fake.reply = echo
        names = [MODEL, f"{HEADER}\x1b]0;owned\x07", VARIABLE]
        fake.models = Response({"data": [{"id": name, "root": CARD, "owned_by": HEADER} for name in names]})
        yield fake


@pytest.fixture
def places(server: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Folders for a card, the user's secrets, temporary files and runs; the environment has secrets too."""
    made = {name: tmp_path / name for name in ("cards", "owner", "temporary", "runs")}
    for folder in made.values():
        folder.mkdir(exist_ok=True)
    card = {
        "about": "a server",
        "wrapper": "rehab_server",
        "gpus": 0,
        "args": {
            "base_url": server.base_url.replace("/v1", f"/{PATH}/v1"),
            "model": MODEL,
            "concurrency": 1,
            "api_key_env": "MY_API_KEY",
            "request": {
                "api_key": CARD,
                "headers": {"Authorization": f"Bearer {HEADER}", "X-Trace": "on"},
                "extra_body": [{"name": "X-Api-Key", "value": CARD}, ["Cookie", HEADER]],
            },
        },
    }
    (made["cards"] / "echo.yaml").write_text(json.dumps(card))
    stored = made["owner"] / ".config" / "strokerehab" / "secrets"
    stored.parent.mkdir(parents=True)
    stored.write_text(f"SOME_TOKEN={FILE}\n")
    stored.chmod(0o600)
    monkeypatch.setenv("HOME", str(made["owner"]))
    monkeypatch.setenv("TMPDIR", str(made["temporary"]))
    monkeypatch.setenv("MY_API_KEY", VARIABLE)
    for name in ("STROKEREHAB_SECRET_ARGS", "STROKEREHAB_SECRET_WANDB_ARGS"):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture
def run(call: Call, places: dict[str, Path], mini_dataset: Path) -> Call:
    def go(*more: object) -> Done:
        return call(
            *("run", "--model", "echo", "--models", places["cards"], "--task", TASK, "--data", mini_dataset),
            *("--limit", 2, "--log_path", places["runs"], *more),
        )

    return go


def no_leak(done: Done, places: dict[str, Path], *more: Path) -> None:
    written = dict(files(places["runs"], places["temporary"], *more))
    assert {"run.json"} <= {Path(path).name for path in written}
    assert leaks([("stdout", done.out), ("stderr", done.err), *written.items()]) == set()
    assert not STEERING.search(done.out + done.err)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_writes_no_secret(
    processes: int, run: Call, server: Fake, places: dict[str, Path], call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []

    def log(args: str, _: object) -> Logged:
        logged.append(args)
        return Logged((f"{WANDB}/{HEADER}",), "")

    monkeypatch.setattr(wandb_log, "log_scores", log)
    address = f"base_url={server.base_url.replace('/v1', f'/{ARGUMENT}/v1')}"
    options = ("--num_processes", processes, "--model_args", address, "--wandb_args", f"project=x,api_key={WANDB}")
    done = run(*options)
    assert logged == [f"project=x,api_key={WANDB}"]
    assert done.status == 0, done.err
    no_leak(done, places)
    (folder,) = (path.parent for path in places["runs"].rglob("run.json"))
    recorded = json.loads((folder / "run.json").read_text())
    count = recorded["n_asked"]
    assert (
        recorded["notes"][-1] == f"Secrets in use stood in replies and were hidden, as {REDACTED!r}: in {count} of them"
    )
    request = recorded["card"]["args"]["request"]
    assert request["headers"] == {"Authorization": "(hidden)", "X-Trace": "on"} and request["api_key"] == "(hidden)"
    assert recorded["card"]["args"]["base_url"].endswith("/…/v1") and "/…/v1 (" in recorded["device"]
    answers = [json.loads(line) for line in (folder / "answers.jsonl").read_text().splitlines()]
    assert len(answers) == count == 16 and all(one["text"].startswith("yes {") for one in answers)
    assert all(REDACTED in one["text"] for one in answers)
    assert recorded["wrapper_args"]["base_url"].endswith("/…/v1")
    again = run("--model_args", address)  # answered from the store
    no_leak(again, places)
    for verb in (("score", places["runs"], "--json"), ("table", "dose_models", places["runs"], "--format", "csv")):
        no_leak(call(*verb), places)


def test_a_run_with_a_wrong_model_or_address_prints_none(
    run: Call, call: Call, server: Fake, places: dict[str, Path], mini_dataset: Path
) -> None:
    server.reply = lambda request: Response({"error": {"message": f"{request.headers} {' '.join(IN_USE)}"}}, 404)
    for more in ((), ("--debug",), ("--dry-run",)):
        done = run(*more)
        assert leaks([("out", done.out), ("err", done.err), *files(places["runs"], places["temporary"])]) == set()
    given = f"base_url={server.base_url},model=gone,api_key_env=MY_API_KEY"
    wrong = (
        ("--model", "server", "--model_args", f"{given},api_key={ARGUMENT}"),
        ("--model", "server", "--model_args", f"api_key=first,{ARGUMENT}"),
        ("--model", "server", "--model_args", f"api_key_env={ARGUMENT},{given}"),
        ("--model", "echo", "--wandb_args", f"api_key={WANDB},{WANDB}"),
        ("--model", "server", "--model_args", given.replace("/v1", f"/{PATH}/v1/{PATH}")),
    )
    for arguments in wrong:
        done = call(
            *("run", "--models", places["cards"], "--task", TASK, "--data", mini_dataset, *arguments, "--debug"),
            *("--log_path", places["runs"]),
        )
        assert done.status and leaks([("out", done.out), ("err", done.err)]) == set(), arguments
        assert not STEERING.search(done.out + done.err)


def test_what_is_submitted_holds_no_secret(run: Call, fake_slurm: Path, places: dict[str, Path]) -> None:
    address = f"base_url=http://localhost/{ARGUMENT}/v1"
    given = ("--model_args", address, "--wandb_args", f"project=x,api_key={WANDB}")
    done = run("--slurm", "--shards", 2, *given)
    try:
        assert done.status == 0, done.err
        assert os.environ["STROKEREHAB_SECRET_ARGS"] == address
        assert os.environ["STROKEREHAB_SECRET_WANDB_ARGS"] == f"api_key={WANDB}"
    finally:
        for name in ("STROKEREHAB_SECRET_ARGS", "STROKEREHAB_SECRET_WANDB_ARGS"):
            os.environ.pop(name, None)
    assert any(path.suffix == ".pkl" for path in places["runs"].rglob("*"))
    no_leak(done, places, fake_slurm)
