"""Tiny random checkpoints of the architectures that transformers lists for image-text-to-text; what is known of each.

Most follow their published kin in all but size: their own configuration, network and processor classes, their own marks
around pictures, and a chat template. What `--model auto` does with them stands in docs/architectures.md, which

    python -m tests.support.architectures > docs/architectures.md

writes anew.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import getmembers, isfunction
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from tests.support.architectures import of_images, of_videos
from tests.support.architectures.parts import Made, model_class, save

_LISTED_AS = {"pixtral": "llava"}
"""Checkpoints whose architecture transformers lists by another name."""


class Architecture(NamedTuple):
    """A tiny checkpoint that can be made.

    Attributes:
        name: of the checkpoint.
        build: gives its configuration and processor.
        frames: what its processor takes the frames of a window as: a video or images.
    """

    name: str
    build: Callable[[], Made]
    frames: str

    @property
    def listed_as(self) -> str:
        """Return the model type by which transformers lists it."""
        return _LISTED_AS.get(self.name, self.name)

    def make(self, folder: Path, seed: int = 0) -> Path:
        """Save the checkpoint in a folder."""
        return save(folder, self.build(), model_class(self.listed_as), seed)


def _in(module: ModuleType, frames: str) -> dict[str, Architecture]:
    return {
        name: Architecture(name, build, frames)
        for name, build in getmembers(module, isfunction)
        if build.__module__ == module.__name__ and not name.startswith("_")
    }


ARCHITECTURES = dict(sorted((_in(of_images, "images") | _in(of_videos, "video")).items()))
"""By name."""
