"""YOLO pose through ultralytics, where the user has installed it; it downloads its models itself."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from ultralytics import YOLO

if TYPE_CHECKING:
    from ultralytics.engine.results import Results as UltralyticsResults

ONE_PERSON = False


class UltralyticsDetector:
    """A detector of people in RGB pictures."""

    version = version("ultralytics")

    def __init__(self) -> None:
        self._model = YOLO("yolo11m-pose.pt")

    def start(self) -> None:
        """Forget the previous video: there is no state."""

    def boxes(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the boxes of people: (people, 4) as left, top, right, bottom."""
        return np.asarray(self._detect(image).boxes.xyxy.cpu(), np.float32).reshape(-1, 4)

    def people(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the joints of all people: (people, 17, 3)."""
        return np.asarray(self._detect(image).keypoints.data.cpu(), np.float32).reshape(-1, 17, 3)

    def _detect(self, image: npt.NDArray[np.uint8]) -> UltralyticsResults:
        return self._model(image[..., ::-1], verbose=False)[0]


DETECTOR = UltralyticsDetector
