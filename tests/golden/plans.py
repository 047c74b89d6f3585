"""What ``run.json`` hashes, and the places in it, with nothing of the package's own code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE, CHECKOUT = "/data/golden", "/opt/strokerehab"
"""What stands in the fixtures for the folder that they were made in, and for the checkout."""

STAMP = "20250101_000000"

ASKED = ("task", "card", "settings", "generation", "questions", "videos")
"""The keys of ``run.json`` that say what a run asks: with the model's identity they make its plan."""


def digest(*parts: object) -> str:
    """The hash by which answers and runs are known: 32 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


_NOT_ASKED_ABOUT = ("view", "repetition")
"""What is recorded of a video, and what no request depends on."""


def plan_of(run: Mapping[str, Any]) -> str:
    """The plan hash that a finished ``run.json`` must have, from its other values."""
    made_from_task = run["card"]["fits_on_other_subjects"] or run["card"]["replays"]
    identity = run["wrapper_args"] if made_from_task else run["fingerprint"]
    videos = [
        {key: value for key, value in video.items() if key not in ("view", "repetition")} for video in run["videos"]
    ]
    asked = {**run, "videos": videos}
    return digest(identity, digest(*(asked[name] for name in ASKED)))


def neutral(text: str, folder: Path) -> str:
    """A text with neutral names for the folder of the fixtures and for the checkout."""
    return text.replace(f"{folder}/", f"{ELSEWHERE}/").replace(f"{ROOT}/", f"{CHECKOUT}/")


def here(text: str, folder: Path) -> str:
    """The reverse of `neutral`."""
    return text.replace(f"{ELSEWHERE}/", f"{folder}/").replace(f"{CHECKOUT}/", f"{ROOT}/")
