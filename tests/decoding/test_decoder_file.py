from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.decoder import Decoder
from lmms_eval_plugins.decoding.decoder_file import load_decoder, save_decoder
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.sequences import edit_score
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from tests.support.decoding import QUESTIONS, make_videos


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    training = Training(make_videos(), QUESTIONS)
    return training.fit(training.patients, by_activity=True, seed=0)


def test_a_loaded_decoder_decodes_like_the_saved_one(decoder: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "decoder.json"
    save_decoder(decoder, path, "made up")
    loaded = load_decoder(path)
    assert (loaded.patients, loaded.weight) == (decoder.patients, decoder.weight)
    assert loaded.experts[0].code == decoder.experts[0].code
    videos = make_videos(patients=1, seed=5)
    assert loaded.decode(videos, "viterbi") == decoder.decode(videos, "viterbi")


def test_a_person_can_read_it_and_it_is_small(decoder: Decoder, tmp_path: Path) -> None:
    save_decoder(decoder, tmp_path / "decoder.json", "made up")
    text = (tmp_path / "decoder.json").read_text(encoding="utf-8")
    assert len(text) < 30_000
    content = json.loads(text)
    assert content["experts"][0]["questions"] == {"motion": "yes_no", "grasp": "yes_no"}
    now = content["experts"][0]["answers"]["grasp yes @+0"]
    assert now["transport"] > 0 > now["idle"]
    assert set(content["habits_by_activity"]) == {"drinking", "feeding"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "strokerehab decoder 0"}, "kind"),
        ({"weigth": 1}, "weigth: unknown key"),
        ({"habits": None}, "habits"),
        ({"experts": [{}]}, "this key is missing"),
    ],
)
def test_other_files_are_refused(decoder: Decoder, tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = tmp_path / "decoder.json"
    save_decoder(decoder, path, "made up")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=f"not a decoder of this version: .*{message}"):
        load_decoder(path)


def test_a_file_with_weights_of_other_questions_is_refused(decoder: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "decoder.json"
    save_decoder(decoder, path, "made up")
    content = json.loads(path.read_text())
    content["experts"][0]["questions"] = {"motion": "yes_no"}
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match="not a whole decoder: weights of grasp"):
        load_decoder(path)
    with pytest.raises(UserError, match="cannot be read"):
        load_decoder(tmp_path / "gone.json")


OWN = ("back", "carry", "go", "hold", "wait", "sleep")
"""Labels in another order than the primitives', and one more."""

NAME_OF = {"reach": "go", "reposition": "back", "transport": "carry", "stabilize": "hold", "idle": "wait"}


def renamed(timeline: Timeline) -> Timeline:
    return Timeline(tuple(Segment(s.start_s, s.end_s, NAME_OF[s.label]) for s in timeline.segments))


def test_a_decoder_of_other_labels_records_them_and_decodes_to_them(decoder: Decoder, tmp_path: Path) -> None:
    videos = [replace(video, truth=video.truth and renamed(video.truth)) for video in make_videos()]
    training = Training(videos, QUESTIONS, OWN)
    own = training.fit(training.patients, by_activity=False, seed=0)
    path = tmp_path / "decoder.json"
    save_decoder(own, path, "made up")
    assert json.loads(path.read_text())["labels"] == list(OWN)
    loaded = load_decoder(path)
    assert loaded.labels == OWN
    unseen = make_videos(patients=2, seed=5)
    found = loaded.decode(unseen, "mbr")
    assert found == own.decode(unseen, "mbr")
    truths = [renamed(video.truth) for video in unseen if video.truth]
    scores = [edit_score(one.labels, truth.labels) for one, truth in zip(found, truths, strict=True)]
    assert min(scores) > 60  # as those of the primitives: the sixth label never occurs
    save_decoder(decoder, path, "made up")
    assert "labels" not in json.loads(path.read_text()) and load_decoder(path).labels == PRIMITIVES


def test_answers_about_other_labels_are_refused(decoder: Decoder) -> None:
    decoder.check(make_videos(patients=1), ("idle", *PRIMITIVES[:-1]))  # the same in another order
    with pytest.raises(UserError) as found:
        decoder.check(make_videos(patients=1), OWN)
    assert str(found.value) == (
        "the decoder was fitted on the labels reach, reposition, transport, stabilize, idle; the run has back, carry,"
        " go, hold, wait and 1 more: fit one on runs with the same labels"
    )


def test_a_single_label_can_only_last() -> None:
    videos = [replace(video, truth=Timeline((Segment(0.0, video.windows[-1].end_s, "on"),))) for video in make_videos()]
    training = Training(videos, QUESTIONS, ("on",))
    own = training.fit(training.patients, by_activity=False, seed=0)
    assert own.habits.transition.sum(axis=1) == pytest.approx(1)
    assert {one.labels for one in own.decode(videos, "viterbi")} == {("on",)}
