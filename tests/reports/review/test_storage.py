"""What is drawn is what lies on disk, and nothing that is not known is written over."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.reports.review.data import DrawnSegment, Tracks
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder
from lmms_eval_plugins.reports.review.storage import LabelStorage, SaveConflict
from tests.reports.review.conftest import DRAWN, to_save


@pytest.fixture
def trial(known: KnownVideos) -> Trial:
    return known.by_id["P01_feeding1_1"]


def segment(start_ms: int, end_ms: int, label: str = "reach") -> DrawnSegment:
    return DrawnSegment(start_ms=start_ms, end_ms=end_ms, label=label)


def test_nothing_is_saved_at_first(storage: LabelStorage, trial: Trial) -> None:
    found = storage.read(trial)
    assert (found.revision, found.tracks, found.record) == ("", None, None)


def test_what_is_saved_is_read_by_the_next_process(
    storage: LabelStorage, known: KnownVideos, data: Path, trial: Trial
) -> None:
    revision = storage.save(trial, to_save())
    found = LabelStorage(RaterFolder(data, "anna"), known).read(trial)
    assert (found.revision, found.tracks) == (revision, DRAWN)
    assert found.record and (found.record.state, found.record.draft, found.record.active_s) == ("started", "rule", 10.0)
    assert [path.name for path in storage.path_of(trial).parent.iterdir() if path.is_file()] == ["P01_feeding1_1.csv"]


def test_seconds_of_work_add_up(storage: LabelStorage, trial: Trial) -> None:
    revision = storage.save(trial, to_save())
    assert storage.save(trial, to_save(revision=revision, active_s=5.5, done=True)) == revision
    record = storage.record_of(trial)
    assert record and (record.active_s, record.state) == (15.5, "done") and record.first_saved <= record.last_saved


def test_a_tab_that_is_behind_is_told_and_writes_nothing(storage: LabelStorage, trial: Trial) -> None:
    first = storage.save(trial, to_save())
    second = storage.save(trial, to_save({"right": (segment(0, 100),)}, first))
    for behind in ("", first, "f" * 32):
        with pytest.raises(SaveConflict, match="another tab or program") as refused:
            storage.save(trial, to_save(revision=behind))
        assert refused.value.revision == second == storage.read(trial).revision


def test_a_save_whose_answer_was_lost_is_no_conflict(storage: LabelStorage, trial: Trial) -> None:
    revision = storage.save(trial, to_save())
    assert storage.save(trial, to_save(done=True)) == revision
    record = storage.record_of(trial)
    assert record and (record.state, record.active_s) == ("done", 10), "the seconds count once"


def test_what_another_program_changes_counts(storage: LabelStorage, trial: Trial) -> None:
    revision = storage.save(trial, to_save())
    path = storage.path_of(trial)
    path.write_text(path.read_text().replace("transport", "stabilize"))
    found = storage.read(trial)
    assert found.revision != revision and found.tracks and found.tracks["right"][1].label == "stabilize"
    with pytest.raises(SaveConflict):
        storage.save(trial, to_save(revision=revision))


def test_a_label_file_that_was_not_drawn_here_is_never_written_over(storage: LabelStorage, trial: Trial) -> None:
    path = storage.path_of(trial)
    path.write_text("Time_s,MarkerNames\n0.0,r_reach\n1.0,\n")
    for act in (lambda: storage.read(trial), lambda: storage.save(trial, to_save())):
        with pytest.raises(SaveConflict, match="was not drawn here") as refused:
            act()
        assert refused.value.revision is None
    assert path.read_text() == "Time_s,MarkerNames\n0.0,r_reach\n1.0,\n"


def test_without_a_segment_there_is_no_label_file(storage: LabelStorage, trial: Trial) -> None:
    revision = storage.save(trial, to_save())
    assert storage.save(trial, to_save({"left": (), "right": ()}, revision)) == ""
    assert not storage.path_of(trial).exists() and storage.read(trial).tracks is None
    assert storage.save(trial, to_save()) == revision


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        ({"left": (segment(500, 500),)}, "left hand, 'reach' at 0.500 s: has no length"),
        ({"left": (segment(500, 400),)}, "has no length"),
        ({"right": (segment(0, 500), segment(499, 600))}, "segments of a hand do not overlap"),
        ({"right": (segment(500, 600), segment(0, 100))}, "segments of a hand do not overlap"),
        ({"right": (segment(0, 2001),)}, "ends after the video, which is 2.000 s long"),
        ({"right": (segment(0, 100, "raech"),)}, "no label of the scheme primitives; did you mean 'reach'?"),
    ],
)
def test_what_cannot_be_labels_is_one_line(storage: LabelStorage, trial: Trial, tracks: Tracks, message: str) -> None:
    with pytest.raises(UserError, match=message) as refused:
        storage.save(trial, to_save(tracks))
    assert "\n" not in str(refused.value) and storage.read(trial).record is None


@pytest.mark.parametrize("fails", ["fsync", "write"])
def test_a_full_disk_leaves_what_was_saved(
    storage: LabelStorage, trial: Trial, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    revision = storage.save(trial, to_save())

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    other = to_save({"right": (segment(0, 100),)}, revision, active_s=3600)
    with monkeypatch.context() as patched:
        if fails == "fsync":
            patched.setattr(os, "fsync", full)
        else:
            patched.setattr("lmms_eval_plugins.reports.review.storage.write_labels", full)
        with pytest.raises(OSError, match="No space left"):
            storage.save(trial, other)
    found = storage.read(trial)
    assert (found.revision, found.tracks) == (revision, DRAWN) and found.record and found.record.active_s == 10.0
    assert not [path for path in storage.path_of(trial).parent.rglob("*") if path.suffix in (".part", ".drawn")]
    assert storage.save(trial, other) != revision


def test_videos_of_one_name_have_a_file_each(anna: RaterFolder, data: Path, known: KnownVideos) -> None:
    one, other = (
        trial.model_copy(update={"video_id": f"{place}__a", "path": data / place / "a.mp4"})
        for place, trial in zip(("x", "y"), known.by_id.values(), strict=False)
    )
    both = LabelStorage(anna, KnownVideos([one, other]))
    both.save(one, to_save())
    assert both.path_of(one) == anna.path / "x" / "a.csv" and both.read(one).tracks == DRAWN
    assert both.read(other).tracks is None


@st.composite
def some_track(draw: st.DrawFn) -> tuple[DrawnSegment, ...]:
    """Segments in order, with and without gaps, none of which touches an equal one."""
    times = sorted(draw(st.sets(st.integers(0, 2000), min_size=2, max_size=10)))
    labels = draw(st.lists(st.sampled_from(primitives_scheme().names), min_size=len(times), max_size=len(times)))
    kept = draw(st.lists(st.booleans(), min_size=len(times), max_size=len(times)))
    spans = zip(times, times[1:], labels, kept, strict=False)
    drawn: list[DrawnSegment] = []
    for start, end, label, is_kept in spans:
        touches = bool(drawn) and drawn[-1].end_ms == start and drawn[-1].label == label
        if is_kept and not touches:
            drawn.append(segment(start, end, label))
    return tuple(drawn)


@given(left=some_track(), right=some_track(), offset_s=st.sampled_from([0.0, 0.0335, 1.4, -0.08, 3600.04171]))
def test_labels_read_are_labels_drawn(
    tmp_path_factory: pytest.TempPathFactory,
    left: tuple[DrawnSegment, ...],
    right: tuple[DrawnSegment, ...],
    offset_s: float,
) -> None:
    data = tmp_path_factory.mktemp("drawn")
    trial = Trial(
        video_id="v", path=data / "v.mp4", patient="P", fps=30, n_frames=60, duration_s=2, width=64, height=48,
        offset_s=offset_s,
    )  # fmt: skip
    folder = RaterFolder(data, "anna")
    with ExitStack() as stack:
        folder.open(stack)
        storage = LabelStorage(folder, KnownVideos([trial]))
        storage.save(trial, to_save({"left": left, "right": right}))
        read = storage.read(trial).tracks or {}
    assert {"left": (), "right": (), **read} == {"left": left, "right": right}
