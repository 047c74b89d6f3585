"""Hidden states beside answers: once, before their answers, and taken from other runs with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import (
    Answerer,
    HiddenPlaces,
    LayerState,
    Request,
    RequestReply,
    Session,
)
from lmms_eval_plugins.models.hidden import LanguageModelShape, chosen_layers, shape_at_hand
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.runs.answers import AnswerLog, Reply
from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, hidden_files, kept_places, read_hidden
from lmms_eval_plugins.runs.store import STORE_NAME, AnswerStore
from tests.support.requests import GREEDY, ask, make_row, recorded

ROWS = [make_row(window=window, question_id=question) for window in range(3) for question in ("motion", "grasp")]
ROWS = [row | {"text": row["question_id"], "frames": (row["window"], row["window"] + 2)} for row in ROWS]
WIDTH = 3


class Looking(Answerer):
    """Answers a window's requests together, with states that tell which they are of; stops where it is to."""

    fingerprint = "looking"

    def __init__(self, layers: Sequence[int] = (1, 2), of_questions: bool = True, stop_after: int = 99) -> None:
        self.layers, self.of_questions, self.stop_after = layers, of_questions, stop_after
        self.answered: list[tuple[int, str]] = []

    @property
    def hidden(self) -> HiddenPlaces | None:
        return HiddenPlaces(tuple(self.layers), self.of_questions) if self.layers else None

    def identify(self, row: object) -> str:
        return "file"

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply]]:
        for window in dict.fromkeys(request.row["window"] for request in requests):
            if len(self.answered) >= self.stop_after:
                raise KeyboardInterrupt
            batch: list[RequestReply] = []
            for request in requests:
                if request.row["window"] == window:
                    self.answered.append((window, request.row["question_id"]))
                    batch.append(RequestReply(request, Reply(request.text), self._states(request, first=not batch)))
            yield batch

    def _states(self, request: Request, first: bool) -> tuple[LayerState, ...]:
        window, n = request.row["window"], len(request.text)
        own = [LayerState(layer, full(100 * window + n + layer)) for layer in self.layers] * self.of_questions
        return (*own, *([LayerState(layer, full(window + layer), True) for layer in self.layers] if first else []))


def full(value: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.full(WIDTH, value, np.float32)


def run(root: Path, stamp: str, answerer: Looking, rows: Sequence[dict[str, object]] = ROWS) -> Path:
    """Answer rows in a run's folder beside the store of all runs."""
    answers = root / "task" / "model" / stamp / "answers.jsonl"
    recorder = Recorder(answerer, Session(answers=answers, store=AnswerStore(root / STORE_NAME, "model")))
    ask(recorder, rows)
    return answers.parent


def values(folder: Path, layer: int, question: str) -> list[tuple[int, float]]:
    states = read_hidden(folder, layer, question)
    return list(zip(states.windows.tolist(), states.values[:, 0].tolist(), strict=True))


def test_states_of_questions_and_windows_lie_beside_the_answers(tmp_path: Path) -> None:
    folder = run(tmp_path, "1", Looking())
    for layer in (1, 2):
        assert values(folder, layer, "motion") == [(window, 100 * window + 6 + layer) for window in range(3)]
        assert values(folder, layer, "grasp") == [(window, 100 * window + 5 + layer) for window in range(3)]
        assert values(folder, layer, BEHIND_FRAMES) == [(window, window + layer) for window in range(3)]
    assert len(kept_places(folder)) == 3 * 3 * 2  # a window's own state is there once, not once a question
    assert {key for key, _, _, question, _ in kept_places(folder) if question} == {
        one.key for one in recorded(folder / "answers.jsonl")
    }


def test_a_finished_run_asks_and_writes_nothing(tmp_path: Path) -> None:
    folder = run(tmp_path, "1", Looking())
    files = hidden_files(folder)
    again = Looking()
    run(tmp_path, "1", again)
    assert again.answered == [] and hidden_files(folder) == files


def test_a_stopped_run_asks_only_what_is_missing(tmp_path: Path) -> None:
    stopped, second = Looking(stop_after=2), Looking()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "1", stopped)
    folder = run(tmp_path, "1", second)
    assert stopped.answered == [(0, "motion"), (0, "grasp")]
    assert second.answered == [(w, q) for w in (1, 2) for q in ("motion", "grasp")]
    assert values(folder, 1, BEHIND_FRAMES) == [(0, 1), (1, 2), (2, 3)]


def test_states_are_on_disk_before_their_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(AnswerLog, "append", killed)
        run(tmp_path, "1", Looking())
    folder = tmp_path / "task" / "model" / "1"
    assert {place[2] for place in kept_places(folder)} == {0}
    again = Looking()
    run(tmp_path, "1", again)
    assert len(again.answered) == len(ROWS) and len(values(folder, 1, "motion")) == 3


