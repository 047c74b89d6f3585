"""A rater at a small dataset."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.labels.convert import KnownVideos, known_in
from lmms_eval_plugins.reports.review.data import DrawnSegment, SaveVideo, Tracks
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder
from lmms_eval_plugins.reports.review.storage import LabelStorage

DRAWN: Tracks = {
    "right": (
        DrawnSegment(start_ms=0, end_ms=500, label="reach"),
        DrawnSegment(start_ms=700, end_ms=1234, label="transport"),
    ),
    "left": (DrawnSegment(start_ms=100, end_ms=1900, label="idle"),),
}


def to_save(tracks: Tracks = DRAWN, revision: str = "", *, active_s: float = 10.0, done: bool = False) -> SaveVideo:
    """Return what a tab sends that began with the draft ``rule``."""
    return SaveVideo(revision=revision, tab="a", draft="rule", tracks=tracks, active_s=active_s, done=done)


@pytest.fixture
def data(mini_dataset: Path, tmp_path: Path) -> Path:
    """A copy of three videos of 2 s, of which the first is about the right hand."""
    return shutil.copytree(mini_dataset, tmp_path / "data")


@pytest.fixture
def known(data: Path) -> KnownVideos:
    return known_in(data / "manifest.csv")


@pytest.fixture
def anna(data: Path) -> Iterator[RaterFolder]:
    """The folder of the rater anna, open."""
    folder = RaterFolder(data, "anna")
    with ExitStack() as stack:
        folder.open(stack)
        yield folder


@pytest.fixture
def storage(anna: RaterFolder, known: KnownVideos) -> LabelStorage:
    return LabelStorage(anna, known)
