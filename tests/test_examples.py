"""The examples in the docstrings of functions that notebooks use."""

from __future__ import annotations

import doctest
import importlib
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.places import shipped

MODULES = (
    "domain.sequences",
    "domain.timeline",
    "statistics.intervals",
    "statistics.paired",
    "statistics.proportions",
    "statistics.reliability",
    "statistics.summary",
    "dataset.labels.label_file",
    "dataset.manifest",
    "dataset.near_ids",
    "reports.tables.against",
    "questions.reading",
    "questions.sets",
)

FILES = {
    "labels.csv": "Time_s,MarkerNames\n0.0,l_reach\n0.5,r_idle\n1.0,l_transport\n1.5,l_rest\n2.5,\n",
    "manifest.csv": (
        "video_id,path,patient,activity,fps,n_frames,duration_s,width,height\n"
        "S1_drinking1_1,S1/S1_drinking1_1.mp4,S1,drinking,60,600,10,1088,704\n"
        "S2_drinking1_1,S2/S2_drinking1_1.mp4,S2,drinking,60,600,10,1088,704\n"
    ),
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that examples read, in the current folder."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    shutil.copytree(shipped("tasks") / "strokerehab" / "questions", tmp_path / "questions")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"lmms_eval_plugins.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
