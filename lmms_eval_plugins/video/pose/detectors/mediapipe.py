"""MediaPipe's pose solution: one person, 33 landmarks; its models come with the package."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import mediapipe as mp
import numpy as np

ONE_PERSON = True
"""It sees one person in a picture, so it is shown the patient's part of it."""

_LANDMARKS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""MediaPipe's landmark for each joint of the COCO layout."""

_BODY_OF_FACE = (3.0, 1.5, 7.0)
"""A seated body, in widths of its face: to each side, above and below the face's centre."""


class MediapipeDetector:
    """Finds people in RGB pictures."""

    version = version("mediapipe")

    def __init__(self) -> None:
        self._pose = mp.solutions.pose.Pose(model_complexity=1)
        self._faces = mp.solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.5)

    def start(self) -> None:
        """Forget the last video."""
        self._pose.reset()

    def boxes(self, image: Any) -> Any:
        """Where people are, told by their faces; (people, 4) as left, top, right, bottom."""
        height, width = image.shape[:2]
        found = []
        beside, above, below = _BODY_OF_FACE
        for face in self._faces.process(image).detections or ():
            box = face.location_data.relative_bounding_box
            x, y, size = (box.xmin + box.width / 2) * width, (box.ymin + box.height / 2) * height, box.width * width
            found.append((x - beside * size, y - above * size, x + beside * size, y + below * size))
        return np.array(found, np.float32).reshape(-1, 4)

    def people(self, image: Any) -> Any:
        """The joints of the person; (1, 17, 3), or (0, 17, 3) where there is none."""
        height, width = image.shape[:2]
        landmarks = self._pose.process(image).pose_landmarks
        if landmarks is None:
            return np.zeros((0, 17, 3), np.float32)
        points = [landmarks.landmark[place] for place in _LANDMARKS]
        joints = [(point.x * width - 0.5, point.y * height - 0.5, point.visibility) for point in points]
        return np.array([joints], np.float32)


DETECTOR = MediapipeDetector
