"""The camera's projection."""

from __future__ import annotations

import numpy as np

from lmms_eval_plugins.demo.scenes.camera import camera_of
from lmms_eval_plugins.demo.scenes.subjects import make_subject


def test_points_of_the_table_project_where_they_should() -> None:
    camera = camera_of(make_subject(0, 0).visit)
    left, right, far, near, high = camera.project(
        np.array([(0.2, 0, 0.2), (-0.2, 0, 0.2), (0, 0, 0), (0, 0, 0.5), (0, 0.3, 0)])
    )
    assert left[0] > right[0]
    assert near[1] > far[1] > high[1]
    assert near[2] > far[2]
