from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.runs.answer_lines import answer_problem, answer_values
from lmms_eval_plugins.runs.answers import AnswerRecord, read_answers
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.store import AnswerStore
from tests.support.damage import as_json
from tests.support.logs import answers_of

RECORD = AnswerRecord("k", "v", 3, 1.5, 2.0, "motion", "h", "YES\u2028", {"yes": -0.1}, 0.1, "f00d", "stop", "hm")
VALUES = json.loads(as_json({field.name: getattr(RECORD, field.name) for field in fields(RECORD)}))


def test_a_record_with_all_its_fields_is_one() -> None:
    assert answer_problem(VALUES) is None
    assert answer_values(as_json({**VALUES, "later": 1})) == {**VALUES, "later": 1}, "a newer version's field"
    assert answer_problem({**VALUES, "start_s": 1, "choice_logprobs": None}) is None, "a whole number is a number"
    assert answer_problem({name: VALUES[name] for name in VALUES.keys() - {"finish_reason"}}) is None


NO_TEXT: tuple[object, ...] = (5, None, ("a",), {}, True)
NO_NUMBER: tuple[object, ...] = ("1", None, float("nan"), float("inf"), True, (), 10**400)
WRONG: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(("key", "video_id", "question_id", "prompt_hash", "text", "fingerprint"), NO_TEXT),
    "window": ("3", None, 1.0, -1, True, (0,)),
    **dict.fromkeys(("start_s", "end_s", "seconds"), NO_NUMBER),
    "choice_logprobs": (("yes",), "yes", 5, {"yes": "x"}, {"yes": None}, {"yes": True}),
    **dict.fromkeys(("finish_reason", "reasoning_content"), (5, ("stop",), {}, False)),
}
CASES = [(name, value) for name, values in WRONG.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_value_of_another_type_is_named(name: str, value: object) -> None:
    assert re.match(rf"{name} is .*, not ", answer_problem({**VALUES, name: value}) or "")


def test_a_field_that_is_missing_is_named() -> None:
    for name in VALUES.keys() - {"finish_reason", "reasoning_content"}:
        without = {other: value for other, value in VALUES.items() if other != name}
        assert answer_problem(without) == f"{name} is missing"


DEEP = b"[" * 100_000
NO_RECORDS = st.sampled_from(
    [b"", b"null", b"[]", b"{}", b"nonsense", b"\xff\xfe\x00", DEEP, b'{"key": ' + DEEP, b"9" * 5000, b'"\\ud800"']
)
CHANGED = st.sampled_from(CASES).map(lambda case: as_json({**VALUES, case[0]: case[1]}))
TORN = st.integers(1, 20).map(lambda n: as_json(VALUES)[:-n])
OTHER_BYTES = st.binary(max_size=30).map(lambda data: data.replace(b"\n", b"x") + b"{")


@settings(deadline=None)
@given(st.lists(st.integers(0, 99) | NO_RECORDS | CHANGED | TORN | OTHER_BYTES, min_size=1, max_size=6))
def test_every_damaged_line_is_named_and_the_others_survive(
    tmp_path_factory: pytest.TempPathFactory, lines: list[int | bytes]
) -> None:
    store = tmp_path_factory.mktemp("store")
    path = store / "model-f00d" / "answers.jsonl"
    path.parent.mkdir()
    good = {n: as_json({**VALUES, "key": f"k{n}", "window": n}) for n in lines if isinstance(n, int)}
    path.write_bytes(b"".join((good[n] if isinstance(n, int) else n) + b"\n" for n in lines))
    expected = [number for number, line in enumerate(lines, start=1) if isinstance(line, bytes)]

    damaged: list[str] = []
    assert [record.window for record in read_answers(path, damaged=damaged)] == [*filter(_whole, lines)]
    assert _numbers(damaged) == expected and not any("\n" in line for line in damaged)

    by_video = AnswersByVideo(path)
    by_video.check()
    assert [values["window"] for values in by_video.of("v")] == [*filter(_whole, lines)]
    assert (_numbers(by_video.damaged), by_video.counts["v"]) == (expected, len(lines) - len(expected))

    of_store: list[str] = []
    assert AnswerStore(store, "m").find("f00d", {f"k{n}" for n in good}, of_store).keys() == {f"k{n}" for n in good}
    assert set(of_store) <= set(damaged), "lines with other keys are not looked into"


def _whole(line: int | bytes) -> bool:
    return isinstance(line, int)


def _numbers(damaged: list[str] | tuple[str, ...]) -> list[int]:
    return [int(re.search(r"answers\.jsonl, line (\d+): not an answer record", line)[1]) for line in damaged]  # type: ignore[index]


@pytest.mark.parametrize(
    "damage",
    [
        {"text": 5},
        {"window": "0"},
        {"window": 17},
        {"start_s": 0.25},
        {"video_id": "v9"},
        {"video_id": None},
        {"choice_logprobs": []},
    ],
)
def test_a_run_with_a_damaged_line_is_scored_without_it(
    write_run: Callable[..., Path], damage: dict[str, object]
) -> None:
    folder = write_run(answers_of())
    whole = score_paths([str(folder)])
    path = folder / "answers.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, json.dumps(json.loads(lines[0]) | damage), ""]), encoding="utf-8")
    report = score_paths([str(folder)])
    assert report.to_json() == whole.to_json()
    assert len(report.errors) == 1 and f"answers.jsonl, line {len(lines) + 1}: " in report.errors[0]
    assert "left out" in report.errors[0]
