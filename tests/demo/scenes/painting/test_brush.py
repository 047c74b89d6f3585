"""Shapes on a canvas."""

from __future__ import annotations

import numpy as np
import pytest

from lmms_eval_plugins.demo.scenes.painting.brush import Canvas, shaded
from lmms_eval_plugins.demo.scenes.subjects import make_subject


def test_a_disc_is_centred_on_its_pixel() -> None:
    canvas = Canvas.blank(make_subject(0, 0).visit)
    canvas.disc((100.0, 50.0), 8.0, (200, 200, 200))
    weight = canvas.picture()[..., 1].astype(float)
    rows, columns = np.indices(weight.shape)
    assert (columns * weight).sum() / weight.sum() == pytest.approx(100, abs=0.06)
    assert (rows * weight).sum() / weight.sum() == pytest.approx(50, abs=0.06)


def test_limbs_that_point_at_the_camera_are_discs() -> None:
    canvas = Canvas.blank(make_subject(0, 0).visit)
    canvas.limb(np.array([100.0, 100.0]), np.array([101.0, 100.0]), 20.0, 10.0, (200, 120, 80))
    painted = np.argwhere(canvas.picture().any(axis=2))
    assert np.ptp(painted, axis=0) == pytest.approx([40, 40], abs=2)


def test_shades() -> None:
    assert shaded((100, 50, 0), 0.5) == (50, 25, 0)
    assert shaded((100, 50, 0), 2.0) == (255, 255, 255)
