from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord

SHARED = Path(__file__).resolve().parents[3] / "shared/vlms4rehab"

TRUTH = "idle@0.000;reach@1.000;transport@2.000;transport@3.000"
PERFECT = ("NO <SEP> NO", "YES <SEP> NO", "Yes. <SEP> yes")


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set one cache folder for the tables of published logs for all tests and workers, so that a log is read once."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STROKEREHAB_CACHE", str(folder / "tables"))
        yield


@pytest.fixture(scope="session")
def published() -> Path:
    """Return the folder of the published logs."""
    if not (SHARED / "EXPECTED.json").is_file():
        pytest.skip(f"no published logs at {SHARED}")
    return SHARED


def row(
    video_id: str = "S0001_feeding1_1", replies: Sequence[str] = PERFECT, target: str = TRUTH, patient: str = "S0001"
) -> dict[str, Any]:
    """Return a row of a published log with windows of one second."""
    return {
        "doc": {"id": video_id, "patient": patient, "stroke": patient[0] == "S", "activity": "feeding", "fps": 60.0},
        "target": target,
        "resps": [[[[reply, f"{i}.0", f"{i + 1}.0"] for i, reply in enumerate(replies)]]],
    }


@pytest.fixture
def write_log(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes rows as a published log and returns its path."""

    def write(
        *rows: dict[str, Any],
        name: str = "20250101_000000_samples_strokerehab_primitives_3.jsonl",
        folder: str = "org__Model-7B",
    ) -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
        return path

    return write


QUESTIONS = [
    {"id": "motion", "kind": "yes_no", "options": [], "yes_phrases": ["mov*"], "no_phrases": [], "text": "Moving?"},
    {"id": "grasp", "kind": "yes_no", "options": [], "yes_phrases": [], "no_phrases": [], "text": "Holding?"},
]


@pytest.fixture
def write_run(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a run folder from (video, window, question, text) and returns its path."""

    def write(
        answers: Iterable[tuple[str, int, str, str]],
        truth: str = TRUTH,
        videos: Sequence[str] = ("v1",),
        **changes: Any,
    ) -> Path:
        folder = tmp_path / "runs/dose/demo/20250101_000000"
        folder.mkdir(parents=True)
        run = {
            "task": "dose",
            "model": "demo",
            "status": "done",
            "scoring": {"method": "motion_grasp"},
            "reading": "default",
            "questions": QUESTIONS,
            "versions": {},
            "videos": [
                {
                    "video_id": video,
                    "patient": "S1",
                    "cohort": "mild",
                    "activity": "feeding",
                    "hand": "left",
                    "fps": 60,
                    "n_frames": 180,
                    "truth": truth,
                    "windows": [[i, i + 1] for i in range(3)],
                }
                for video in videos
            ],
            **changes,
        }
        (folder / "run.json").write_text(json.dumps(run))
        with AnswerLog(folder / "answers.jsonl") as log:
            for video, window, question, text in answers:
                log.append([AnswerRecord("k", video, window, window, window + 1, question, "p", text, None, 0.1, "f")])
        return folder

    return write


def answers_of(video: str = "v1", replies: Sequence[str] = PERFECT) -> list[tuple[str, int, str, str]]:
    """Return the answers of a run with the replies of a published log."""
    return [
        (video, window, question, text.strip())
        for window, reply in enumerate(replies)
        for question, text in zip(("motion", "grasp"), reply.split("<SEP>"), strict=True)
    ]
