from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.decoder import Decoder
from lmms_eval_plugins.decoding.decoder_file import load_decoder, save_decoder
from lmms_eval_plugins.decoding.training import Training
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
