"""Partners: whose windows are shown in place of a video's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import NotInDataset
from lmms_eval_plugins.tasks.partners import partner_of, place_in_partner, with_partners
from lmms_eval_plugins.tasks.rows import RequestRow, rows_of
from tests.support.tasks import prepared_for, questions_of, settings_of

patients = st.dictionaries(st.text(min_size=1, max_size=4), st.sampled_from("ABC"), min_size=2, max_size=12).filter(
    lambda found: len({*found.values()}) > 1
)


def rows_for(data: Path, perturb: str | None) -> list[RequestRow]:
    settings = settings_of("primitives_3", data, perturb=perturb)
    videos = prepared_for("primitives_3", data, perturb=perturb).videos
    return [*rows_of(videos, questions_of("primitives_3"), settings.assessment)]


@given(of=patients)
def test_a_partner_is_of_another_patient_and_hangs_on_no_order(of: dict[str, str]) -> None:
    backwards = dict(reversed(of.items()))
    for video_id, patient in of.items():
        assert of[partner_of(video_id, of)] != patient
        assert partner_of(video_id, of) == partner_of(video_id, backwards)


@given(n_frames=st.integers(1, 8), theirs=st.lists(st.integers(1, 8), min_size=1), window=st.integers(0, 99))
def test_a_window_is_drawn_from_those_of_as_many_frames(n_frames: int, theirs: list[int], window: int) -> None:
    found = theirs[place_in_partner("v", window, n_frames, theirs)]
    assert found == n_frames or n_frames not in theirs


def test_every_window_of_a_partner_is_drawn_now_and_then() -> None:
    drawn = Counter(place_in_partner("v", window, 8, [8] * 5 + [6]) for window in range(200))
    assert sorted(drawn) == [0, 1, 2, 3, 4] and min(drawn.values()) > 20


def test_a_swapped_row_is_about_its_own_window_and_shows_the_others(mini_dataset: Path) -> None:
    own, swapped = rows_for(mini_dataset, None), rows_for(mini_dataset, "swap")
    windows = {(row.path, row.fps, row.frames, row.patient) for row in own}
    shown = {"path", "fps", "frames", "perturb"}
    for one, other in zip(own, swapped, strict=True):
        values = {name for name in RequestRow.__slots__ if getattr(one, name) != getattr(other, name)}
        assert {"path", "perturb"} <= values <= shown
        (patient,) = (who for *of, who in windows if of == [other.path, other.fps, other.frames])
        assert patient != one.patient
    assert len({(row.path, row.frames) for row in swapped}) > 3


def test_a_part_of_the_videos_has_the_partners_of_all(mini_dataset: Path) -> None:
    videos = prepared_for("primitives_3", mini_dataset, perturb="swap").videos
    settings, questions = settings_of("primitives_3", mini_dataset), questions_of("primitives_3")
    whole = [replace(row, row=0) for row in rows_of(videos, questions, settings.assessment)]
    parts = [replace(row, row=0) for video in videos for row in rows_of([video], questions, settings.assessment)]
    assert parts == whole


def test_one_patient_has_nobody_to_be_swapped_with(mini_dataset: Path) -> None:
    video = prepared_for("primitives_3", mini_dataset, limit=1).videos[0]
    with pytest.raises(NotInDataset, match=r"perturb=swap shows windows of another patient, and all 2 videos .* P01$"):
        with_partners([video, replace(video, video_id="second")])
