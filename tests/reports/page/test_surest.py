"""Which wrong windows are shown of a run, and in which order those of several runs are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.reports.page.data.overview import WrongWindow
from lmms_eval_plugins.reports.page.runs import RunTables
from lmms_eval_plugins.reports.page.surest import in_order_of_sureness, shown_of_each, surest_wrong

LENGTH_MS = 30_000


def shown(answers: Sequence[tuple[str, int, str, float | None]], n: int = 40) -> tuple[WrongWindow, ...]:
    """Return what is shown of answers: video, window of a second, value (no is right), and its probability."""
    table: pd.DataFrame = pd.DataFrame(
        {
            "video_id": [video for video, *_ in answers],
            "window": [window for _, window, *_ in answers],
            "start_s": [float(window) for _, window, *_ in answers],
            "end_s": [window + 1.0 for _, window, *_ in answers],
            "question": "motion",
            "truth": "no",
            "value": [value for _, _, value, _ in answers],
            "right": pd.array([value == "no" for _, _, value, _ in answers], dtype="boolean"),
            "probabilities": [None if p is None else f'{{"{value}": {p}}}' for _, _, value, p in answers],
        }
    )
    segments = [("truth", 0.0, 10.0, "reach"), ("truth", 10.0, 30.0, "idle"), ("predicted", 0.0, 30.0, "transport")]
    timelines: pd.DataFrame = pd.DataFrame(
        [("v", *segment) for segment in segments], columns=["video_id", "source", "start_s", "end_s", "primitive"]
    )
    run = RunTables(3, "tiny", {}, None, primitives_scheme(), table, timelines, pd.DataFrame())
    videos = {name: place for place, name in enumerate(sorted({video for video, *_ in answers}))}
    return surest_wrong(run, n, 0, videos, [LENGTH_MS] * len(videos), lambda *_: None)


def test_the_most_probable_come_first_and_far_from_each_other() -> None:
    found = shown([("v", 2, "yes", 0.6), ("v", 12, "yes", 0.99), ("v", 13, "yes", 0.98), ("v", 20, "no", 0.9)])
    assert [(one.window, one.probability) for one in found] == [(12, 990), (2, 600)]
    assert (found[0].from_ms, found[0].start_ms, found[0].end_ms, found[0].to_ms) == (9500, 12000, 13000, 15500)


def test_timelines_are_cut_to_what_is_shown() -> None:
    (one,) = shown([("v", 11, "yes", None)])
    truth, own = one.around
    names = primitives_scheme().names
    assert (truth.kind, truth.name, truth.run, own.kind, own.name, own.run) == (
        "truth",
        "truth",
        None,
        "rule",
        "tiny",
        3,
    )
    assert (truth.starts, truth.ends) == ((8500, 10000), (10000, 14500))
    assert [names[label] for label in truth.labels] == ["reach", "idle"]
    assert (own.starts, own.ends) == ((8500,), (14500,))


def test_a_video_without_timelines_shows_none() -> None:
    assert [one.around for one in shown([("w", 1, "yes", None)])] == [()]


def test_few_are_of_one_video() -> None:
    many = [("v", 7 * window, "yes", 0.9) for window in range(4)] + [(f"w{n}", 1, "yes", 0.5) for n in range(40)]
    found = shown(many)
    assert len(found) == 40 and sum(one.video == 0 for one in found) == 2


def test_of_many_runs_fewer_windows_are_shown() -> None:
    assert [shown_of_each(n) for n in (1, 15, 30, 100)] == [40, 40, 20, 12]


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from("vwx"),
        st.integers(0, 29),
        st.sampled_from(["yes", "no"]),
        st.sampled_from([None, 0.5, 0.9, 0.9999]),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda one: one[:2],
)


@given(ANSWERS, st.integers(1, 6))
def test_they_are_wrong_and_in_order_and_never_crowd(answers: list[tuple[str, int, str, float | None]], n: int) -> None:
    found = shown(answers, n)
    assert len(found) <= n and bool(found) == any(value == "yes" for _, _, value, _ in answers)
    sure = [-1 if one.probability is None else one.probability for one in found]
    assert sure == sorted(sure, reverse=True)
    for place, one in enumerate(found):
        assert one.answer == "yes" and 0 <= one.from_ms <= one.start_ms < one.end_ms <= one.to_ms <= LENGTH_MS
        for other in found[:place]:
            assert one.video != other.video or one.end_ms <= other.from_ms or one.start_ms >= other.to_ms


def test_runs_take_turns_where_they_are_equally_sure_and_baselines_come_last() -> None:
    first = shown([("v", 2, "yes", 0.9), ("v", 12, "yes", 0.9)])
    of_runs = [[replace(one, run=run) for one in first] for run in range(3)]
    ordered = in_order_of_sureness(of_runs, [False, True, False])
    assert [one.run for one in ordered] == [0, 2, 0, 2, 1, 1]
