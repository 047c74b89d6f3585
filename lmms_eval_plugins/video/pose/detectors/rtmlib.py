"""RTMPose through rtmlib, where the user has installed it; it fetches its models itself."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from rtmlib import Body

ONE_PERSON = False


class RtmlibDetector:
    """Finds people in RGB pictures."""

    version = version("rtmlib")

    def __init__(self) -> None:
        self._body = Body(mode="balanced", to_openpose=False, backend="onnxruntime", device="cpu")

    def start(self) -> None:
        """Forget the last video: nothing is kept."""

    def boxes(self, image: Any) -> Any:
        """Where people are; (people, 4) as left, top, right, bottom."""
        return np.array(self._body.det_model(image[..., ::-1]), np.float32).reshape(-1, 4)

    def people(self, image: Any) -> Any:
        """The joints of everybody; (people, 17, 3)."""
        points, scores = self._body(image[..., ::-1])
        joints = np.concatenate([points, np.asarray(scores)[..., None]], axis=-1)
        return np.asarray(joints, np.float32).reshape(-1, 17, 3)


DETECTOR = RtmlibDetector
