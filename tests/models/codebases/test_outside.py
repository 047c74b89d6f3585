"""Adapters against stand-ins with the code bases' call signatures, each in a process and an environment of its own."""

from __future__ import annotations

import gc
import math
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.codebases import outside
from lmms_eval_plugins.models.codebases.outside import LLAVA_NEXT, LONGVA, VILA, CodeBase, OutsideModel
from lmms_eval_plugins.models.codebases.process import Worker
from lmms_eval_plugins.models.codebases.wire import Message
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.registered import RehabLlavaNext, RehabLongVA, RehabVila
from lmms_eval_plugins.questions.reading import is_missing
from tests.support.perturbed import perturbed_and_plain
from tests.support.requests import ask, recorded, rows_in
from tests.support.stand_ins.environment import COMMIT, OURS, STAND_INS, make_checkpoint, make_environment

FAMILIES: dict[str, tuple[Callable[..., Recorder], CodeBase]] = {
    "llava_next": (RehabLlavaNext, LLAVA_NEXT),
    "longva": (RehabLongVA, LONGVA),
    "vila": (RehabVila, VILA),
}


@pytest.fixture(scope="module")
def envs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("envs")
    for _, code_base in FAMILIES.values():
        make_environment(folder, code_base.environment)
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoints") / "NVILA-8B")


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> list[dict[str, Any]]:
    """Windows of eight and of six frames, one of a single frame, and a count among the questions."""
    rows = rows_in(mini_dataset)[:10]
    rows[4] |= {"frames": rows[4]["frames"][:1]}
    rows[5] |= {"frames": rows[5]["frames"][:1]}
    rows[1] |= {"choices": tuple(map(str, range(12)))}
    rows[3] |= {"choices": ()}
    return rows


def made(family: str, envs: Path, checkpoint: Path, answers: Path | None = None, **arguments: object) -> Recorder:
    model_class, code_base = FAMILIES[family]
    session = Session(answers=answers, python=envs / code_base.environment / "bin/python")
    return model_class(session, pretrained=str(checkpoint), **arguments)


def worker_of(model: Recorder) -> Worker:
    assert isinstance(model.answerer, Engine) and isinstance(model.answerer.model, OutsideModel)
    worker = model.answerer.model._worker
    assert worker is not None
    return worker


