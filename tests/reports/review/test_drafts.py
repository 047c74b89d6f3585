"""Drafts of a run, and how uncertain it is."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.convert import KnownVideos, known_in
from lmms_eval_plugins.reports.review.drafts import drafts_of_run
from lmms_eval_plugins.reports.review.order import uncertainty_of_run
from tests.support.tiny_runs import write_odd_run

RUNS = Path(__file__).parents[2] / "golden" / "fixtures" / "runs"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that knows the three videos of the dataset, and others."""
    (found,) = (RUNS / "strokerehab_primitives_3" / "noisy").iterdir()
    return shutil.copytree(found, tmp_path / "run")


def decode(run: Path, method: str, text: str) -> None:
    """Write what `strokerehab decode` would."""
    (run / f"decoded_{method}.json").write_text(json.dumps({"timelines": {"P01_feeding1_1": text}}))


def test_the_rule_is_a_draft_and_the_truth_is_none(run: Path, known: KnownVideos) -> None:
    drafts = drafts_of_run(run, known)
    assert set(drafts) == set(known.by_id)
    (rule,) = drafts["P01_feeding1_1"]
    assert rule.name == "rule" and list(rule.tracks) == ["right"]
    segments = rule.tracks["right"]
    assert segments[0].start_ms == 0 and segments[-1].end_ms <= 2000
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(segments))


def test_decoded_timelines_come_first(run: Path, known: KnownVideos) -> None:
    decode(run, "mbr", "idle@0.000;reach@0.500;reach@9.000")
    decoded, rule = drafts_of_run(run, known)["P01_feeding1_1"]
    assert (decoded.name, rule.name) == ("decoded mbr", "rule")
    shown = [(one.start_ms, one.end_ms, one.label) for one in decoded.tracks["right"]]
    assert shown == [(0, 500, "idle"), (500, 2000, "reach")], "cut at the video's end"


def test_drafts_are_on_the_clock_of_the_first_frame(run: Path, known: KnownVideos) -> None:
    late = [trial.model_copy(update={"offset_s": 1.4}) for trial in known.by_id.values()]
    assert drafts_of_run(run, KnownVideos(late)) == drafts_of_run(run, known)


def test_a_run_that_gives_no_draft_is_one_line(run: Path, known: KnownVideos, data: Path, tmp_path: Path) -> None:
    (identification,) = (RUNS / "strokerehab_identification_1" / "noisy").iterdir()
    with pytest.raises(UserError, match="has no timelines; give a run of a dose task"):
        drafts_of_run(identification, known)
    other = write_odd_run(tmp_path / "other") / "odd" / "odd" / "20250101_000000"
    with pytest.raises(UserError, match="about none of this dataset's videos"):
        drafts_of_run(other, known)
    own = data / "scheme.yaml"
    own.write_text('name: two\nlabels:\n  up: {colour: "#112233"}\n  down: {colour: "#445566"}\n')
    with pytest.raises(UserError, match="not of the dataset's scheme two: idle"):
        drafts_of_run(run, known_in(data / "manifest.csv"))


def test_uncertainty_by_neighbours_and_by_probabilities(tmp_path: Path) -> None:
    def uncertainty(*said: str) -> float:
        run = write_odd_run(tmp_path / "-".join(said).replace(" ", "_"), said) / "odd" / "odd" / "20250101_000000"
        return uncertainty_of_run(run)["v"]

    assert uncertainty("yes yes", "yes yes") == 0
    assert uncertainty("yes yes", "yes no") == 0.5
    assert uncertainty("yes yes", "no no") == 1


def test_uncertainty_by_probabilities(tmp_path: Path) -> None:
    run = write_odd_run(tmp_path / "sure") / "odd" / "odd" / "20250101_000000"
    lines = [json.loads(line) for line in (run / "answers.jsonl").read_text().splitlines()]
    for line in lines:
        line["choice_logprobs"] = {"yes": -0.2876820724517809, "no": -1.3862943611198906}
    (run / "answers.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert uncertainty_of_run(run)["v"] == pytest.approx(0.25)
