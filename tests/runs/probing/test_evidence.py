"""Decoders by what probes read: better where states tell more, and without any label of the patient decoded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.runs.data_frames.sources import DoseRun
from lmms_eval_plugins.runs.decode import decode_runs
from lmms_eval_plugins.runs.probing.doses import scores_by_evidence
from lmms_eval_plugins.runs.probing.evidence import Evidence, decode_by_evidence, evidence_of, runs_by_evidence
from tests.support.probed_runs import write_probed_run

BY: tuple[Evidence, ...] = ("probe", "said,probe")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_probed_run(tmp_path_factory.mktemp("run"), each=1, right=0.6, strength=3)


def source_at(run: Path) -> DoseRun:
    errors: list[str] = []
    (source,) = dose_sources([str(run)], errors, False, None).values()
    assert not errors
    return source


def decoded(run: Path, evidence: Evidence) -> dict[str, str]:
    source = source_at(run)
    draws = decode_by_evidence(source, runs_by_evidence(source, str(run), evidence), Decoding("viterbi"))
    return {video.answered.video_id: first.to_text() for video, (first,) in zip(source.videos, draws, strict=True)}


def test_dose_is_decoded_better_by_what_is_seen(run: Path) -> None:
    scores = {one.name: one for one in scores_by_evidence(source_at(run), str(run), Decoding(), says=True)}
    assert [*scores] == ["said", "probe", "said,probe", "blind control"]
    means = {name: np.mean([video.edit_score for video in one.videos]) for name, one in scores.items()}
    assert means["probe"] > means["said"] + 5 and means["said,probe"] > means["said"] + 5
    alone = scores_by_evidence(source_at(run), str(run), Decoding(), says=False)
    assert [one.name for one in alone] == ["probe", "blind control"] and alone[1].is_control


def test_the_run_of_a_patient_has_the_answers_of_probes_in_place_of_replies(run: Path) -> None:
    run_for = runs_by_evidence(source_at(run), str(run), "probe")
    one, other = run_for("P0"), run_for("P1")
    assert one.model == "probe of tiny"
    window = one.videos[0].answered.windows[0]
    assert set(window.answers) == set(window.log_odds) == {"motion", "grasp"}
    assert all((window.log_odds[question] > 0) is window.answers[question] for question in window.answers)
    assert one.videos[2].answered.windows != other.videos[2].answered.windows  # neither saw both patients


@settings(max_examples=3)
@given(seed=st.integers(0, 100), patient=st.integers(0, 3))
@pytest.mark.parametrize("evidence", BY)
def test_poisoned_labels_of_a_patient_change_nothing_of_its_decoding(
    tmp_path_factory: pytest.TempPathFactory, run: Path, evidence: Evidence, seed: int, patient: int
) -> None:
    poisoned = tmp_path_factory.mktemp("poisoned") / "run"
    poisoned.mkdir()
    for file in run.glob("*.*"):
        if file.is_file():
            (poisoned / file.name).symlink_to(file)
    content = json.loads((run / "run.json").read_text())
    rng = np.random.default_rng(seed)
    (poisoned / "run.json").unlink()
    content["videos"][patient]["truth"] = ";".join(f"{rng.choice(PRIMITIVES)}@{at}.000" for at in range(10))
    (poisoned / "run.json").write_text(json.dumps(content))
    one, other = decoded(run, evidence), decoded(poisoned, evidence)
    assert one[f"P{patient}_0"] == other[f"P{patient}_0"]


def test_decoding_by_probes_is_written_beside_the_run(run: Path, tmp_path: Path) -> None:
    wrote = decode_runs([str(run)], Decoding("viterbi"), out=tmp_path, evidence="said,probe")
    (file,) = wrote.files
    assert file.name.endswith("decoded_viterbi_by_said_and_probe.json") and not wrote.errors
    content = json.loads(file.read_text())
    assert content["evidence"] == "said,probe" and content["timelines"] == decoded(run, "said,probe")


def test_what_makes_no_sense_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--evidence seen: 'seen' is none; evidence is said or probe or said,probe"):
        evidence_of("seen")
    with pytest.raises(UserError, match="--evidence probe: probes learn from a run's own other patients"):
        decode_runs([str(run)], Decoding(), fit="other=x", evidence="probe")
    with pytest.raises(UserError, match="decode by a method that is not blind"):
        decode_runs([str(run)], Decoding(blind=True), evidence="probe")
    sequences = tmp_path / "run"
    sequences.mkdir()
    content = json.loads((run / "run.json").read_text())
    content["scoring"] = {"method": "sequence", "primitives": "motion"}
    content["questions"][0] = {"id": "motion", "kind": "sequence_of", "options": list(PRIMITIVES)}
    (sequences / "run.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match="the method sequence reads primitives; decode it by what was said"):
        runs_by_evidence(source_at(sequences), str(sequences), "probe")