def with_words(rows: list[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    return [row | {"text": f"{row['text']} {words}"} for row in rows]


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_those_of_the_code_base_itself(
    family: str,
    envs: Path,
    checkpoint: Path,
    rows: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One window at a time, against batches that do not fit at first and the code base's own way to answer."""
    answers = tmp_path / "answers.jsonl"
    model = made(family, envs, checkpoint, answers=answers)
    texts = ask(model, rows)
    monkeypatch.setenv("STAND_IN_NO_ROOM", "2")
    other = made(family, envs, checkpoint, mode="generate", batch_size=8, answers=tmp_path / "other.jsonl")
    assert texts == ask(other, rows)
    assert isinstance(other.answerer, Engine) and other.answerer.batch_size < 8
    assert len(set(texts)) > len(texts) / 2, "they hang on frames and questions"
    scores = [record.choice_logprobs for record in sorted(recorded(answers), key=lambda record: record.window)]
    assert {record.finish_reason for record in recorded(answers)} <= {"stop", "length"}
    closed = [of for of in scores if of is not None]
    assert len(closed) == len(rows) - 1
    assert all(sum(map(math.exp, of.values())) <= 1 + 1e-6 for of in closed)
    assert {len(of) for of in closed} == {2, 12}
    assert not any(record.choice_logprobs for record in recorded(tmp_path / "other.jsonl"))
    assert (
        model.weights
        and model.weights["pretrained"] == str(checkpoint)
        and f"1.7.0 at {COMMIT}" in model.weights.values()
    )
    process = worker_of(model)._process
    del model
    gc.collect()
    assert process.poll() == 0, "it ends with its model"


def test_what_goes_wrong_in_the_process(
    envs: Path, checkpoint: Path, rows: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows[:6]
    model = made("llava_next", envs, checkpoint, batch_size=4, answers=tmp_path / "answers.jsonl")
    assert all(map(is_missing, ask(model, with_words(rows, "(fail)"))))
    (failure,) = model.failures
    assert "6 of 6 requests failed (windows 0, 1, 2): " in failure.reason
    assert "llava_next: cannot be answered (RuntimeError: shapes do not match)" in failure.reason
    first = worker_of(model)
    assert all(map(is_missing, ask(model, with_words(rows, "(large)"))))
    (failure,) = model.failures
    assert "one question about one window does not fit" in failure.reason and "allocate 2.00 GiB" in failure.reason
    assert worker_of(model) is first, "it lives on"
    replies = ask(model, [*with_words(rows[:2], "(die)"), *rows[2:]])
    assert [*map(is_missing, replies)] == [True, True, *[False] * 4], "a new one is started"
    assert "was killed by signal 9" in model.failures[0].reason and "a bug" not in model.failures[0].reason
    monkeypatch.setattr(outside, "_MOST_DEATHS", 1)  # a start takes seconds
    with pytest.raises(UserError) as caught:
        ask(model, with_words(rows, "(die)"))
    assert "the process of strokerehab_llava was killed by signal 9" in str(caught.value)
    assert "illegal memory access" in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(UserError, match="sent what is no message"):
        ask(model, with_words(rows, "(talk)"))
    assert len(ask(model, rows)) == 6 and worker_of(model) is not first, "a new one is started"
    assert len(recorded(tmp_path / "answers.jsonl")) == 6


def test_a_wrong_environment(checkpoint: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    make_environment(tmp_path / "wrong", "strokerehab_llava", [OURS, STAND_INS / "shared"])
    with pytest.raises(UserError) as caught:
        ask(made("llava_next", tmp_path / "wrong", checkpoint), rows)
    assert "cannot be loaded in strokerehab_llava (ModuleNotFoundError: No module named 'llava')" in str(caught.value)
    assert "`bash setup_envs.sh strokerehab_llava --check`" in str(caught.value)
    make_environment(tmp_path / "empty", "strokerehab_llava", [])
    with pytest.raises(UserError, match=r"ended with exit status 1; .*No module named 'numpy'"):
        ask(made("llava_next", tmp_path / "empty", checkpoint), rows)


def test_no_environment(checkpoint: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be started .*make it anew: bash setup_envs.sh strokerehab_llava"):
        ask(made("llava_next", tmp_path, checkpoint), rows)
    with pytest.raises(UserError, match=r"lives in the environment strokerehab_vila; run it by evaluate.sh"):
        ask(RehabVila(pretrained=str(checkpoint)), rows)


def test_the_worker_needs_numpy_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    for path in (Path(np.__file__).parent, *OURS.glob("numpy.libs")):
        (tmp_path / "few" / path.name).symlink_to(path)
    python = make_environment(tmp_path, "strokerehab_vila", [tmp_path / "few"])
    package = Path(__file__).parents[3]
    code = (
        f"import sys; sys.path.append({str(package)!r})\n"
        "import lmms_eval_plugins.models.codebases.worker, lmms_eval_plugins.models.engine.choices"
    )
    subprocess.run([python, "-I", "-c", code], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


def test_a_fingerprint_tells_what_can_change_an_answer(envs: Path, checkpoint: Path, tmp_path: Path) -> None:
    def fingerprint(folder: Path = envs, weights: Path = checkpoint, **arguments: Any) -> str:
        return str(made("llava_next", folder, weights, **arguments).fingerprint)

    make_environment(tmp_path / "newer", "strokerehab_llava", commit="f" * 40)
    changed = make_checkpoint(tmp_path / "changed")
    (changed / "model.safetensors").write_bytes(b"other weights")
    same = [fingerprint(), fingerprint(batch_size=4), fingerprint(device="cuda:0"), fingerprint(device_map="auto")]
    other = [
        fingerprint(tmp_path / "newer"),
        fingerprint(weights=changed),
        fingerprint(dtype="bfloat16"),
        fingerprint(quantization="4bit"),
        fingerprint(mm_newline_position="grid"),
        fingerprint(mode="generate"),
    ]
    assert len(set(same)) == 1 and len({*same, *other}) == 1 + len(other)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"dtype": "float32"}, "dtype: 'float32' is none of float16, bfloat16"),
        ({"quantization": "2bit"}, "quantization: '2bit' is none of 8bit, 4bit"),
        ({"mode": "fast"}, "mode: 'fast' is none of auto, generate"),
        ({"device": "cpu"}, "device: 'cpu' is no GPU"),
        ({"batch_size": 0}, "batch_size: 0 is not a whole number"),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], problem: str, checkpoint: Path) -> None:
    with pytest.raises(UserError, match=problem):
        RehabLlavaNext(pretrained=str(checkpoint), **arguments)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_checkpoint_must_be_named(family: str) -> None:
    with pytest.raises(UserError, match="which checkpoint"):
        FAMILIES[family][0]()


def test_a_code_base_is_sent_the_perturbed_frames(
    envs: Path, checkpoint: Path, mini_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []

    class Listening:
        """A process that keeps what it is sent."""

        alive = True

        def __init__(self, *_: object) -> None: ...

        def request(self, message: Message) -> Message:
            sent.extend(array.tobytes() for array in message.arrays)
            n = [len(window["questions"]) for window in message.values.get("windows", ())]
            kind = "answered" if message.kind == "answer" else "loaded"
            return Message(kind, {"replies": [[("yes", None, "stop")] * questions for questions in n]})

        def stop(self) -> None: ...

    monkeypatch.setattr(outside, "Worker", Listening)
    rows = rows_in(mini_dataset)
    pairs = [*perturbed_and_plain(rows[2], rows[-6], tmp_path)]
    for of_kind in zip(*pairs, strict=True):
        ask(made("longva", envs, checkpoint), of_kind)
    perturbed, plain = sent[: len(pairs)], sent[len(pairs) :]
    assert sorted(perturbed) == sorted(plain) and len({*plain}) == len(pairs)
