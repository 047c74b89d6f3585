from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import pytest

from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest, write_manifest
from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.questions.reading import is_missing
from lmms_eval_plugins.wrappers.windowed import Shown, WindowedModel
from tests.conftest import make_dataset, write_video
from tests.wrappers.asking import ask, make_row, recorded, requests_for, rows_in


class Family(WindowedModel):
    """Answers with a hash of all that it is given, and checks what a family may rely on."""

    def __init__(self, batch_size: int | str = 1, answers: Path | None = None) -> None:
        super().__init__(batch_size, answers)
        self.batches: list[list[Shown]] = []

    @property
    def fingerprint(self) -> str:
        return "family"

    def answer_batch(self, batch: Sequence[Shown]) -> list[str]:
        assert 1 <= len(batch) <= self.batch_size
        assert len({shown.frames.shape for shown in batch}) == 1
        assert len({str(shown.ask.generation) for shown in batch}) == 1
        self.batches.append(list(batch))
        return [
            hashlib.md5(f"{shown.frames.tobytes()!r} {shown.fps} {shown.ask.text}".encode()).hexdigest()
            for shown in batch
        ]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each video was opened."""
    counts: Counter[str] = Counter()
    real_open = av.open

    def counting(file: Any, *args: Any, **kwargs: Any) -> Any:
        counts[str(file)] += 1
        return real_open(file, *args, **kwargs)

    monkeypatch.setattr(av, "open", counting)
    return counts


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> list[dict[str, Any]]:
    return rows_in(mini_dataset)


@pytest.mark.parametrize("batch_size", [2, 7, "32"])
def test_batches_do_not_change_answers(batch_size: int | str, rows: list[dict[str, Any]]) -> None:
    model = Family(batch_size)
    replies = ask(model, rows)
    assert replies == ask(Family(1), rows)
    assert len(set(replies)) == len(rows)
    assert {len(shown.frames) for batch in model.batches for shown in batch} == {8, 6}


def test_full_batches_are_the_rule(rows: list[dict[str, Any]]) -> None:
    model = Family(6)
    ask(model, rows)
    assert [len(batch) for batch in model.batches] == [6, 6, 6, 6]


def test_few_questions_wait_for_a_full_batch(mini_dataset: Path) -> None:
    """Many shapes at once: what waits is answered before it fills the memory."""
    rows = rows_in(mini_dataset)
    rows = [row | {"frames": row["frames"][: 1 + i % 6]} for i, row in enumerate(rows)]
    model = Family(3)
    assert not any(is_missing(reply) for reply in ask(model, rows))
    assert len(model.batches[0]) == 1  # the oldest of six kinds, not one that got full


def test_the_rate_of_the_frames_is_told(rows: list[dict[str, Any]]) -> None:
    model = Family()
    ask(model, rows)
    assert {shown.fps for batch in model.batches for shown in batch} == {15.0}


def test_one_frame_windows(mini_dataset: Path) -> None:
    rows = [row | {"frames": row["frames"][:1]} for row in rows_in(mini_dataset)]
    model = Family(4)
    assert not any(is_missing(reply) for reply in ask(model, rows))
    assert {(len(shown.frames), shown.fps) for batch in model.batches for shown in batch} == {(1, 30.0), (1, 60.0)}


def test_a_box_is_cropped(mini_dataset: Path) -> None:
    rows = [row | {"box": (8, 4, 40, 36)} for row in rows_in(mini_dataset)]
    model = Family(4)
    ask(model, rows)
    assert {shown.frames.shape[1:] for batch in model.batches for shown in batch} == {(32, 32, 3)}


def test_a_video_is_decoded_once_though_two_tasks_ask_about_it(
    rows: list[dict[str, Any]], opened: Counter[str]
) -> None:
    second_task = [row | {"text": row["text"] + " Think."} for row in rows]
    ask(Family(4), [*rows, *second_task])
    assert list(opened.values()) == [1, 1, 1]


def test_videos_that_are_answered_are_not_opened(
    rows: list[dict[str, Any]], tmp_path: Path, opened: Counter[str]
) -> None:
    first = [row for row in rows if row["video_id"] == rows[0]["video_id"]]
    ask(Family(2, tmp_path / "answers.jsonl"), first)
    opened.clear()
    ask(Family(2, tmp_path / "answers.jsonl"), rows)
    assert len(opened) == 2 and first[0]["path"] not in opened


def test_settings_of_generation_do_not_mix(rows: list[dict[str, Any]]) -> None:
    model = Family(64)
    requests = requests_for(model, rows)
    for request in requests[::2]:
        request.args[2]["max_new_tokens"] = 99
    model.generate_until(requests)
    assert len(model.batches) == 4


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of 6-s videos whose second one is cut off in its middle."""
    folder = tmp_path_factory.mktemp("damaged")
    make_dataset(folder, seconds=6.0)
    trials = read_manifest(folder / MANIFEST_NAME)
    whole = write_video(folder / "whole.avi", trials[1].n_frames, round(trials[1].fps))
    path = folder / "cut.avi"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    trials[1] = trials[1].model_copy(update={"path": path})
    write_manifest(folder / MANIFEST_NAME, trials)
    return folder


@pytest.mark.parametrize("batch_size", [1, 7])
def test_a_truncated_video_keeps_its_earlier_windows_and_harms_no_other(
    damaged: Path, batch_size: int, tmp_path: Path
) -> None:
    rows = rows_in(damaged)
    model = Family(batch_size, tmp_path / "answers.jsonl")
    replies = ask(model, rows)
    missing = {(row["video_id"], row["window"]) for row, reply in zip(rows, replies, strict=True) if is_missing(reply)}
    (video_id,) = {video_id for video_id, _ in missing}
    windows = sorted({row["window"] for row in rows if row["video_id"] == video_id})
    lost = sorted(window for _, window in missing)
    assert lost == windows[-len(lost) :]
    assert 3 <= len(lost) <= len(windows) - 3
    (failure,) = model.failures
    assert failure.video_id == video_id and "cut.avi" in failure.reason and "\n" not in failure.reason
    assert len(recorded(tmp_path / "answers.jsonl")) == len(rows) - 2 * len(lost) == model.n_asked


def test_windows_that_the_file_does_not_reach_are_a_failure_not_silence(mini_dataset: Path) -> None:
    rows = rows_in(mini_dataset)
    beyond = rows[-1] | {"window": 4, "frames": (180, 184)}
    model = Family()
    replies = ask(model, [*rows, beyond])
    assert [is_missing(reply) for reply in replies] == [False] * len(rows) + [True]
    assert [failure.video_id for failure in model.failures] == [rows[-1]["video_id"]]


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), (b"", "empty"), (b"no video at all" * 99, "cannot be decoded")]
)
def test_a_video_that_cannot_be_opened(content: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.mp4"
    if content is not None:
        path.write_bytes(content)
    model = Family()
    assert is_missing(ask(model, [make_row(path=str(path))])[0])
    assert str(path) in model.failures[0].reason and reason in model.failures[0].reason
    assert model.batches == []


@pytest.mark.parametrize("batch_size", [0, -1, "auto", "1.5", ""])
def test_a_batch_size_that_is_none(batch_size: int | str) -> None:
    with pytest.raises(UserError, match=f"batch_size: '?{batch_size}'? is not a whole number"):
        Family(batch_size)
