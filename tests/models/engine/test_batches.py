from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest, write_manifest
from lmms_eval_plugins.models.answering import RequestReply
from lmms_eval_plugins.models.engine.batches import Unanswerable
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs
from lmms_eval_plugins.questions.reading import is_missing
from lmms_eval_plugins.video.decode import Frames, decode_frames
from lmms_eval_plugins.video.frame_cache import FrameCache
from lmms_eval_plugins.video.perturb import OF_HAND, PERTURBATIONS
from lmms_eval_plugins.video.windows import Dense
from tests.conftest import make_dataset, write_video
from tests.support.fake_network import Batched, FakeNetwork
from tests.support.requests import ask, make_row, recorded, requests_for, rows_in


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


@pytest.mark.parametrize("batch_size", [2, 7, 32])
def test_batches_do_not_change_answers(batch_size: int, rows: list[dict[str, Any]]) -> None:
    model = Batched(batch_size)
    replies = ask(model, rows)
    assert replies == ask(Batched(1), rows)
    assert len(set(replies)) == len(rows)
    assert {len(frames) for frames, _ in model.network.frames} == {8, 6}


@pytest.mark.parametrize("batch_size", [1, 2, 5, 24])
def test_the_questions_of_a_window_stay_together(batch_size: int, rows: list[dict[str, Any]]) -> None:
    model = Batched(batch_size)
    ask(model, rows)
    assert all(len(shown.requests) == 2 for batch in model.network.batches for shown in batch)
    assert max(model.network.sizes) <= max(2, batch_size)


def test_a_batch_that_does_not_fit_is_halved_until_it_does(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    model = Batched(16, tmp_path / "answers.jsonl", network=FakeNetwork(fits=3))
    assert ask(model, rows) == ask(Batched(1), rows)
    assert model.engine.batch_size in (2, 3) and len(recorded(tmp_path / "answers.jsonl")) == len(rows)


def test_one_question_that_does_not_fit(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    ask(Batched(2, answers), rows[:2])
    with pytest.raises(UserError, match=r"one question about one window does not fit .*no room.*is kept"):
        ask(Batched(4, answers, network=FakeNetwork(fits=0)), rows)
    assert len(recorded(answers)) == 2
    model = Batched(4, answers, network=FakeNetwork(fits=0))
    assert [*map(is_missing, ask(model, rows[:16]))] == [False] * 2 + [True] * 14, "two videos may fail so"
    assert "6 of 8 requests failed (windows 1, 2, 3): one question" in model.failures[0].reason


class Picky(FakeNetwork):
    """A network that takes no frames that begin like the hated ones."""

    def __init__(self, hated: Frames, error: Exception) -> None:
        super().__init__()
        self.hated, self.error = hated, error

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        if any(np.array_equal(shown.prepared.inputs[0], self.hated) for shown in batch):
            raise self.error
        return super().answer_batch(batch, at_once, watch)


@pytest.mark.parametrize("batch_size", [1, 7, 64])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unanswerable("llava: no"), ": llava: no"),
        (KeyError("grid"), ": KeyError: 'grid' (a bug? the run's log shows where)"),
        (RuntimeError("sizes\n7"), ": RuntimeError: sizes 7 (a bug? the run's log shows where)"),
    ],
)
def test_a_window_on_which_the_network_fails(
    rows: list[dict[str, Any]], tmp_path: Path, batch_size: int, error: Exception, reason: str
) -> None:
    plain = Batched()
    expected = ask(plain, rows)
    hated = plain.network.frames[5][0]
    model = Batched(batch_size, tmp_path / "answers.jsonl", network=Picky(hated, error))
    replies = ask(model, rows)
    assert [*map(is_missing, replies)] == [i in (10, 11) for i in range(len(rows))]
    assert [one for one in replies if not is_missing(one)] == expected[:10] + expected[12:]
    (failure,) = model.failures
    assert failure.reason == f"{rows[10]['video_id']}: 2 of 8 requests failed (window 1){reason}"
    assert len(recorded(tmp_path / "answers.jsonl")) == len(rows) - 2


