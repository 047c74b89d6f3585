"""YOLO pose through ultralytics, where the user has installed it; it fetches its models itself."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from ultralytics import YOLO

ONE_PERSON = False


class UltralyticsDetector:
    """Finds people in RGB pictures."""

    version = version("ultralytics")

    def __init__(self) -> None:
        self._model = YOLO("yolo11m-pose.pt")

    def start(self) -> None:
        """Forget the last video: nothing is kept."""

    def boxes(self, image: Any) -> Any:
        """Where people are; (people, 4) as left, top, right, bottom."""
        return np.asarray(self._seen(image).boxes.xyxy.cpu(), np.float32).reshape(-1, 4)

    def people(self, image: Any) -> Any:
        """The joints of everybody; (people, 17, 3)."""
        return np.asarray(self._seen(image).keypoints.data.cpu(), np.float32).reshape(-1, 17, 3)

    def _seen(self, image: Any) -> Any:
        return self._model(image[..., ::-1], verbose=False)[0]


DETECTOR = UltralyticsDetector
