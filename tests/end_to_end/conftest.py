"""From videos to numbers: a small demo dataset, and the command as another process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lmms_eval_plugins.demo.render import render_dataset
from lmms_eval_plugins.demo.scenes.activities import exercises
from lmms_eval_plugins.demo.scenes.exams import clips as film_exam
from lmms_eval_plugins.demo.scenes.exams.items import EXAMS
from tests.support.environments import ENVIRONMENTS, ROOT

TASK = "strokerehab_primitives_3"

SHORT = "sampling_fps=2,max_frames_num=2,min_pixels=3136,max_pixels=50176"
"""Windows of one second with two small frames: enough for a test."""


@dataclass(frozen=True)
class Command:
    """`strokerehab run` as a process: through evaluate.sh where the tests run in an environment of setup_envs.sh."""

    words: tuple[str, ...]
    environment: Mapping[str, str]

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.words, "--task", TASK, *map(str, arguments)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=240)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture(scope="session")
def command() -> Command:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""}
    if ENVIRONMENTS is None:
        return Command((sys.executable, "-m", "lmms_eval_plugins.cli", "run"), environment)
    return Command(("bash", str(ROOT / "evaluate.sh")), {**environment, "STROKEREHAB_ENVS": str(ENVIRONMENTS)})


@pytest.fixture(scope="session")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render three subjects, two activities each, 10 s, and one Fugl-Meyer exam; do not change it."""
    return render_small(tmp_path_factory.mktemp("demo") / "demo", subjects=3)


def render_small(folder: Path, subjects: int) -> Path:
    """Render two activities of each subject, 10 s, and one Fugl-Meyer exam."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exercises, "EXERCISES", {name: exercises.EXERCISES[name] for name in ("RTT", "shelf")})
        patch.setattr(film_exam, "EXAMS", EXAMS[:1])
        render_dataset(folder, subjects=subjects, seconds=10)
    return folder