def test_a_device_that_breaks_ends_it(rows: list[dict[str, Any]]) -> None:
    network = Picky(first_frames(rows), RuntimeError("CUDA error: device-side assert triggered"))
    with pytest.raises(RuntimeError, match="CUDA error"):
        ask(Batched(network=network), rows)


def first_frames(rows: list[dict[str, Any]]) -> Frames:
    model = Batched()
    ask(model, rows[:2])
    return model.network.frames[0][0]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            ValueError("aspect ratio 2048"),
            "its frames of 64x48 are not of a size that this model takes (aspect ratio 2",
        ),
        (MemoryError(), "there is not enough memory to prepare its frames of 64x48"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory"),
            "there is not enough memory to prepare its frames",
        ),
        (KeyError("x"), "KeyError: 'x' (a bug? the run's log shows where)"),
    ],
)
def test_windows_that_cannot_be_prepared(rows: list[dict[str, Any]], error: Exception, reason: str) -> None:
    model = Batched(4)
    hated, prepare = first_frames(rows), model.engine.source._prepare

    def picky(frames: Frames, fps: float) -> WindowInputs:
        if np.array_equal(frames, hated):
            raise error
        return prepare(frames, fps)

    model.engine.source._prepare = picky
    assert [*map(is_missing, ask(model, rows))] == [True] * 2 + [False] * (len(rows) - 2)
    (failure,) = model.failures
    assert f"{rows[0]['video_id']}: 2 of 8 requests failed (window 0): {reason}" in failure.reason


