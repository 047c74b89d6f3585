"""What stands beside a run: correct answers about its own windows, and what never saw a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.runs.data_frames import runs_df
from lmms_eval_plugins.runs.data_frames.controls import (
    BOUND,
    MARKOV_DECOMPOSED,
    MARKOV_DIRECT,
    REFERENCE,
    STOPWATCH,
    STOPWATCH_BY_ACTIVITY,
    controls_of,
    decoders_of,
    is_blind,
    load_controls,
    load_raters,
)
from lmms_eval_plugins.runs.data_frames.decoders import CONTROL, CONTROL_BY_ACTIVITY
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.runs.data_frames.sources import DoseRun
from lmms_eval_plugins.statistics.counts import place_between
from tests.support.logs import row
from tests.support.tiny_runs import TRUTH, add_raters, write_tiny_runs

STILL = "idle@0.000;idle@6.000"
BUSY = "reach@0.000;transport@2.000;transport@6.000"
SCORES = ["edit_score", "action_error_rate", "relative_counting_error"]
ABLATION = "logs/ablation_direct_primitives_2/qwen2_5_vl_32b/Qwen__Qwen2.5-VL-32B-Instruct"
FOUR_BY_FOUR = f"{ABLATION}/20251111_072656_samples_strokerehab_primitives_2.jsonl"
HALF_SECONDS = "logs/strokerehab_primitives_3_all_models/internvl3p5_2b"


def source_of(path: Path) -> DoseRun:
    (source,) = dose_sources([str(path)], [], False, None).values()
    return source


def means(scores: pd.DataFrame) -> pd.DataFrame:
    return scores.groupby("run", sort=False)[SCORES].mean()


@pytest.fixture
def write(write_log: Callable[..., Path]) -> Callable[..., DoseRun]:
    def written(*truths: str, patients: Sequence[str] = (), windows: int = 6) -> DoseRun:
        whose = patients or [f"S{number}" for number in range(len(truths))]
        videos = [
            row(f"{patient}_feeding{number}_1", ["NO <SEP> NO"] * windows, truth, patient)
            for number, (patient, truth) in enumerate(zip(whose, truths, strict=True))
        ]
        return source_of(write_log(*videos))

    return written


def labels_of(source: DoseRun, control: str, video: int) -> set[str]:
    timelines = controls_of(source).timelines
    name = source.videos[video].answered.video_id
    own = timelines[(timelines["run"] == control) & (timelines["video_id"] == name)]
    return set(own[own["source"] == "predicted"]["primitive"])


def test_chains_know_the_other_patients_only(write: Callable[..., DoseRun]) -> None:
    source = write(STILL, BUSY, BUSY)
    assert labels_of(source, MARKOV_DIRECT, 0) <= {"reach", "transport"}
    same = write(STILL, BUSY, BUSY, patients=("S1", "S2", "S1"))
    assert labels_of(same, MARKOV_DIRECT, 1) <= {"idle", "reach", "transport"}
    assert labels_of(same, MARKOV_DIRECT, 0) <= {"reach", "transport"}, "those of S2 alone"


def test_chains_are_about_the_runs_own_windows_before_the_first_and_after_the_last_label(
    write: Callable[..., DoseRun],
) -> None:
    source = write(*["idle@3.000;reach@4.000;reach@6.000"] * 2, windows=9)
    timelines = controls_of(source).timelines
    for control in (MARKOV_DIRECT, MARKOV_DECOMPOSED, "always transport", REFERENCE):
        own = timelines[(timelines["run"] == control) & (timelines["source"] == "predicted")]
        assert (own["start_s"].min(), own["end_s"].max(), len(own)) == (0.0, 9.0, 2 * 9), control


def test_a_draw_depends_neither_on_the_order_of_videos_nor_on_chance(write: Callable[..., DoseRun]) -> None:
    source = write(BUSY, STILL, BUSY)
    turned = replace(source, videos=source.videos[::-1])
    first, second = (controls_of(one).scores.sort_values(["run", "video_id"]) for one in (source, turned))
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))


def test_one_patient_has_nothing_that_learns_from_others(write: Callable[..., DoseRun]) -> None:
    source = write(BUSY, STILL, patients=("S1", "S1"))
    assert list(means(controls_of(source).scores).index) == [REFERENCE, "always transport"]
    assert decoders_of(source).scores.empty


def test_where_no_activity_is_known_no_control_goes_by_it(write: Callable[..., DoseRun]) -> None:
    source = write(BUSY, BUSY, STILL)
    videos = tuple(replace(video, answered=replace(video.answered, activity=None)) for video in source.videos)
    unknown = replace(source, videos=videos)
    found = {*controls_of(unknown).scores["run"], *decoders_of(unknown).scores["run"]}
    assert {STOPWATCH, CONTROL} <= found
    assert not found & {STOPWATCH_BY_ACTIVITY, CONTROL_BY_ACTIVITY}


def test_a_stopwatch_has_counts_and_no_timeline(write: Callable[..., DoseRun]) -> None:
    found = controls_of(write(BUSY, BUSY, STILL))
    own = found.scores[found.scores["run"] == STOPWATCH]
    assert own[["edit_score", "action_error_rate"]].isna().all().all()
    assert own[["relative_counting_error", "mae_avg", "predicted_idle"]].notna().all().all()
    errors = own[[f"mae_{label}" for label in ("reach", "transport", "reposition", "stabilize", "idle")]]
    true = own[[f"true_{label}" for label in ("reach", "transport", "reposition", "stabilize", "idle")]]
    assert (errors.sum(axis=1) / true.sum(axis=1)).tolist() == own["relative_counting_error"].tolist()
    assert STOPWATCH not in set(found.timelines["run"])


def test_runs_of_the_same_windows_and_method_share_controls(write_log: Callable[..., Path]) -> None:
    one, other, longer = (
        write_log(*[row(f"S{n}_feeding1_1", [said] * m, BUSY, f"S{n}") for n in (1, 2)], folder=f"org__{said[:3]}{m}")
        for said, m in (("NO <SEP> NO", 6), ("YES <SEP> NO", 6), ("NO <SEP> NO", 7))
    )
    keys = runs_df([one, other, longer])["controls"].tolist()
    assert keys[0] == keys[1] != keys[2]


def test_controls_are_kept_beside_the_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = str(next((write_tiny_runs(tmp_path) / "dose").rglob("run.json")).parent)
    first = {kind: load_controls(run, decoders=kind) for kind in (False, True)}
    assert set(first[True].scores["run"]) == {CONTROL, CONTROL_BY_ACTIVITY}
    monkeypatch.setattr("lmms_eval_plugins.runs.data_frames.controls.sources_at", None)
    for kind, frames in first.items():
        again = load_controls(run, decoders=kind)
        pd.testing.assert_frame_equal(again.scores, frames.scores)
        pd.testing.assert_frame_equal(again.timelines, frames.timelines)


@pytest.fixture(scope="module")
def study(published: Path) -> DoseRun:
    return source_of(published / HALF_SECONDS)


def test_the_controls_of_the_study(study: DoseRun) -> None:
    found = means(controls_of(study).scores)
    assert found.loc[REFERENCE].tolist() == pytest.approx([78.85, 0.212, 0.214], abs=6e-3)
    assert found.loc[BOUND].tolist() == pytest.approx([88.47, 0.116, 0.115], abs=6e-3)
    counted = found["relative_counting_error"]
    assert (counted[STOPWATCH], counted[STOPWATCH_BY_ACTIVITY]) == pytest.approx((0.597, 0.470), abs=6e-4)
    assert 0.60 < counted[MARKOV_DIRECT] < 0.64 and 47 < found["edit_score"][MARKOV_DIRECT] < 51


def test_place_of_a_run_with_windows_of_a_second(published: Path) -> None:
    """Of 4 × 4 frames, in RCE: clearly below its own strongest control, and close to that of chains.

    By controls of windows of 0.533 s it was .055. Against chains on its own windows it is .05, where chains that skip
    the seconds before the first label, as models do not, had −.03: the two are .01 in RCE apart.
    """
    run = source_of(published / FOUR_BY_FOUR)
    found = means(controls_of(run).scores)["relative_counting_error"]
    model = 0.6006
    assert BOUND not in found
    place = place_between(model, found[STOPWATCH_BY_ACTIVITY], found[REFERENCE])
    assert place == pytest.approx(-1.146, abs=2e-3)
    by_chain = place_between(model, min(found[MARKOV_DIRECT], found[MARKOV_DECOMPOSED]), found[REFERENCE])
    assert by_chain == pytest.approx(0.05, abs=0.01)


def test_raters_stand_beside_a_run_on_what_they_labelled_and_move_nothing(tmp_path: Path) -> None:
    run = next(write_tiny_runs(tmp_path).glob("dose/*/*"))
    assert load_raters(str(run)) is None
    before, frames = runs_df(run), load_controls(str(run), decoders=False)
    first, second = "DC01_feeding1_1", "DS01_feeding1_1"
    shorter = "idle@0.000;reach@1.000;transport@2.000;transport@6.000"
    add_raters(run, {"anna": {first: TRUTH, second: shorter}, "rater 3": {second: "reach@0.000;reach@6.000"}})
    found = load_raters(str(run))
    assert found is not None
    counts = found.scores.groupby("run", sort=False)["video_id"].agg(list).to_dict()
    assert counts == {"rater anna": [first, second], "rater 3": [second]}
    assert means(found.scores).loc["rater anna"].tolist() == pytest.approx([80, 0.2, 0.2])
    assert set(found.timelines["source"]) == {"truth", "predicted"} and not is_blind("rater anna")
    assert before["controls"].item() != runs_df(run)["controls"].item(), "other raters, other rows beside the run"
    pd.testing.assert_frame_equal(frames.scores, load_controls(str(run), decoders=False).scores)
