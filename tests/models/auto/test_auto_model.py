"""Checkpoints of known families through the wrapper for any: answers, and what is refused before any."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.harness import make_lmms_model
from lmms_eval_plugins.models.answering import NOTHING_LENT, Session
from lmms_eval_plugins.models.auto.auto_model import AutoModel
from lmms_eval_plugins.models.auto.generating import Generator
from lmms_eval_plugins.models.auto.suitable import faster_wrapper
from lmms_eval_plugins.models.recording import Recorder
from tests.support.families import Family, Reference, as_they_are, engine_of
from tests.support.requests import GREEDY, ask, recorded, rows_in

FAMILIES = {
    "qwen3_vl": Family("rehab_auto", {}, lambda frames: (frames * 2 if len(frames) == 1 else frames, {})),
    "llava_next_video": Family("rehab_auto", {}, as_they_are),
    "internvl": Family("rehab_auto", {}, as_they_are),
}
PRIMITIVES = ("reach", "reposition", "transport", "stabilize", "idle")

Rows = list[dict[str, Any]]


def make_auto(folder: Path, session: Session = NOTHING_LENT, **arguments: Any) -> Recorder:
    model = make_lmms_model("rehab_auto", {"pretrained": str(folder), "device": "cpu", **arguments}, session)
    assert isinstance(model, Recorder)
    return model


def network_of(model: Recorder) -> AutoModel:
    network = engine_of(model).model
    assert isinstance(network, AutoModel)
    return network


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> Rows:
    """Windows of eight frames, of six and of one; open questions and closed ones, with answers that begin alike."""
    rows = rows_in(mini_dataset)[:8]
    more = [
        rows[0] | {"question_id": kind, "text": f"Which {kind} is it, then?", "choices": choices}
        for kind, choices in (("one_of", PRIMITIVES), ("text", ()))
    ]
    single = rows[0] | {"frames": rows[0]["frames"][:1], "window": 50}
    assert {len(row["frames"]) for row in rows} == {6, 8}
    return [*rows, *more, single]


@pytest.mark.parametrize("name", FAMILIES)
def test_answers_and_log_probabilities_are_those_of_plain_transformers(
    name: str, tiny: Callable[[str], Path], rows: Rows, tmp_path: Path
) -> None:
    folder, answers = tiny(name), tmp_path / "answers.jsonl"
    reference = Reference.of(FAMILIES[name], folder)
    wanted = [reference.answer(row, GREEDY["max_new_tokens"]) for row in rows]
    model = make_auto(folder, Session(answers=answers), batch_size=7)
    assert ask(model, rows) == wanted and len(set(wanted)) > 3
    found = {(r.video_id, r.window, r.prompt_hash): r.choice_logprobs for r in recorded(answers)}
    for row in rows[7:]:
        logprobs = found[row["video_id"], row["window"], digest(row["text"])]
        assert logprobs == (pytest.approx(reference.choice_logprobs(row), abs=1e-3) if row["choices"] else None)
    path = network_of(model).path
    assert path is not None and path.shares_prefix and path.frames == "video"


def refuses(folder: Path, **arguments: Any) -> str:
    """Return in what words a checkpoint is refused before anything of it is loaded, or a question is asked."""
    with pytest.raises(UserError) as refused:
        make_auto(folder, **arguments)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_what_cannot_be_asked_about_pictures_is_refused_by_its_configuration(tmp_path: Path) -> None:
    for model_type, said in (
        ("llama", "is a llama checkpoint, a language model that sees nothing"),
        ("vjepa2", "as in --model vjepa2"),
        ("clip", "transformers cannot ask about pictures"),
        ("nonsuch", "not the configuration of a model that transformers knows"),
    ):
        (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type}), encoding="utf-8")
        assert said in refuses(tmp_path)
    code = {"model_type": "nonsuch", "auto_map": {"AutoConfig": "own.Config"}}
    (tmp_path / "config.json").write_text(json.dumps(code), encoding="utf-8")
    assert "many checkpoints have a conversion that it knows, named …-hf" in refuses(tmp_path)
    assert "record=hidden: take the wrapper of the model's family" in refuses(tmp_path, record="hidden")


def test_a_wrapper_of_another_code_base_is_no_faster_one_of_a_family() -> None:
    assert "--model qwen3_vl" in str(faster_wrapper("qwen3_vl")) and faster_wrapper("llava_next") is None


@pytest.fixture
def changed(tiny: Callable[[str], Path], tmp_path: Path) -> Path:
    """A checkpoint that a test may damage."""
    return Path(shutil.copytree(tiny("llava_next_video"), tmp_path / "changed"))


def test_a_checkpoint_without_a_chat_template_or_a_processor_is_refused_before_decoding(
    changed: Path, rows: Rows, tmp_path: Path
) -> None:
    for file, said in (("chat_template.jinja", "has no chat template"), ("processor_config.json", "has no processor")):
        (changed / file).unlink()
        with pytest.raises(UserError, match=said):
            ask(make_auto(changed), rows)


def test_a_context_too_small_for_a_window_is_refused_before_decoding(changed: Path, rows: Rows) -> None:
    config = json.loads((changed / "config.json").read_text(encoding="utf-8"))
    config["text_config"]["max_position_embeddings"] = 40
    (changed / "config.json").write_text(json.dumps(config), encoding="utf-8")
    model = make_auto(changed)
    with pytest.raises(UserError, match=r"a window of 8 frames of 64x48 .* tokens, more than its context of 40 holds"):
        ask(model, rows)
    assert not model.speed()["phase_seconds"]


def test_a_processor_of_one_image_answers_about_one_frame_only(
    changed: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_auto(changed)
    monkeypatch.setattr(network_of(model).spelling, "one_frame", True)
    with pytest.raises(UserError, match=r"takes one image only, and windows have 8 frames; give max_frames_num=1"):
        ask(model, rows)
    assert len(ask(model, rows[-1:])) == 1


@pytest.mark.parametrize("fault", ["raises", "other text", "other log-probability"])
def test_where_the_short_way_is_not_equal_plain_generate_answers_and_the_run_says_so(
    fault: str, tiny: Callable[[str], Path], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny("internvl")
    wanted = ask(make_auto(folder, mode="generate"), rows)
    shared = Generator.shared

    def wrong(*args: Any) -> Any:
        if fault == "raises":
            raise ValueError("no cache of mine")
        found = shared(*args)
        if fault == "other text":
            return [replace(one, tokens=(3, *one.tokens[1:])) for one in found]
        return [replace(one, choice_logprobs={"yes": -1.0, "no": -1.0}) for one in found]

    monkeypatch.setattr(Generator, "shared", wrong)
    model = make_auto(folder, batch_size=7)
    assert ask(model, rows) == wanted
    path = network_of(model).path
    assert path is not None and not path.shares_prefix and model.weights is not None
    assert model.weights["because"] == path.because and model.weights["shares_prefix"] is False
    assert str(path) in model.notes and "plain generate, question by question" in str(path)
    said = {"raises": "no cache of mine", "other text": "differ from token 1 on"}
    assert said.get(fault, "the log-probability of 'yes' is") in path.because


def test_images_where_a_video_is_not_wanted(tiny: Callable[[str], Path], rows: Rows, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny("internvl"), tmp_path / "both"))
    with pytest.raises(UserError, match=r"nor images in a chat \(its chat template has no place for images\)"):
        ask(make_auto(folder, frames="images"), rows[:1])
    template = folder / "chat_template.jinja"
    video = "{% if part['type'] == 'video' %}"
    both = "{% if part['type'] == 'image' %}<IMG_CONTEXT>\n{% elif part['type'] == 'video' %}"
    template.write_text(template.read_text(encoding="utf-8").replace(video, both), encoding="utf-8")
    as_video, as_images = make_auto(folder), make_auto(folder, frames="images")
    assert ask(as_video, rows[:3]) != ask(as_images, rows[:3])
    path = network_of(as_images).path
    assert path is not None and path.frames == "images" and path.shares_prefix
    assert as_video.fingerprint != as_images.fingerprint
