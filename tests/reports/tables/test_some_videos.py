"""Tables of some of the videos: what is shown changes, how it is made does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter

RUNS = Path(__file__).parents[2] / "golden" / "fixtures" / "runs"
PARTS = (("P01", "P02"), ("P03", "P04"))

Means = Mapping[tuple[str, ...], tuple[int, float]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("some")
    for name in ("strokerehab_primitives_3/noisy", "strokerehab_identification_1/guesses", "strokerehab_ia2_3_30"):
        shutil.copytree(RUNS / name, folder / name)
    return folder


def means(name: str, runs: Path, column: str, n: str, only: VideoFilter) -> Means:
    """The name of a row → on how many videos (or items) it is, and its mean in a column."""
    table, *_ = make_tables(name, [runs], only=only).tables
    heads = [one.heading for one in table.columns]
    found = {}
    for section in table.sections:
        for row in section.rows:
            about = dict(zip(heads, row.cells, strict=True))
            names = tuple(str(about[head]) for head in ("prompt", "model", "read by") if head in about)
            value = about[column]
            assert isinstance(value, Value)
            found[tuple(one.removesuffix(" (strongest)") for one in names)] = (int(str(about[n])), value.value)
    return found


@pytest.mark.parametrize(
    ("name", "column", "n"),
    [
        ("dose_models", "RCE", "videos"),
        ("decoding", "RCE", "videos"),
        ("identification", "accuracy", "videos"),
        ("impairment", "error", "patients"),
    ],
)
def test_the_parts_make_the_whole(name: str, column: str, n: str, runs: Path) -> None:
    """Runs and controls have the same scores of a video however many others are shown: controls learn from all."""
    whole = means(name, runs, column, n, VideoFilter())
    parts = [means(name, runs, column, n, VideoFilter(patients=patients)) for patients in PARTS]
    for row, (count, mean) in whole.items():
        assert sum(part[row][0] for part in parts) == count
        assert sum(part[row][0] * part[row][1] for part in parts) / count == pytest.approx(mean), row


def test_the_title_says_what_is_shown(runs: Path) -> None:
    only = VideoFilter(patients=("P02", "P03"))
    for name in ("dose_models", "replies", "impairment", "dose_patients", "identification"):
        for table in make_tables(name, [runs], more=True, only=only).tables:
            assert table.title.endswith(", only patients P02, P03")
            assert table.notes[0].startswith("Only some of the videos are shown")
    (patients,) = make_tables("dose_patients", [runs], only=only).tables
    assert [row.cells[0] for row in patients.sections[0].rows] == ["P02", "P03"]


def test_cameras_are_compared(write_run: Callable[..., Path]) -> None:
    videos = ("P1_feeding1_1", "P1_feeding1_2")
    said = {videos[0]: ("No", "Yes", "Yes"), videos[1]: ("No", "No", "No")}
    answers = [
        (video, window, question, reply)
        for video, replies in said.items()
        for window, reply in enumerate(replies)
        for question in ("motion", "grasp")
    ]
    run = write_run(answers, videos=videos)
    both, first, second = (
        means("dose_models", run, "RCE", "videos", VideoFilter(views=v)) for v in ((), ("1",), ("2",))
    )
    assert [next(iter(row.values()))[0] for row in (both, first, second)] == [2, 1, 1]
    errors = [next(iter(row.values()))[1] for row in (first, second)]
    assert errors[0] < errors[1] and sum(errors) / 2 == pytest.approx(next(iter(both.values()))[1])


def test_a_run_without_such_videos_is_no_row(write_run: Callable[..., Path], runs: Path) -> None:
    with pytest.raises(UserError, match=r"--patient P09: .* \(there are P01, P02, P03, P04\)"):
        make_tables("dose_models", [runs], only=VideoFilter(patients=("P09",)))
    with pytest.raises(UserError, match="no activity and no view"):
        make_tables("impairment", [runs], only=VideoFilter(views=("1",)))
    with pytest.raises(UserError, match="--patient P09: no Fugl-Meyer item"):
        make_tables("impairment", [runs], only=VideoFilter(patients=("P09",)))
