from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Answerer, Failure, Request, RequestReply, Row, Session
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs
from lmms_eval_plugins.models.recording import MISSING_REPLY, Recorder
from lmms_eval_plugins.questions.reading import is_missing
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.runs.store import AnswerStore
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.perturb import PERTURBATIONS
from tests.support.fake_network import FakeNetwork
from tests.support.requests import GREEDY, ask, make_row, recorded, requests_for, texts_by_place


class FakeAnswerer(Answerer):
    """Answers one request at a time with a text that tells which it was; stops where it is to."""

    def __init__(self, fingerprint: str = "fake", stop_after: int | None = None) -> None:
        self.name = fingerprint
        self.stop_after = stop_after
        self.answered: list[tuple[str, int, str]] = []
        self.bad_videos: set[str] = set()
        self.n_loaded = 0

    @property
    def fingerprint(self) -> str:
        return self.name

    def get_ready(self) -> None:
        self.n_loaded += 1

    def identify(self, row: Row) -> object:
        if row["video_id"] in self.bad_videos:
            raise UserError(f"{row['path']}: is broken")
        return super().identify(row)

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply]]:
        for request in requests:
            row = request.row
            if len(self.answered) == self.stop_after:
                raise KeyboardInterrupt
            self.answered.append((row["video_id"], row["window"], row["question_id"]))
            reply = Reply(f"answer to {row['window']} {row['question_id']}", {"yes": -0.5})
            yield [RequestReply(request, reply)]


class Fake(Recorder):
    """A recorder with a fake answerer."""

    answerer: FakeAnswerer

    def __init__(self, answers: Path | None = None, store: AnswerStore | None = None, **of_answerer: Any) -> None:
        super().__init__(FakeAnswerer(**of_answerer), Session(answers=answers, store=store))

    @property
    def answered(self) -> list[tuple[str, int, str]]:
        """Video, window and question of what was answered."""
        return self.answerer.answered


class SeeingNetwork(FakeNetwork):
    """A network that is never really used: for its keys."""

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        return WindowInputs(frames.shape, frames, frames.nbytes)

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        raise NotImplementedError


def seeing(fingerprint: str = "seeing") -> Recorder:
    return Recorder(Engine(SeeingNetwork(fingerprint), 1))


ROWS = [make_row(window=window, question_id=question) for window in range(3) for question in ("motion", "grasp")]


def key_of(model: Recorder, row: Mapping[str, Any], generation: Mapping[str, Any] = GREEDY) -> str:
    (request,) = requests_for(model, [row], generation)
    model.answerer.begin([row])
    made = model._request(*request.args)
    assert made is not None
    return made.key


def test_every_answer_is_recorded_with_what_it_is_about(tmp_path: Path) -> None:
    model = Fake(tmp_path / "answers.jsonl")
    replies = ask(model, ROWS)
    records = recorded(tmp_path / "answers.jsonl")
    assert replies == [record.text for record in records] == [f"answer to {w} {q}" for _, w, q in model.answered]
    assert [(r.window, r.question_id, r.start_s, r.end_s) for r in records][:2] == [
        (0, "motion", 0.0, 0.533),
        (0, "grasp", 0.0, 0.533),
    ]
    assert all(r.choice_logprobs == {"yes": -0.5} and r.fingerprint == "fake" and r.seconds >= 0 for r in records)
    assert len({r.key for r in records}) == len(ROWS)
    assert model.n_asked == len(ROWS)


def test_a_stopped_run_answers_only_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    undisturbed = Fake(tmp_path / "other" / "answers.jsonl")
    ask(undisturbed, ROWS)
    stopped = Fake(path, stop_after=4)
    with pytest.raises(KeyboardInterrupt):
        ask(stopped, ROWS)
    restarted = Fake(path)
    assert ask(restarted, ROWS) == ask(undisturbed, ROWS)
    assert stopped.answered + restarted.answered == [(r["video_id"], r["window"], r["question_id"]) for r in ROWS]
    assert {(r.key, r.text) for r in recorded(path)} == {
        (r.key, r.text) for r in recorded(tmp_path / "other" / "answers.jsonl")
    }
    assert restarted.n_asked == 2


def test_a_finished_run_answers_nothing_loads_nothing_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    ask(Fake(path), ROWS)
    before = path.read_bytes()
    again = Fake(path)
    ask(again, ROWS)
    assert (again.answered, again.n_asked, again.answerer.n_loaded, path.read_bytes()) == ([], 0, 0, before)


def test_answers_of_workers_beside_the_file_count(tmp_path: Path) -> None:
    ask(Fake(tmp_path / "answers-1.jsonl"), ROWS[:4])
    model = Fake(tmp_path / "answers.jsonl")
    ask(model, ROWS)
    assert [window for _, window, _ in model.answered] == [2, 2]


def test_an_answer_file_may_have_any_name(tmp_path: Path) -> None:
    ask(Fake(tmp_path / "mine.jsonl"), ROWS)
    again = Fake(tmp_path / "mine.jsonl")
    ask(again, ROWS)
    assert again.answered == []


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(ask(Fake(), ROWS)) == len(ROWS)
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_fails_is_missing_and_named_once_and_the_rest_is_answered(tmp_path: Path) -> None:
    rows = [make_row(video_id=video, window=window) for video in ("good", "bad", "fine") for window in range(2)]
    model = Fake(tmp_path / "answers.jsonl")
    model.answerer.bad_videos = {"bad"}
    replies = ask(model, rows)
    assert [is_missing(reply) for reply in replies] == [False, False, True, True, False, False]
    assert replies[2] == MISSING_REPLY
    assert model.failures == [Failure("bad", "/nowhere/v1.mp4: is broken")]
    model.answerer.bad_videos = set()
    assert not any(is_missing(reply) for reply in ask(model, rows))
    assert model.failures == []


