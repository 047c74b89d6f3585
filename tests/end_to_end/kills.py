"""``python -m tests.end_to_end.kills``: end evaluate.sh by random signals, again and again, and see what is left.

evaluate.sh runs as it is, but for its environment: the Python that runs this stands for it, so that none is built.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from tests.end_to_end.conftest import render_small
from tests.support.environments import ROOT

TASKS = ("strokerehab_primitives_1", "strokerehab_primitives_3")
"""Two tasks about the same frames, which a run keeps for the second."""

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
_MARK = "STROKEREHAB_KILLS"
"""A variable of the environment, by which a process that was left is found."""

_PATIENCE_S = 120.0


@dataclass
class Kills:
    """Ends a command by signals, and checks after each what is lost and what is left.

    Attributes:
        work: a folder for the runs, temporary files, and what stands for the environment.
        arguments: of evaluate.sh.
        counts: how the command ended, and how often.
        answers: lines of answers after each end.
        left_by_kill: what SIGKILL has left among the temporary files.
    """

    work: Path
    arguments: Sequence[str]
    counts: Counter[str] = field(default_factory=Counter)
    answers: list[int] = field(default_factory=list)
    left_by_kill: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        binaries = self.work / "envs" / "strokerehab" / "bin"
        for folder in (binaries, self.temporary):
            folder.mkdir(parents=True)
        shutil.copy(ROOT / "evaluate.sh", self.work)
        (self.work / "setup_envs.sh").write_text("exit 0\n", encoding="utf-8")
        command = binaries / "strokerehab"
        command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m lmms_eval_plugins.cli \"$@\"\n", encoding="utf-8")
        command.chmod(0o755)

    @property
    def temporary(self) -> Path:
        """The folder for temporary files."""
        return self.work / "tmp"

    @property
    def runs(self) -> Path:
        """The folder of the runs."""
        return self.work / "runs"

    def start(self) -> subprocess.Popen[str]:
        """Start the command."""
        own = {"STROKEREHAB_ENVS": str(self.work / "envs"), "TMPDIR": str(self.temporary), _MARK: str(self.work)}
        return subprocess.Popen(
            ["bash", str(self.work / "evaluate.sh"), *self.arguments, "--log_path", str(self.runs)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, number: signal.Signals, after_answers: int, after_s: float) -> int:
        """Start the command, end it by a signal so many more answers and seconds later, and return its exit status."""
        before = self.n_answers()
        process = self.start()
        deadline = time.monotonic() + _PATIENCE_S
        while process.poll() is None and self.n_answers() < before + after_answers and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(after_s)
        process.send_signal(number)
        _, err = process.communicate(timeout=_PATIENCE_S)
        now = self.n_answers()
        assert now >= before, f"{before - now} answers are lost after {number.name}"
        self.answers.append(now)
        assert "Traceback" not in err and "terminate called" not in err, err
        status = process.returncode
        self.counts[f"{number.name}: {'was done before' if status == 0 else status}"] += 1
        if number is signal.SIGKILL:
            assert status in (0, -signal.SIGKILL), (status, err)
        else:
            # Python itself, or bash, before the command has begun; or the command, with one line.
            assert status in (0, -number, 128 + number), (status, err)
            assert status != 128 + number or f"stopped by {number.name}; answers so far are kept" in err, err
            assert self.left() <= self.left_by_kill, f"{number.name} left {self.left()}"
        self.left_by_kill = self.left()  # until a command gets so far that it looks
        assert not list(left_processes(self.work)), f"{number.name} left a process"
        return status

    def finish(self) -> str:
        """Run the command to its end and return what it printed; nothing is left of the earlier ones."""
        process = self.start()
        out, err = process.communicate(timeout=10 * _PATIENCE_S)
        assert process.returncode == 0, err
        assert not self.left(), self.left()
        folders = [path.parent for path in self.runs.glob("*/*/*/run.json")]
        assert sorted(path.parents[1].name for path in folders) == sorted(TASKS), folders
        assert not list(self.runs.rglob("*.part")) and not list(self.runs.glob(".report*"))
        assert not list(self.runs.glob("*/*/*/shard*"))
        return out

    def left(self) -> set[str]:
        """Return the names of temporary files; torch's folder for what it compiles is not ours."""
        return {path.name for path in self.temporary.iterdir() if not path.name.startswith("torchinductor_")}

    def n_answers(self) -> int:
        """Count the whole lines of all answer files."""
        return sum(path.read_bytes().count(b"\n") for path in self.runs.glob("*/*/*/answers*.jsonl") if path.is_file())

    def replies(self) -> dict[str, list[tuple[str, int, str, str]]]:
        """Return task → the answers of its run: video, window, question, text."""
        names = ("video_id", "window", "question_id", "text")
        return {
            path.parents[2].name: sorted(tuple(map(json.loads(line).get, names)) for line in path.open("rb"))
            for path in self.runs.glob("*/*/*/answers.jsonl")
        }

    def scores(self) -> dict[str, bytes]:
        """Return task → its scores."""
        return {path.parents[2].name: path.read_bytes() for path in self.runs.glob("*/*/*/scores.json")}


