from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.data_frames.build import probability_of
from lmms_eval_plugins.runs.data_frames.export import exported_answers, write_frame
from tests.golden.conftest import GOLDEN

TASK = "strokerehab_primitives_3"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(GOLDEN / "runs" / TASK, tmp_path_factory.mktemp("runs") / TASK))


def test_answers_have_their_run_truth_and_probabilities(runs: Path) -> None:
    found = exported_answers([str(runs)])
    frame = found.frame
    assert found.errors == ()
    assert frame.columns[:5].tolist() == ["run", "task", "model", "stamp", "video_id"]
    assert frame["model"].unique().tolist() == ["noisy", "tiny"] and set(frame["task"]) == {TASK}
    of_tiny = frame[frame["model"] == "tiny"].iloc[0]
    probabilities = json.loads(of_tiny["probabilities"])
    assert of_tiny["p_truth"] == probabilities[of_tiny["truth"]] and math.isnan(of_tiny["p_answer"])
    assert of_tiny["p_yes"] == pytest.approx(probabilities["yes"])
    assert not of_tiny["right"]


def test_both_formats_hold_the_same_and_replace_a_file_at_once(runs: Path, tmp_path: Path) -> None:
    frame = exported_answers([str(runs)]).frame
    odd = frame.head(3).assign(text=['a,"b"', "two\nlines", "a\rb; =1"])
    for suffix in (".csv", ".parquet"):
        path = tmp_path / "new" / f"answers{suffix}"
        write_frame(frame.head(0), path)
        write_frame(odd, path)
        assert [one.name for one in path.parent.iterdir() if one.suffix == ".part"] == []
    text = (tmp_path / "new" / "answers.csv").read_text(encoding="utf-8")
    assert text.startswith('"run","task","model","stamp","video_id",')
    read = pd.read_csv(tmp_path / "new" / "answers.csv", dtype={"view": str})
    assert read["text"].tolist() == pd.read_parquet(tmp_path / "new" / "answers.parquet")["text"].tolist()
    assert read["text"].tolist() == odd["text"].tolist()


def test_a_suffix_that_says_no_format_is_refused(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"answers\.xlsx: its suffix says no format; known are: \.csv, \.parquet"):
        write_frame(exported_answers([str(runs)]).frame, tmp_path / "answers.xlsx")


def test_what_cannot_be_read_is_an_error(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file or folder"):
        exported_answers([str(tmp_path / "nowhere")])
    found = exported_answers([str(runs), str(tmp_path / "nowhere")])
    assert len(found.frame) and "nowhere" in found.errors[0]


def test_probability_of_what_was_not_recorded() -> None:
    assert probability_of({" Reach": 0.4}, "reach") == 0.4
    assert math.isnan(probability_of({"reach": 1.0}, None)) and math.isnan(probability_of({}, "reach"))
