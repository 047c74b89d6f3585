"""A fake server that takes and refuses what vLLM 0.32 does, in vLLM's words."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np

from tests.support.fake_server import MODEL, ChatRequest, Fake, Response, hashed

PIXELS_PER_TOKEN = 28 * 28


@dataclass(frozen=True)
class Vllm:
    """How it was started; a frame takes a token for every 28 × 28 pixels, the text one for every 4 characters."""

    trusting: bool = True
    takes_video: bool = True
    images: int = 999
    context: int = 100_000

    def start(self, fake: Fake, name: str = MODEL) -> Fake:
        listed = {"id": name, "root": "/weights", "owned_by": "vllm", "max_model_len": self.context}
        fake.models, fake.reply = Response({"data": [listed]}), self.reply
        return fake

    def reply(self, request: ChatRequest) -> Response:
        kinds = [part["type"] for part in request.content]
        if "media_io_kwargs" in request.body and not self.trusting:
            return refusal(
                "Per-request media_io_kwargs are disabled by default because they can change multimodal media loading"
                " resource usage. Start the server with --trust-request-mm-kwargs only when clients are trusted."
            )
        if "video_url" in kinds and not self.takes_video:
            return refusal("At most 0 video(s) may be provided in one prompt.")
        if kinds.count("image_url") > self.images:
            return refusal(f"At most {self.images} image(s) may be provided in one prompt.")
        tokens = sum(height * width // PIXELS_PER_TOKEN for height, width in sizes(request)) + len(request.text) // 4
        if tokens >= self.context:
            return refusal(f"Input length ({tokens}) exceeds model's maximum context length ({self.context}).")
        longest = request.body.get("max_tokens") or request.body["max_completion_tokens"]
        if longest > self.context:
            return refusal(f"max_tokens={longest} cannot be greater than max_model_len={self.context}.")
        made = hashed(request)
        assert isinstance(made.body, dict)
        return Response(made.body | {"usage": {"prompt_tokens": tokens, "completion_tokens": 1}})


def refusal(message: str) -> Response:
    return Response({"error": {"message": message, "type": "BadRequestError", "code": 400}}, 400)


def sizes(request: ChatRequest) -> list[tuple[int, int]]:
    """Height and width of every frame in a request."""
    urls = [part[part["type"]]["url"] for part in request.content[:-1]]
    pictures = [data for url in urls for data in url.partition(",")[2].split(",")]
    return [_size(base64.b64decode(data)) for data in pictures]


def _size(data: bytes) -> tuple[int, int]:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.shape[0], picture.shape[1]