def test_a_bug_in_the_decoding_of_one_video(rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(path: Path, *args: Any) -> Iterator[tuple[int, Frames]]:
        if str(path) == rows[0]["path"]:
            raise KeyError("x")
        return decode_frames(path, *args)

    monkeypatch.setattr("lmms_eval_plugins.models.engine.windows.decode_frames", decode)
    model = Batched(4)
    assert [*map(is_missing, ask(model, rows))] == [True] * 8 + [False] * 16
    assert model.failures[0].reason.startswith(f"{rows[0]['video_id']}: KeyError: 'x' (a bug?")


def test_full_batches_are_the_rule(rows: list[dict[str, Any]]) -> None:
    model = Batched(6)
    ask(model, rows)
    assert model.network.sizes == [6, 6, 6, 6]


def test_few_questions_wait_for_a_full_batch(mini_dataset: Path) -> None:
    """Many shapes at once: what waits is answered before it fills the memory."""
    rows = rows_in(mini_dataset)
    rows = [row | {"frames": row["frames"][: 1 + i % 6]} for i, row in enumerate(rows)]
    model = Batched(3)
    assert not any(is_missing(reply) for reply in ask(model, rows))
    assert model.network.sizes[0] == 1  # the oldest of six kinds, not one that got full


def test_the_network_gets_the_rate_of_the_frames(rows: list[dict[str, Any]]) -> None:
    model = Batched()
    ask(model, rows)
    assert {fps for _, fps in model.network.frames} == {15.0}


def test_one_frame_windows(mini_dataset: Path) -> None:
    rows = [row | {"frames": row["frames"][:1]} for row in rows_in(mini_dataset)]
    model = Batched(4)
    assert not any(is_missing(reply) for reply in ask(model, rows))
    assert {(len(frames), fps) for frames, fps in model.network.frames} == {(1, 30.0), (1, 60.0)}


def test_a_box_is_cropped(mini_dataset: Path) -> None:
    rows = [row | {"box": (8, 4, 40, 36)} for row in rows_in(mini_dataset)]
    model = Batched(4)
    ask(model, rows)
    assert {frames.shape[1:] for frames, _ in model.network.frames} == {(32, 32, 3)}


def test_a_video_is_decoded_once_for_two_tasks(rows: list[dict[str, Any]], opened: Counter[str]) -> None:
    second_task = [row | {"text": row["text"] + " Think."} for row in rows]
    ask(Batched(4), [*rows, *second_task])
    assert list(opened.values()) == [1, 1, 1]


def test_videos_that_are_answered_are_not_opened(
    rows: list[dict[str, Any]], tmp_path: Path, opened: Counter[str]
) -> None:
    first = [row for row in rows if row["video_id"] == rows[0]["video_id"]]
    ask(Batched(2, tmp_path / "answers.jsonl"), first)
    opened.clear()
    ask(Batched(2, tmp_path / "answers.jsonl"), rows)
    assert len(opened) == 2 and first[0]["path"] not in opened


def test_settings_of_generation_do_not_mix(rows: list[dict[str, Any]]) -> None:
    model = Batched(64)
    requests = requests_for(model, rows)
    for request in requests[::2]:
        request.args[2]["max_new_tokens"] = 99
    model.generate_until(requests)
    assert len(model.network.batches) == 4


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
    model = Batched(batch_size, tmp_path / "answers.jsonl")
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
    model = Batched()
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
    model = Batched()
    assert is_missing(ask(model, [make_row(path=str(path))])[0])
    assert str(path) in model.failures[0].reason and reason in model.failures[0].reason
    assert model.network.batches == []


def test_a_decoder_that_hangs(rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its video is given up in time; the others are answered, and the run ends."""
    hangs = rows[0]["path"]
    released = threading.Event()

    def decode(path: Path, *args: Any) -> Iterator[tuple[int, Frames]]:
        if str(path) == hangs:
            released.wait(60)
            return iter(())  # and does not disturb the tests that come after
        return decode_frames(path, *args)

    monkeypatch.setattr("lmms_eval_plugins.models.engine.windows.decode_frames", decode)
    model = Batched(4)
    model.engine.source.patience_s = 0.3
    replies = ask(model, rows)
    released.set()
    assert [is_missing(reply) for reply in replies] == [row["path"] == hangs for row in rows]
    (failure,) = model.failures
    assert hangs in failure.reason and "its decoder hangs: no frame for" in failure.reason


def test_frames_are_decoded_once_for_two_models_and_two_samplings(
    mini_dataset: Path, opened: Counter[str], tmp_path: Path
) -> None:
    cache = FrameCache(tmp_path / "frames", 1 << 30, replace=False)
    replies = []
    for frames, kept in ((8, cache), (8, cache), (4, cache), (4, None)):
        model = Batched(4, frame_cache=kept)
        replies.append(ask(model, rows_in(mini_dataset, sampling=Dense(fps=15, frames=frames))))
        if frames == 8:
            assert list(opened.values()) == [1, 1, 1]
    assert list(opened.values()) == [2, 2, 2] and model.speed()["frames_reused"] == 0
    assert replies[0] == replies[1] and replies[2] == replies[3]


def test_a_video_is_decoded_once_for_all_perturbations(
    mini_dataset: Path, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: Counter[str] = Counter()

    def decode(path: Path, *args: Any) -> Iterator[tuple[int, Frames]]:
        decoded[path.name] += 1
        return decode_frames(path, *args)

    monkeypatch.setattr("lmms_eval_plugins.models.engine.windows.decode_frames", decode)
    with FrameCache.temporary(1 << 30) as cache:
        model = Batched(4, frame_cache=cache)
        for how in (None, *PERTURBATIONS):
            hand = {"hand_box": (4, 4, 20, 20) * 8} if how in OF_HAND else {}
            of_how = (
                [row for row in rows_in(mini_dataset, perturb=how) if len(row["frames"]) == 8]
                if not hand
                else [row | hand | {"perturb": how} for row in rows if len(row["frames"]) == 8]
            )
            assert not any(map(is_missing, ask(model, of_how)))
    assert len(decoded) == 3 and {*decoded.values()} == {1}
