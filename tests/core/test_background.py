"""Threads end before the interpreter does, whatever they are at."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from lmms_eval_plugins.core.background import end_background, run_in_background

START = """
import threading, time
from lmms_eval_plugins.core.background import exit_process, run_in_background

stopped, ended = threading.Event(), []

def work():
    while not stopped.is_set():
        time.sleep(0.01)
    time.sleep(0.1)
    if {hangs}:
        threading.Event().wait()
    ended.append(1)

import atexit
atexit.register(lambda: print("put away", *ended, flush=True))
run_in_background(work, stopped.set)
"""


def end_of(code: str, hangs: bool = False) -> tuple[int, str]:
    shortened = "import lmms_eval_plugins.core.background as b; b.PATIENCE_S = 0.3\n" if hangs else ""
    patience = "b.end_background.__defaults__ = (0.3,)\n" if hangs else ""
    program = shortened + patience + START.format(hangs=hangs) + code
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("code", "status"), [("exit_process(3)", 3), ("raise SystemExit(2)", 2), ("raise RuntimeError", 1), ("", 0)]
)
def test_threads_are_stopped_and_waited_for(code: str, status: int) -> None:
    assert end_of(code)[0] == status


def test_a_thread_that_hangs_does_not_keep_the_process_nor_change_its_status() -> None:
    status, said = end_of("exit_process(3)", hangs=True)
    assert (status, said) == (3, "put away\n")


def test_a_thread_that_another_starts_at_the_end_is_stopped_too() -> None:
    first, second = threading.Event(), threading.Event()

    def wait() -> None:
        second.wait(20)

    def work() -> None:
        first.wait(20)
        run_in_background(wait, second.set)

    thread = run_in_background(work, first.set)
    assert end_background(10) and not thread.is_alive() and second.is_set()
