"""How frames are sent where nobody says: by what the server is, and what the model learned from."""

from __future__ import annotations

from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.server.regime import learned_from_video, token_side_of
from lmms_eval_plugins.models.server.responses import Served
from tests.models.server.conftest import Make
from tests.support.fake_server import MODEL, Fake, Response, completion
from tests.support.fake_vllm import Vllm, refusal, sizes
from tests.support.requests import ask

Rows = list[dict[str, Any]]
FINGERPRINT = "ce61e26b791d7308e005e7ba69bcbcf2"
"""Of the fake server's model with all settings at their defaults, before there was a choice."""

QWEN = "Qwen/Qwen2.5-VL-7B-Instruct"


def sent_as(fake: Fake) -> set[str]:
    return {part["type"] for request in fake.questions for part in request.content[:-1]}


@pytest.mark.parametrize("name", [MODEL, QWEN])
def test_vllm_gets_a_video(fake: Fake, make: Make, rows: Rows, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Vllm().start(fake, name)
    model = make(model=name)
    ask(model, rows[:2])
    assert sent_as(fake) == {"video_url"} and model.notes == () and capsys.readouterr().err == ""
    assert model.speed()["frames_as"] == "video"
    side = 28 if name == QWEN else None
    assert model.fingerprint == make(model=name, frames_as="video", token_side=side).fingerprint


@pytest.mark.parametrize("name", [MODEL, QWEN])
def test_vllm_that_refuses_the_clock_is_named_with_what_to_start_it_with(
    fake: Fake, make: Make, rows: Rows, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the name says nothing: a server that takes a video without its clock serves a model for videos."""
    Vllm(trusting=False).start(fake, name)
    model = make(model=name)
    ask(model, rows[:2])
    assert sent_as(fake) == {"image_url"}
    (note,) = model.notes
    assert f"{name} learned from videos" in note and note.endswith(
        "; start vLLM with --trust-request-mm-kwargs, and it takes the video"
    )
    assert capsys.readouterr().err == f"{fake.base_url}: {note}\n"
    assert model.fingerprint == make(model=name, frames_as="images").fingerprint


def test_a_model_for_images_gets_images_without_a_word(
    fake: Fake, make: Make, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    for trusting in (True, False):
        Vllm(trusting=trusting, takes_video=False).start(fake)
        model = make()
        ask(model, rows[:2])
        assert sent_as(fake) == {"image_url"} and model.notes == () and capsys.readouterr().err == ""


def test_any_other_server_is_sent_images_and_not_tried(
    fake: Fake, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = make()
    assert fake.received == [] and plain.notes == () and capsys.readouterr().err == ""
    assert plain.fingerprint == make(frames_as="images").fingerprint
    model = make(model=QWEN)
    assert fake.received == [] and "frames_as=video or mp4" in model.notes[0] and QWEN in capsys.readouterr().err


def test_what_is_given_is_done(fake: Fake, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    Vllm().start(fake, QWEN)
    images, video = make(model=QWEN, frames_as="images"), make(model=QWEN, frames_as="video")
    assert fake.received == [] and capsys.readouterr().err == ""
    assert "learned from videos" in images.notes[0] and video.notes == ()


def test_the_fingerprint_of_images_is_that_of_earlier_releases(make: Make) -> None:
    assert make().fingerprint == make(frames_as="images").fingerprint == FINGERPRINT


def test_a_rate_is_not_lost_in_silence(fake: Fake, make: Make) -> None:
    with pytest.raises(UserError, match="declared_fps: single images have no frame rate"):
        make(declared_fps=2)
    Vllm().start(fake)
    assert make(declared_fps=2).fingerprint == make(declared_fps=2, frames_as="video").fingerprint


def test_a_refusal_that_is_not_about_the_video_ends_it(fake: Fake, make: Make) -> None:
    Vllm().start(fake)
    fake.reply = lambda request: Response({"error": {"message": "no such model"}}, 404)
    with pytest.raises(UserError, match="no such model"):
        make()


def test_another_refusal_is_in_the_warning(fake: Fake, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    Vllm().start(fake, QWEN)
    fake.reply = lambda request: refusal("no decoder") if "video_url" in request.frames else completion("yes")
    make(model=QWEN)
    assert "; it refuses a video: " in (said := capsys.readouterr().err) and "no decoder" in said


def test_frames_in_the_size_that_the_model_takes(fake: Fake, make: Make, rows: Rows) -> None:
    Vllm().start(fake, QWEN)
    ask(make(model=QWEN), rows[:1])
    ((height, width),) = {size for request in fake.questions for size in sizes(request)}
    assert height % 28 == width % 28 == 0 and 128 * 28**2 <= height * width <= 768 * 28**2


@pytest.mark.parametrize(
    ("name", "root", "of_video", "side"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", "", True, 28),
        ("Qwen2-VL-2B", "", True, 28),
        ("mine", "/weights/qwen2_5_vl_7b", True, 28),
        ("Qwen/Qwen3-VL-30B-A3B-Instruct", "", True, 32),
        ("Qwen/Qwen2.5-Omni-7B", "", True, None),
        ("llava-hf/LLaVA-NeXT-Video-7B-hf", "", True, None),
        ("llava-hf/llava-onevision-qwen2-7b-ov-hf", "", True, None),
        ("rehab_tiny", "", True, None),
        ("Qwen/Qwen2.5-7B-Instruct", "", False, None),
        ("OpenGVLab/InternVL3-8B", "", False, None),
        ("gpt-9", "", False, None),
    ],
)
def test_what_names_say(name: str, root: str, of_video: bool, side: int | None) -> None:
    served = Served(name, root)
    assert (learned_from_video(served), token_side_of(served)) == (of_video, side)
