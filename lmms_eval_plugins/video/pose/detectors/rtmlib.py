"""RTMPose through rtmlib, where the user has installed it; it downloads its models itself."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import numpy.typing as npt
from rtmlib import Body

ONE_PERSON = False


class RtmlibDetector:
    """A detector of people in RGB pictures."""

    version = version("rtmlib")

    def __init__(self) -> None:
        self._body = Body(mode="balanced", to_openpose=False, backend="onnxruntime", device="cpu")

    def start(self) -> None:
        """Forget the previous video: there is no state."""

    def boxes(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the boxes of people: (people, 4) as left, top, right, bottom."""
        return np.array(self._body.det_model(image[..., ::-1]), np.float32).reshape(-1, 4)

    def people(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the joints of all people: (people, 17, 3)."""
        points, scores = self._body(image[..., ::-1])
        joints = np.concatenate([points, np.asarray(scores)[..., None]], axis=-1)
        return np.asarray(joints, np.float32).reshape(-1, 17, 3)


DETECTOR = RtmlibDetector
