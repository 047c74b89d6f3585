"""MediaPipe's pose solution: one person, 33 landmarks; its models are part of the package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

import mediapipe as mp
import numpy as np
import numpy.typing as npt

ONE_PERSON = True
"""Whether the detector finds one person only, so that it gets the patient's part of a picture."""

_LANDMARKS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""MediaPipe's landmark for each joint of the COCO layout."""

_BODY_OF_FACE = (3.0, 1.5, 7.0)
"""Extent of a seated body in widths of its face: to each side, above and below the face's centre."""

_HEAD_OF_FACE = (0.3, 0.55, 0.2)
"""Extent of a head beyond the box of its face, which ends at brows and chin: to each side in widths of the face, above
and below in its heights."""

_PARTS = ((0.0, 0.0), (0.4, 0.0), (0.0, 0.4), (0.4, 0.4))
_PART, _SMALL, _SURE = 0.6, 0.1, 0.75
"""Parts of a picture in which small heads are looked for, by left and top, and their size, as shares of its own.

The model sees 192 pixels across, in which a face that is small in the picture is too small. What it takes for a face in
a part counts where it is narrower than a tenth of it, since the whole picture shows wider ones, and where the model is
sure: in parts it often takes hands for faces."""


class MediapipeDetector:
    """A detector of people in RGB pictures."""

    version = version("mediapipe")

    def __init__(self) -> None:
        self._pose = mp.solutions.pose.Pose(model_complexity=1)
        self._faces = mp.solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.5)
        self._any_faces = mp.solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.3)

    def start(self) -> None:
        """Forget the previous video."""
        self._pose.reset()

    def boxes(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the boxes of people, found by their faces: (people, 4) as left, top, right, bottom."""
        height, width = image.shape[:2]
        found = []
        beside, above, below = _BODY_OF_FACE
        for face in self._faces.process(image).detections or ():
            box = face.location_data.relative_bounding_box
            x, y, size = (box.xmin + box.width / 2) * width, (box.ymin + box.height / 2) * height, box.width * width
            found.append((x - beside * size, y - above * size, x + beside * size, y + below * size))
        return np.array(found, np.float32).reshape(-1, 4)

    def heads(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the boxes of heads, found by their faces, doubtful ones too and some of them twice: (heads, 4)."""
        height, width = image.shape[:2]
        found = [head for head, _, _ in self._heads(image)]
        for x, y in _PARTS:
            left, top = round(x * width), round(y * height)
            part = image[top : round((y + _PART) * height), left : round((x + _PART) * width)]
            small = [head for head, share, score in self._heads(part) if share < _SMALL and score >= _SURE]
            found += [head + (left, top, left, top) for head in small]  # noqa: RUF005
        return np.array(found, np.float32).reshape(-1, 4)

    def _heads(self, image: npt.NDArray[np.uint8]) -> Iterator[tuple[npt.NDArray[np.float64], float, float]]:
        """Yield the box of each head in a picture, the width of its face as a share of the picture's, and the score."""
        height, width = image.shape[:2]
        beside, above, below = _HEAD_OF_FACE
        for face in self._any_faces.process(np.ascontiguousarray(image)).detections or ():
            box = face.location_data.relative_bounding_box
            left, right = box.xmin - beside * box.width, box.xmin + (1 + beside) * box.width
            top, bottom = box.ymin - above * box.height, box.ymin + (1 + below) * box.height
            yield np.array([left, top, right, bottom]) * (width, height, width, height), box.width, face.score[0]

    def people(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the joints of the person: (1, 17, 3), or (0, 17, 3) where there is none."""
        height, width = image.shape[:2]
        landmarks = self._pose.process(image).pose_landmarks
        if landmarks is None:
            return np.zeros((0, 17, 3), np.float32)
        points = [landmarks.landmark[place] for place in _LANDMARKS]
        joints = [(point.x * width - 0.5, point.y * height - 0.5, point.visibility) for point in points]
        return np.array([joints], np.float32)


DETECTOR = MediapipeDetector