def test_another_run_copies_the_states_of_the_answers_that_it_takes(tmp_path: Path) -> None:
    first, other = run(tmp_path, "1", Looking()), Looking()
    copy = run(tmp_path, "2", other)
    assert other.answered == [] and kept_places(copy) == kept_places(first)
    assert all(values(copy, 2, question) == values(first, 2, question) for question in (BEHIND_FRAMES, "motion"))


def test_states_go_by_what_was_asked_not_by_where_it_stood(tmp_path: Path) -> None:
    """Another task asks one of the questions, by another name, about windows with other numbers."""
    run(tmp_path, "1", Looking())
    rows = [row | {"window": row["window"] + 10, "question_id": "moves"} for row in ROWS if row["text"] == "motion"]
    other = Looking()
    folder = run(tmp_path, "2", other, rows)
    assert other.answered == []
    assert values(folder, 1, "moves") == [(10, 7), (11, 107), (12, 207)]
    assert values(folder, 1, BEHIND_FRAMES) == [(10, 1), (11, 2), (12, 3)]


def test_a_run_without_states_is_asked_again_when_they_are_wanted(tmp_path: Path) -> None:
    run(tmp_path, "1", Looking(layers=()))
    second, third = Looking(), Looking()
    folder = run(tmp_path, "2", second)
    assert len(second.answered) == len(ROWS) and len(kept_places(folder)) == 3 * 3 * 2
    assert [one.text for one in recorded(folder / "answers.jsonl")] == [row["text"] for row in ROWS]
    run(tmp_path, "3", third)
    assert third.answered == []


def test_other_layers_are_asked_for_and_fewer_are_there(tmp_path: Path) -> None:
    run(tmp_path, "1", Looking(layers=(1, 2)))
    fewer, more = Looking(layers=(2,)), Looking(layers=(2, 3))
    assert {place[-1] for place in kept_places(run(tmp_path, "2", fewer))} == {2}
    assert {place[-1] for place in kept_places(run(tmp_path, "3", more))} == {2, 3}
    assert fewer.answered == [] and len(more.answered) == len(ROWS)


def test_who_gives_a_state_of_the_window_alone_is_asked_once(tmp_path: Path) -> None:
    folder = run(tmp_path, "1", Looking(of_questions=False), ROWS[::2])
    assert {question for _, _, _, question, _ in kept_places(folder)} == {BEHIND_FRAMES}
    again = Looking(of_questions=False)
    run(tmp_path, "1", again, ROWS[::2])
    assert again.answered == []


def test_states_of_one_question_about_one_file_lie_at_all_its_places(tmp_path: Path) -> None:
    folder = run(tmp_path, "1", Looking(), [*ROWS[:2], *(row | {"video_id": "v2"} for row in ROWS[:2])])
    assert read_hidden(folder, 1, "motion").video_ids == read_hidden(folder, 1, BEHIND_FRAMES).video_ids == ("v1", "v2")


@pytest.mark.parametrize(
    ("generation", "problem"), [({"temperature": 0.7}, "temperature=0.7"), ({"num_beams": 3}, "num_beams=3")]
)
def test_replies_that_are_not_greedy_are_refused_before_anything_is_asked(
    generation: dict[str, float], problem: str, tmp_path: Path
) -> None:
    answerer = Looking()
    with pytest.raises(UserError, match=f"record=hidden: .* greedily, not with {problem}"):
        ask(Recorder(answerer, Session(answers=tmp_path / "answers.jsonl")), ROWS, GREEDY | generation)
    assert answerer.answered == []


def test_without_a_run_folder_there_is_no_place_for_states() -> None:
    with pytest.raises(UserError, match=r"record=hidden: .* run's folder"):
        ask(Recorder(Looking()), ROWS)


@pytest.mark.parametrize(
    ("n_layers", "usual"), [(1, (1,)), (2, (1, 2)), (3, (1, 2, 3)), (28, (7, 14, 21, 28)), (36, (9, 18, 27, 36))]
)
def test_four_evenly_spaced_layers_end_with_the_last(n_layers: int, usual: tuple[int, ...]) -> None:
    assert chosen_layers(None, n_layers, "net") == usual
    assert chosen_layers((1, n_layers), n_layers, "net") == (1, n_layers)


def test_layers_that_a_network_has_not() -> None:
    with pytest.raises(UserError) as raised:
        chosen_layers((4, 29, 40), 28, "net")
    assert str(raised.value) == "layers: net has no layer 29, 40; its layers are 1 to 28"


@pytest.mark.parametrize("flat", [True, False])
def test_a_configuration_tells_the_size_of_states(flat: bool, tmp_path: Path) -> None:
    assert shape_at_hand(str(tmp_path), None) is None
    text = {"num_hidden_layers": 28, "hidden_size": 3584}
    (tmp_path / "config.json").write_text(json.dumps(text if flat else {"text_config": text}))
    assert shape_at_hand(str(tmp_path), None) == LanguageModelShape(28, 3584)
    assert shape_at_hand("nobody/has-this", None) is None
