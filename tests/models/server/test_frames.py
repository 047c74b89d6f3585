"""Frames as a server gets them: decoded again, they are what they were."""

from __future__ import annotations

import base64
import io

import av
import cv2
import numpy as np
import pytest

from lmms_eval_plugins.models.server.frames import WindowPayload, grey_payload, payload_of, reduced, sized
from lmms_eval_plugins.models.server.settings import ServerSettings
from lmms_eval_plugins.video.decode import Frames


def settings(**changes: object) -> ServerSettings:
    return ServerSettings.model_validate({"base_url": "http://localhost/v1", "model": "m", **changes})


@pytest.fixture
def frames() -> Frames:
    """Four smooth pictures of 40 × 60, each brighter than the one before."""
    rows, columns = np.mgrid[0:40, 0:60]
    return np.stack([np.stack([rows * 4 + 9 * i, columns * 3, rows + columns], axis=-1) for i in range(4)]).astype(
        np.uint8
    )


def urls(clip: WindowPayload) -> list[str]:
    return [part[part["type"]]["url"] for part in clip.parts]


def picture(data: str) -> Frames:
    found = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def test_images_without_loss(frames: Frames) -> None:
    clip = payload_of(frames, 15.0, settings())
    assert [part["type"] for part in clip.parts] == ["image_url"] * 4 and clip.request == {}
    assert all(url.startswith("data:image/png;base64,") for url in urls(clip))
    assert (np.stack([picture(url.partition(",")[2]) for url in urls(clip)]) == frames).all()
    assert clip.n_bytes == sum(map(len, urls(clip)))


def test_jpeg_is_smaller_and_nearly_the_same(frames: Frames) -> None:
    clips = {quality: payload_of(frames, 15.0, settings(image_format="jpeg", quality=quality)) for quality in (20, 95)}
    assert all(url.startswith("data:image/jpeg;base64,") for url in urls(clips[95]))
    off = {
        quality: np.abs(np.stack([picture(url.partition(",")[2]) for url in urls(clip)]).astype(int) - frames).mean()
        for quality, clip in clips.items()
    }
    assert off[95] < 1.5 < off[20] and clips[20].n_bytes < clips[95].n_bytes


@pytest.mark.parametrize(("declared", "rate"), [(None, 15.0), (4, 4.0)])
def test_a_video_as_vllm_takes_it(frames: Frames, declared: float | None, rate: float) -> None:
    clip = payload_of(frames, 15.0, settings(frames_as="video", declared_fps=declared))
    (url,) = urls(clip)
    assert clip.parts[0]["type"] == "video_url" and url.startswith("data:video/jpeg;base64,")
    assert (np.stack([picture(data) for data in url.split(",")[1:]]) == frames).all()
    assert clip.request == {
        "media_io_kwargs": {
            "video": {
                "num_frames": 4,
                "fps": rate,
                "total_num_frames": 4,
                "frames_indices": [0, 1, 2, 3],
                "duration": 4 / rate,
                "do_sample_frames": False,
            }
        }
    }


@pytest.mark.parametrize("shape", [(40, 60), (39, 59)])
def test_an_mp4(frames: Frames, shape: tuple[int, int]) -> None:
    frames = frames[:, : shape[0], : shape[1]]
    (url,) = urls(payload_of(frames, 15.0, settings(frames_as="mp4", declared_fps=2)))
    assert url.startswith("data:video/mp4;base64,")
    with av.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 2
        decoded = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(stream)])
    assert decoded.shape == (4, shape[0] // 2 * 2, shape[1] // 2 * 2, 3)
    assert np.abs(decoded.astype(int) - frames[:, : decoded.shape[1], : decoded.shape[2]]).mean() < 3


def test_large_frames_are_reduced_and_small_ones_left_alone(frames: Frames) -> None:
    frame = frames[0]
    untouched = reduced(frame, 2400) is frame
    assert untouched
    small = reduced(frame, 600)
    assert small.shape == (20, 30, 3)
    blocks = frame.reshape(20, 2, 30, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - blocks).max() <= 0.75
    assert reduced(np.zeros((2000, 3, 3), np.uint8), 28 * 28).shape[:2] == (722, 1)
    (url, *_) = urls(payload_of(np.zeros((1, 100, 100, 3), np.uint8), 1.0, settings(max_pixels=900)))
    assert picture(url.partition(",")[2]).shape == (30, 30, 3)


@pytest.mark.parametrize("limits", [{}, {"min_pixels": 3136, "max_pixels": 16800}, {"max_pixels": 224 * 224}])
@pytest.mark.parametrize("size", [(40, 60), (240, 320), (84, 112), (200, 90)])
def test_frames_in_whole_tokens_are_those_of_the_models_own_processor(
    size: tuple[int, int], limits: dict[str, int]
) -> None:
    """Nothing is left to resize on the server: its processor finds the size that it would make."""
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

    frames = np.random.default_rng(3).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    most = limits.get("max_pixels", 768 * 28**2)
    least = limits.get("min_pixels", 128 * 28**2 if most >= 128 * 28**2 else most // 4)
    edges = {"shortest_edge": least, "longest_edge": most}
    processor = Qwen2VLVideoProcessor()

    def patches(shown: Frames) -> Frames:
        made = processor(videos=[shown], size=edges, do_sample_frames=False, return_tensors="np")
        return np.asarray(made["pixel_values_videos"])

    sent = np.stack(list(sized(frames, settings(token_side=28, **limits))))
    assert sent.shape[1] % 28 == sent.shape[2] % 28 == 0
    assert (patches(sent) == patches(frames)).all()


def test_a_frame_longer_than_any_model_takes_is_sent_as_it_is() -> None:
    strip = np.zeros((1, 2, 4096, 3), np.uint8)
    assert sized(strip, settings(token_side=28))[0].shape == (2, 4096, 3)


def test_grey_frames_have_the_size_of_a_window() -> None:
    clip = grey_payload(3, 40, 60, 15.0, settings())
    assert [picture(url.partition(",")[2]).shape for url in urls(clip)] == [(40, 60, 3)] * 3
