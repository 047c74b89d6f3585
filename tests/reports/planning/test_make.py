"""Plans of golden runs of every family, and of runs that cannot be planned from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.planning.make import study_plan
from lmms_eval_plugins.reports.planning.plan import SHOWN_PATIENTS, Aim, PlannedRow, StudyPlan
from lmms_eval_plugins.reports.planning.tables import plan_tables
from lmms_eval_plugins.reports.planning.to_json import plan_json
from lmms_eval_plugins.reports.tables.render import FORMATS, rendered
from lmms_eval_plugins.runs.data_frames.decoders import decoding_of
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.golden.conftest import GOLDEN
from tests.reports.compare.test_compare import changed
from tests.support.logs import PERFECT, TRUTH, row

AIM = Aim(detect=0.5, power=0.8, level=0.05)
RUNS = GOLDEN / "runs"
DOSE = f"{RUNS}/strokerehab_primitives_3/noisy"


@pytest.fixture(autouse=True)
def _no_cache_beside_the_fixtures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_CACHE", str(tmp_path / "cache"))


def rows(plan: StudyPlan, design: str) -> tuple[PlannedRow, ...]:
    (found,) = [one.rows for one in plan.comparisons if one.design == design]
    return found


def test_a_dose_run_is_planned_against_its_stopwatch_and_by_its_doses() -> None:
    plan = study_plan(DOSE, AIM)
    assert (plan.run, plan.other, plan.is_control) == ("noisy", "stopwatch", True)
    assert (plan.n_patients, plan.n_videos, plan.about) == (4, 8, "videos")
    assert plan.minutes_each == pytest.approx(2 * 4 / 60)
    as_it_is, asked = rows(plan, "metric")
    assert as_it_is.difference == pytest.approx(0.229, abs=0.001)
    assert asked.name == "50 % of the 0.542 of stopwatch" and asked.difference == pytest.approx(0.271, abs=0.001)
    assert as_it_is.needed and as_it_is.cautious and as_it_is.cautious.n_patients > as_it_is.needed.n_patients >= 6
    assert [power.n_patients for power in as_it_is.powers] == list(SHOWN_PATIENTS)
    assert [one.name for one in plan.measures] == ["labels (a perfect count)", "noisy", "stopwatch, by activity"]
    assert [one.name.split(",")[0] for one in plan.narrowing] == ["relative counting error", *["dose per minute"] * 2]
    assert plan.notes[0] == "4 patients say little of how patients differ: take the cautious numbers."
    for form in FORMATS:
        text = rendered(plan_tables(plan), form)
        assert "noisy" in text and "50 " in text
    assert json.loads(json.dumps(plan_json(plan)))["comparisons"][0]["rows"][0]["needed"]["minutes"] == pytest.approx(
        as_it_is.needed.n_patients * 2 * 4 / 60
    )


def test_the_same_seed_gives_the_same_plan() -> None:
    first, again, other = (study_plan(DOSE, Aim(0.5, 0.8, 0.05, seed), metric="mae_avg") for seed in (3, 3, 4))
    assert plan_json(first) == plan_json(again)
    assert first.comparisons != other.comparisons


def test_two_runs_are_planned_against_each_other() -> None:
    plan = study_plan(f"{RUNS}/strokerehab_primitives_3/tiny", AIM, against=DOSE, metric="edit_score")
    back = study_plan(DOSE, AIM, against=f"{RUNS}/strokerehab_primitives_3/tiny", metric="edit_score")
    assert not plan.is_control and plan.other == back.run and plan.measures == ()
    assert rows(plan, "metric")[0].difference == pytest.approx(-rows(back, "metric")[0].difference) != 0
    assert [power.share for power in rows(plan, "metric")[0].powers] == [
        power.share for power in rows(back, "metric")[0].powers
    ]


def test_the_dose_alone_has_no_metric() -> None:
    plan = study_plan(DOSE, AIM, metric="dose")
    assert {one.design for one in plan.comparisons} == {"sessions", "groups"} and len(plan.measures) == 3
    assert "strongest blind control" not in " ".join(plan_tables(plan)[0].notes)


def test_what_is_decoded_is_called_so() -> None:
    plan = study_plan(DOSE, AIM, metric="relative_counting_error", decoding=decoding_of("viterbi"))
    assert plan.run.endswith(", viterbi") and any("not zero-shot" in note for note in plan.notes)
    assert rows(plan, "metric")[0].difference != pytest.approx(rows(study_plan(DOSE, AIM), "metric")[0].difference)


def test_a_sequence_metric_has_the_blind_decoder_for_a_control() -> None:
    plan = study_plan(DOSE, AIM, metric="edit_score")
    assert plan.other.startswith("blind control")


@pytest.mark.parametrize(
    ("run", "control", "about"),
    [
        ("strokerehab_identification_1/noisy", "always the most frequent", "videos"),
        ("strokerehab_ia2_3_30/guesses", "always 1", "items"),
    ],
)
def test_other_families_have_their_strongest_control(run: str, control: str, about: str) -> None:
    plan = study_plan(f"{RUNS}/{run}", AIM)
    assert (plan.other, plan.about, plan.measures) == (control, about, ())
    assert [one.design for one in plan.comparisons] == ["metric"]
    assert rendered(plan_tables(plan), "text")


def test_only_some_patients_are_planned_from() -> None:
    three = study_plan(DOSE, AIM, metric="dose", only=VideoFilter.of_words(["P01,P02,p03"]))
    assert (three.n_patients, three.n_videos) == (3, 6)
    assert "only patients P01, P02, p03" in plan_tables(three)[0].title
    items = study_plan(f"{RUNS}/strokerehab_ia2_3_30/guesses", AIM, only=VideoFilter.of_words(["p01,P02,P04"]))
    assert items.n_patients == 3


@pytest.mark.parametrize(
    ("run", "options", "message"),
    [
        (DOSE, {"metric": "edit_scores"}, "no such metric; did you mean 'edit_score'"),
        (DOSE, {"against": DOSE}, "both runs are this one"),
        (DOSE, {"against": f"{RUNS}/strokerehab_ia2_3_30/guesses"}, "Scores cannot be compared"),
        (DOSE, {"only": VideoFilter.of_words(["P01,P02"])}, "2 patients with scores; a plan needs 3"),
        (DOSE, {"only": VideoFilter.of_words(["P09"])}, "--patient P09: no video"),
        (f"{RUNS}/strokerehab_ia2_3_30/guesses", {"metric": "dose"}, "only a dose task has doses"),
        (f"{RUNS}/strokerehab_ia2_3_30/guesses", {"only": VideoFilter.of_words(["P9"])}, "--patient P9: no item"),
        (f"{RUNS}/strokerehab_ia2_3_30/guesses", {"only": VideoFilter((), ("comb",))}, "items have neither"),
        (f"{RUNS}/strokerehab_primitives_3", {}, "2 runs are in it; name one"),
        ("nowhere", {}, "nowhere: no such file"),
    ],
)
def test_what_cannot_be_planned_is_said_in_one_line(run: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        study_plan(run, AIM, **options)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("n_patients", [1, 2])
def test_one_patient_and_two_are_too_few(write_log: Callable[..., Path], n_patients: int) -> None:
    log = write_log(*(row(f"S000{n}_feeding1_1", PERFECT, TRUTH, f"S000{n}") for n in range(n_patients)))
    for metric in (None, "dose"):
        with pytest.raises(UserError, match=f"{n_patients} patients? with scores; a plan needs 3"):
            study_plan(str(log), AIM, metric=metric)


def test_a_run_without_labels_has_no_plan(write_log: Callable[..., Path]) -> None:
    log = write_log(*(row(f"S000{n}_feeding1_1", PERFECT, "", f"S000{n}") for n in range(4)))
    with pytest.raises(UserError, match=r"labels|truth"):
        study_plan(str(log), AIM)


def test_a_run_whose_replies_never_came_has_no_plan(tmp_path: Path) -> None:
    run = changed("strokerehab_primitives_3/noisy", tmp_path / "silent", lambda record: None)
    with pytest.raises(UserError, match="none of its videos has a score that enters a mean") as error:
        study_plan(run, AIM)
    assert "too few replies" in str(error.value)
