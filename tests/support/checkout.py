from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.dataset.trial import Trial

REPOSITORY = Path(__file__).parents[2]
CHECKOUT = REPOSITORY.parent / "shared" / "vlms4rehab"


@pytest.fixture(scope="session")
def project_selections() -> Path:
    return REPOSITORY / "tasks" / "strokerehab" / "selections.yaml"


@pytest.fixture(scope="session")
def checkout() -> Path:
    if not CHECKOUT.is_dir():
        pytest.skip(f"needs the data part of a vlms4rehab checkout at {CHECKOUT}")
    return CHECKOUT


def make_trial(video_id: str = "P1_feeding1_1", **fields: Any) -> Trial:
    values = {
        "video_id": video_id,
        "path": f"{video_id}.mp4",
        "patient": "P1",
        "fps": 30.0,
        "n_frames": 60,
        "duration_s": 2.0,
        "width": 64,
        "height": 48,
    }
    return Trial.model_validate(values | fields)
