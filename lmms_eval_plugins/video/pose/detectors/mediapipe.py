"""MediaPipe's pose solution: one person, 33 landmarks; its models are part of the package."""

from __future__ import annotations

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


class MediapipeDetector:
    """A detector of people in RGB pictures."""

    version = version("mediapipe")

    def __init__(self) -> None:
        self._pose = mp.solutions.pose.Pose(model_complexity=1)
        self._faces = mp.solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.5)

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