def left_processes(work: Path, patience_s: float = 15.0) -> Iterator[int]:
    """Yield the processes of a `Kills` that are still there after a while."""
    mark = f"{_MARK}={work}".encode()
    until = time.monotonic() + patience_s
    while found := [one for one in _processes() if mark in _environment(one).split(b"\0")]:
        if time.monotonic() > until:
            yield from found
            return
        time.sleep(0.1)


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environment(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return b""


def arguments_for(data: Path, *options: str) -> tuple[str, ...]:
    """Return the arguments of a run of the demo's model on two tasks, in many batches: there are many moments."""
    model = ("--model", "rehab_tiny", "--model_args", "batch_size=2")
    return (*model, "--task", ",".join(TASKS), "--data", str(data), *options)


def check_kills(work: Path, data: Path, rounds: Sequence[signal.Signals], seed: int, *options: str) -> Kills:
    """End a run of two tasks by signals at random moments, finish it, and compare it with one that was left alone.

    Args:
        work: an empty folder.
        data: a small dataset.
        rounds: the signals.
        seed: of the moments.
        options: further ones of evaluate.sh.
    """
    alone, killed = (Kills(work / name, arguments_for(data, *options)) for name in ("alone", "killed"))
    alone.finish()
    draw = random.Random(seed)
    most = alone.n_answers() // (len(rounds) + 1)
    for round_, number in enumerate(rounds, 1):
        early = draw.random() < 0.3  # while it starts, or plans
        status = killed.end(number, 0 if early else draw.randint(1, most), draw.uniform(0, 4 if early else 0.2))
        print(
            f"{round_}: {number.name}, exit {status}, {killed.n_answers()} of {alone.n_answers()} answers", flush=True
        )
        if status == 0:  # it was done before the signal came: the next one begins anew
            _check_same(killed, alone)
            shutil.rmtree(killed.runs)
    killed.finish()
    _check_same(killed, alone)
    return killed


def _check_same(killed: Kills, alone: Kills) -> None:
    assert killed.replies() == alone.replies(), "the answers differ from those of a run that was left alone"
    assert killed.scores() == alone.scores() and len(alone.scores()) == len(TASKS)


def main(
    rounds: Annotated[int, typer.Option("--rounds", min=1)] = 20,
    seed: int = 0,
    num_processes: Annotated[int, typer.Option("--num_processes", min=1)] = 1,
) -> None:
    """End evaluate.sh by random SIGKILL, SIGTERM and SIGHUP, so many times."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        raise typer.BadParameter("SIGHUP is ignored here, as under nohup, and so in all that is started: use setsid")
    draw = random.Random(seed)
    signals = [draw.choice(SIGNALS) for _ in range(rounds)]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        killed = check_kills(
            work, render_small(work / "demo", subjects=2), signals, seed, "--num_processes", str(num_processes)
        )
    for how, count in sorted(killed.counts.items()):
        print(f"{count:3} × {how}")
    print(f"answers after each: {killed.answers}; none lost, none left behind, the same scores as undisturbed")


if __name__ == "__main__":
    typer.run(main)
