"""Saved instruments: they measure as they did, a person can read them, and what is no instrument is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.decoder_file import load_decoder, save_decoder
from lmms_eval_plugins.decoding.measuring.instrument import ALL, fit_instrument
from lmms_eval_plugins.decoding.measuring.instrument_file import SavedInstrument, load_instrument, save_instrument
from lmms_eval_plugins.decoding.measuring.readings import Readings
from lmms_eval_plugins.decoding.measuring.scope import Scope
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from tests.support.decoding import QUESTIONS, make_videos


@pytest.fixture(scope="module")
def saved() -> SavedInstrument:
    """An instrument whose decoder is not taken at its word."""
    instrument = instrument_of(right=0.6)
    assert instrument.instrument.estimator.ways
    return instrument


def instrument_of(right: float) -> SavedInstrument:
    videos = make_videos(patients=4, each=2, n_windows=20, right=right)
    readings = Readings(videos, Training(videos, QUESTIONS), by_activity=True, seed=0)
    instrument = fit_instrument([readings], PRIMITIVES)
    return SavedInstrument(instrument, Scope.of(videos), "dose", "tiny", {"pretrained": "org/Tiny"})


@pytest.fixture
def file(saved: SavedInstrument, tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "instrument.json"
    save_instrument(saved, path, "made up")
    return path


@pytest.mark.parametrize("within_activity", [False, True])
def test_a_loaded_instrument_measures_as_the_saved_one(
    saved: SavedInstrument, file: Path, within_activity: bool
) -> None:
    loaded = load_instrument(file)
    assert (loaded.task, loaded.model, loaded.settings) == (saved.task, saved.model, saved.settings)
    assert loaded.scope.activities == saved.scope.activities
    others = make_videos(patients=2, each=2, n_windows=20, seed=7)
    now = loaded.instrument.measure([others], seed=3, within_activity=within_activity)
    before = saved.instrument.measure([others], seed=3, within_activity=within_activity)
    for one, other in zip(now, before, strict=True):
        for label in (*PRIMITIVES, ALL):
            assert one.doses[label].count == pytest.approx(other.doses[label].count, rel=1e-3, abs=1e-3)
            assert one.doses[label].ends == other.doses[label].ends
        assert one.expected_error == pytest.approx(other.expected_error, rel=1e-3)
    summed, summed_before = loaded.instrument.sum_of(now), saved.instrument.sum_of(before)
    assert summed.doses[ALL].ends == summed_before.doses[ALL].ends


def test_one_that_takes_its_decoder_at_its_word_is_saved_too(tmp_path: Path) -> None:
    saved = instrument_of(right=1.0)
    assert not saved.instrument.estimator.ways
    save_instrument(saved, tmp_path / "saved.json", "made up")
    others = make_videos(patients=1, each=2, n_windows=20, right=1.0, seed=7)
    (now, _) = load_instrument(tmp_path / "saved.json").instrument.measure([others], seed=0)
    (before, _) = saved.instrument.measure([others], seed=0)
    assert now.doses[ALL].count == pytest.approx(before.doses[ALL].count, rel=1e-3)
    assert now.doses[ALL].count == pytest.approx(sum(now.doses[label].count for label in PRIMITIVES))


def test_a_person_can_read_how_far_it_is_off(saved: SavedInstrument, file: Path) -> None:
    measuring = json.loads(file.read_text(encoding="utf-8"))["measuring"]
    low, high = measuring["intervals"]["80"]["all"]
    assert 0 < low <= high and (low, high) != (0, 0)
    assert set(measuring["usual_errors"]) == {"any other", "drinking", "feeding"}
    assert measuring["sums"]["1"]["90"]["seconds of reach"] >= 1
    assert "count of reach" in measuring["estimates"][0]["doses"]["weights"]
    assert measuring["answer_shares"]["motion"]["yes"][0] <= measuring["answer_shares"]["motion"]["yes"][1]


def test_its_decoder_decodes_as_one_without_habits_by_activity(saved: SavedInstrument, file: Path) -> None:
    assert load_decoder(file).habits_by_activity == {}
    assert load_decoder(file).patients == saved.instrument.decoders[0].patients


def test_a_decoder_without_calibration_is_refused_with_the_way_to_make_one(
    saved: SavedInstrument, tmp_path: Path
) -> None:
    save_decoder(saved.instrument.decoders[0], tmp_path / "plain.json", "made up")
    with pytest.raises(UserError, match=r"plain.json: a decoder without calibration.*measure --run RUN --save FILE"):
        load_instrument(tmp_path / "plain.json")


def _without(*path: str) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for name in path[:-1]:
            content = content[name]
        del content[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without("seconds"), "measuring.seconds: this key is missing"),
        (lambda content: content.update(intervalls={}), "intervalls: unknown key"),
        (_without("intervals", "80"), "not a whole calibration: '80'"),
        (_without("intervals", "80", "idle"), "not a whole calibration: 'idle'"),
        (_without("usual_errors", "any other"), "usual_errors of 'any other'"),
        (_without("sums", "1"), "sums of 1 video"),
        (lambda content: content["estimates"].pop(), "1 estimates of 2 ways"),
        (lambda content: content["expected_error"]["weights"].update(luck={}), "weights of luck"),
        (lambda content: content.update(weight=None), "weight"),
    ],
)
def test_a_damaged_calibration_is_one_line_by_name(file: Path, change: Callable[[Any], None], message: str) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content["measuring"])
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_instrument(file)
    assert message in str(caught.value) and "\n" not in str(caught.value)
