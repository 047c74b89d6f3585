"""A real server, `transformers serve` on this machine: used by the command, killed during a run, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from lmms_eval_plugins.demo.render import render_dataset
from lmms_eval_plugins.demo.scenes.activities import exercises
from lmms_eval_plugins.demo.scenes.exams import clips as film_exam
from lmms_eval_plugins.demo.scenes.exams.items import EXAMS
from tests.end_to_end.conftest import Command
from tests.end_to_end.test_evaluate import answers_in, evaluated, run_folders, texts

WINDOWS = "sampling_fps=4,max_frames_num=2"
READY_S = 200.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def served(checkpoint: Path, port: int, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server, wait until it replies, and end it after the block."""
    command = [Path(sys.executable).with_name("transformers"), "serve", checkpoint, "--device", "cpu"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(home)}
    log = home / f"serve-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*map(str, command), "--port", str(port)], env=environment, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + READY_S
        while True:
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                    break
            assert server.poll() is None and time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield server
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def tiny_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render one subject, one activity of 6 s, and one Fugl-Meyer exam from two cameras."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exercises, "EXERCISES", {"RTT": exercises.EXERCISES["RTT"]})
        patch.setattr(film_exam, "EXAMS", EXAMS[:1])
        render_dataset(folder, subjects=1, seconds=6, workers=1)
    return folder


def test_a_server_that_is_killed_and_started_again(
    command: Command, tiny_demo: Path, tiny_qwen: Path, tmp_path: Path
) -> None:
    port = free_port()
    arguments = f"base_url=http://127.0.0.1:{port}/v1,model={tiny_qwen},max_pixels=4096,{WINDOWS}"
    with served(tiny_qwen, port, tmp_path) as server:
        (undisturbed,) = evaluated("server", tiny_demo, tmp_path / "whole", model_args=arguments)
        expected = texts(undisturbed.folder)
        assert len(expected) > 20 and len(set(expected.values())) > 1

        runs = tmp_path / "runs"
        run = command.start(
            *("--model", "server", "--data", tiny_demo, "--log_path", runs),
            *("--model_args", f"{arguments},concurrency=2,patience=200"),
        )

        def answered() -> int:
            return sum(path.read_bytes().count(b"\n") for path in runs.glob("*/*/*/answers.jsonl"))

        deadline = time.monotonic() + READY_S
        while answered() < len(expected) // 3:
            assert run.poll() is None and time.monotonic() < deadline, run.communicate()
            time.sleep(0.002)
        server.send_signal(signal.SIGKILL)
        server.wait()
    before = answered()
    assert before < len(expected) and run.poll() is None
    with served(tiny_qwen, port, tmp_path):
        _, messages = run.communicate(timeout=200)
    assert run.returncode == 0, messages
    assert "trying again for 200 s" in messages
    (folder,) = run_folders(runs)
    assert len(answers_in(folder)) == len(expected), "a request has two answers, or none"
    assert texts(folder) == expected
    assert (folder / "scores.json").read_bytes() == (undisturbed.folder / "scores.json").read_bytes()
    state = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert state["status"] == "finished" and state["speed"][0]["retries"] > 0
    assert state["speed"][0]["prompt_tokens"] > 0
