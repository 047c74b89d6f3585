from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.models.server.conftest import Make
from tests.support.perturbed import perturbed_and_plain
from tests.support.requests import ask


@pytest.mark.parametrize("frames_as", ["images", "video"])
def test_a_server_is_sent_the_perturbed_frames(
    frames_as: str, make: Make, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    pairs = [*perturbed_and_plain(rows[2], rows[-6], tmp_path)]
    perturbed, plain = (ask(make(frames_as=frames_as), of_kind) for of_kind in zip(*pairs, strict=True))
    assert perturbed == plain and len({*perturbed}) == len(pairs)
