from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.dataset.file_names import VideoName
from lmms_eval_plugins.dataset.manifest import read_manifest, write_manifest
from lmms_eval_plugins.dataset.reindex import reindexed
from lmms_eval_plugins.dataset.trial import Trial

CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cohort": st.sampled_from(["mild", "chronic"]),
        "activity": st.sampled_from(["pouring", "RTT left side"]),
        "repetition": st.integers(0, 3),
        "view": st.sampled_from(["1", "2", "front"]),
        "hand": st.sampled_from(["left", "right"]),
    },
)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"")
    return path


def trial(path: Path, **values: Any) -> Trial:
    known: dict[str, Any] = {
        "video_id": path.stem, "path": path, "patient": "P1", "fps": 30, "n_frames": 60, "duration_s": 2, "width": 64,
        "height": 48,
    }  # fmt: skip
    return Trial(**known | values)


@given(row=CELLS, found=CELLS)
def test_a_filled_cell_stays_and_an_empty_one_is_filled(row: dict[str, Any], found: dict[str, Any]) -> None:
    path = Path(__file__)
    again = reindexed([trial(path, **row)], [trial(path, **found)], is_newer=lambda _: True)
    (joined,) = again.trials
    assert joined == trial(path, **(found | row))
    telling = {name: value for name, value in found.items() if value != Trial.model_fields[name].default}
    assert len(again.changes) == len([name for name in telling if name not in row])
    assert len(again.kept) == len([name for name in telling if name in row and telling[name] != row[name]])
    assert reindexed(again.trials, [trial(path, **found)], is_newer=lambda _: True).trials == again.trials


def test_new_videos_come_last_and_lost_ones_stay(video: Path) -> None:
    lost, other = trial(video.with_name("lost.mp4")), trial(video.with_name("b.mp4"))
    again = reindexed([lost, trial(video)], [other, trial(video)], is_newer=lambda _: False)
    assert [one.video_id for one in again.trials] == ["lost", "a", "b"]
    assert again.changes == (
        "lost: is not found any more; its row is kept, delete it if the video is gone",
        "b: is new",
    )


def test_a_row_keeps_its_name_and_finds_its_video_by_either(video: Path) -> None:
    renamed, moved = trial(video, video_id="mine"), trial(video.with_name("gone.mp4"), video_id="a")
    assert reindexed([renamed], [trial(video)], is_newer=lambda _: False).trials == (renamed,)
    (found,) = reindexed([moved], [trial(video)], is_newer=lambda _: False).trials
    assert found.path == video


def test_measures_change_with_the_file_alone(video: Path) -> None:
    slow, longer = trial(video, fps=15, duration_s=4), trial(video, n_frames=90, duration_s=3)
    for again in (
        reindexed([slow], [longer], is_newer=lambda _: False),
        reindexed([slow], [trial(video)], is_newer=lambda _: True),
    ):
        assert again.trials == (slow,) and not again.changes and "take the row out" in again.kept[0]
    again = reindexed([slow], [longer], is_newer=lambda _: True)
    assert again.trials == (longer,) and "measured again: fps, n_frames, duration_s" in again.changes[0]


def test_labels_are_those_given_or_those_that_are_there(video: Path) -> None:
    mine, theirs = video.with_suffix(".csv"), video.with_name("theirs.csv")
    row, found = trial(video, labels=mine, hand="left"), trial(video, labels=theirs, hand="right")
    assert reindexed([row], [found], is_newer=lambda _: False).trials[0].labels == theirs, "mine is not there"
    mine.write_text("")
    assert reindexed([row], [found], is_newer=lambda _: False).trials[0].labels == mine
    assert reindexed([row], [found], is_newer=lambda _: False, new_labels=True).trials == (found,)
    assert reindexed([row], [trial(video)], is_newer=lambda _: False, new_labels=True).trials == (row,)


def test_what_was_read_before_a_pattern_is_read_anew_and_what_was_written_stays(video: Path) -> None:
    row, found = trial(video, patient="a", view="3"), trial(video, patient="P9", activity="pouring", view="2")
    before = VideoName("a", "", 1, "1")
    again = reindexed([row], [found], is_newer=lambda _: False, read_before=lambda _: before)
    (joined,) = again.trials
    assert (joined.patient, joined.activity, joined.view) == ("P9", "pouring", "3")
    assert again.changes == ("a: patient read by the pattern", "a: activity filled in")


def test_an_empty_cell_of_a_file_is_empty(video: Path) -> None:
    manifest = video.with_name("manifest.csv")
    write_manifest(manifest, [trial(video, view="3", activity="pouring")])
    manifest.write_text(manifest.read_text().replace(",3,", ",,"))
    found = trial(video, view="2", activity="stacking")
    (row,) = reindexed(read_manifest(manifest), [found], is_newer=lambda _: False).trials
    assert (row.view, row.activity) == ("2", "pouring")