@pytest.mark.parametrize("n_before", [0, 1])
def test_the_same_question_about_the_same_frames_is_answered_once_and_recorded_for_each_of_its_places(
    n_before: int, tmp_path: Path, mini_dataset: Path
) -> None:
    """Two videos with the same content: one answer, but a reader of the file looks for both."""
    video = next(mini_dataset.rglob("*.mp4"))
    rows = [make_row(video_id=video_id, path=str(video), row=i) for i, video_id in enumerate(("a", "b", "b"))]

    class Counting(SeeingNetwork):
        n = 0

        def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
            self.n += sum(len(shown.requests) for shown in batch)
            return [RequestReply(request, Reply("yes")) for shown in batch for request in shown.requests]

    network, answers = Counting(), tmp_path / "answers.jsonl"
    model = Recorder(Engine(network, 1), Session(answers=answers))
    ask(model, rows[:n_before])
    assert ask(model, rows) == ["yes"] * 3
    assert network.n == 1
    assert texts_by_place(recorded(answers)) == {("a", 0, "motion"): "yes", ("b", 0, "motion"): "yes"}
    assert len(recorded(answers)) == 2


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "v1.mp4"
    path.write_bytes(b"content" * 100_000)
    return path


def test_a_key_changes_with_everything_that_can_change_the_answer(video: Path) -> None:
    row = make_row(path=str(video))
    before = key_of(seeing(), row)
    changed = [
        key_of(seeing("another checkpoint"), row),
        key_of(seeing(), row | {"frames": (0, 2, 4, 8)}),
        key_of(seeing(), row | {"fps": 60.0}),
        key_of(seeing(), row | {"box": (0, 0, 10, 10)}),
        *(key_of(seeing(), row | {"perturb": how, "hand_box": ()}) for how in PERTURBATIONS),
        key_of(seeing(), row | {"perturb": "hand_out", "hand_box": (0, 0, 10, 10)}),
        key_of(seeing(), row | {"perturb": "shuffle", "hand_box": (), "window": 1}),
        key_of(seeing(), row | {"choices": ("yes", "no", "perhaps")}),
        key_of(seeing(), row | {"text": row["text"] + " "}),
        key_of(seeing(), row, GREEDY | {"max_new_tokens": 9}),
        key_of(seeing(), row, GREEDY | {"temperature": 0.5}),
    ]
    for place in (0, 350_000, 699_999):
        content = bytearray(video.read_bytes())
        content[place] ^= 1
        video.write_bytes(content)
        changed.append(key_of(seeing(), row))
    video.write_bytes(video.read_bytes() + b"!")
    changed.append(key_of(seeing(), row))
    assert len({before, *changed}) == 1 + len(changed)


def test_a_key_does_not_change_with_where_the_file_lies_or_what_is_known_about_it(video: Path) -> None:
    row = make_row(path=str(video))
    before = key_of(seeing(), row)
    moved = video.rename(video.with_name("elsewhere.mp4"))
    row |= {"path": str(moved), "row": 7, "video_id": "v2", "label": "idle", "target": "no"}
    assert key_of(seeing(), row) == before


def test_a_model_that_sees_no_video_has_a_key_for_what_it_answers_from() -> None:
    row = make_row()
    before = key_of(Fake(), row)
    assert key_of(Fake(), row | {"path": "/elsewhere/v1.mp4", "row": 3}) == before
    for change in ({"target": "no"}, {"video_id": "v2"}, {"question_id": "grasp"}, {"window": 1}, {"options": ()}):
        assert key_of(Fake(), row | change) != before, change


def test_rows_of_another_kind_of_task_are_refused() -> None:
    with pytest.raises(UserError, match="task t: its rows are not windows of videos; Fake needs a RehabTask"):
        ask(Fake(), [{"question": "What?"}])


def test_other_kinds_of_requests_are_refused() -> None:
    for call in (Fake().loglikelihood, Fake().generate_until_multi_round):
        with pytest.raises(UserError):
            call([])


def test_a_model_is_kept_for_the_next_task() -> None:
    """lmms-eval cleans up after every task; it deletes the parts of a model that hold weights."""
    import torch

    model = Fake()
    model.network = torch.nn.Linear(1, 1)
    model.clean()
    assert hasattr(model, "network")


def test_answers_of_another_run_are_not_computed_again(tmp_path: Path) -> None:
    def store() -> AnswerStore:
        return AnswerStore(tmp_path / "store", "fake")

    replies = ask(Fake(tmp_path / "first" / "answers.jsonl", store()), ROWS[:4])
    second = Fake(tmp_path / "second" / "answers.jsonl", store())
    assert ask(second, ROWS)[:4] == replies
    assert (second.n_asked, second.n_known) == (2, 4)
    records = recorded(tmp_path / "second" / "answers.jsonl")
    taken_over, new = records[:4], records[4:]
    assert [(r.text, r.choice_logprobs) for r in taken_over] == [(text, {"yes": -0.5}) for text in replies]
    assert len(new) == 2
    other = Fake(store=store(), fingerprint="another")
    ask(other, ROWS)
    assert other.n_asked == 6


def test_the_speed_of_a_call(tmp_path: Path) -> None:
    model = Fake(tmp_path / "answers.jsonl")
    ask(model, ROWS[:2])
    ask(model, ROWS)
    speed = model.speed()
    assert (speed["questions"], speed["windows"], speed["answers_reused"]) == (4, 2, 2)
    assert speed["seconds"] > 0 and speed["questions_per_s"] == pytest.approx(2 * speed["windows_per_s"], rel=0.01)
