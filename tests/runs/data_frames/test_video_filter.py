"""Which videos are shown: words as they are typed, and what is left of frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.data_frames import load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter

TABLE = pd.DataFrame(
    {
        "patient": ["P01", "P01", "P02", "P02"],
        "activity": ["RTT", "feeding", "RTT", None],
        "label": ["RTT left side", "feeding", "RTT right side", None],
        "view": ["1", "2", "1", None],
    }
)


def left(*words: list[str]) -> list[int]:
    return list(VideoFilter.of_words(*words).shown({"scores": TABLE})["scores"].index)


def test_what_is_left() -> None:
    assert left(["P01"]) == [0, 1]
    assert left(["P01, p02"]) == [0, 1, 2, 3], "several at once, in any case"
    assert left([], ["rtt"]) == [0, 2]
    assert left([], ["RTT left side"]) == [0], "a label has its side"
    assert left([], ["RTT", "feeding"], ["2"]) == [1]
    assert left([], [], ["1", "2"]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((["P1"],), "--patient P1: no video among those given is of it; did you mean 'P01'? (there are P01, P02)"),
        (([], ["shelf"]), "--activity shelf: .*known are: RTT, RTT left side"),
        (([], [], ["3"]), "--view 3: .*known are: 1, 2"),
        ((["P02"], ["feeding"]), "is left: only patient P02, activity feeding"),
    ],
)
def test_what_is_not_there_is_named(words: tuple[list[str], ...], message: str) -> None:
    with pytest.raises(UserError, match=message.replace("?", r"\?").replace("(", r"\(").replace(")", r"\)")):
        left(*words)


def test_in_words() -> None:
    assert VideoFilter.of_words(["P01,P02", "P01"], [], [" 1 "]).described == "only patients P01, P02, view 1"
    assert EVERY_VIDEO.described == "" and not EVERY_VIDEO and not VideoFilter.of_words([" , "])


@given(
    st.lists(st.sampled_from(["P01", "P02"]), max_size=2),
    st.lists(st.sampled_from(["RTT", "feeding"]), max_size=2),
    st.lists(st.sampled_from(["1", "2"]), max_size=2),
)
def test_every_row_that_is_left_fits_all_words(patients: list[str], activities: list[str], views: list[str]) -> None:
    only = VideoFilter.of_words(patients, activities, views)
    kept = only.rows(TABLE)
    for column, words in (("patient", patients), ("activity", activities), ("view", views)):
        assert not words or set(kept[column]) <= set(words)
    assert len(only.rows(kept)) == len(kept)
    assert only or len(kept) == len(TABLE)


def test_runs_without_such_videos_are_left_out(write_run: Callable[..., Path]) -> None:
    path = write_run([("P1_feeding1_1", 0, "motion", "Yes")], videos=("P1_feeding1_1", "P1_feeding1_2"))
    loaded = load_tables([path], ("scores", "timelines"))
    assert set(loaded.of_videos(VideoFilter(views=("2",))).tables["scores"]["video_id"]) == {"P1_feeding1_2"}
    assert loaded.of_videos(EVERY_VIDEO) is loaded
    with pytest.raises(UserError, match="--view 3"):
        loaded.of_videos(VideoFilter(views=("3",)))
