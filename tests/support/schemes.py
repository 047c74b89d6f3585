"""A tiny dataset with labels of its own in place of the five primitives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, write_labels
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import SCHEME_NAME, Scheme, SchemeLabel
from lmms_eval_plugins.domain.timeline import Timeline
from tests.conftest import HEIGHT, WIDTH, write_video

FPS, PER_WINDOW = 30, 16
"""Frames of a second, and of a window of 8 at 15 frames per second."""

OWN_LABELS = ("reach", "grasp", "carry", "let go", "rest")

OWN_SCHEME = """\
name: pick and place
about: What a hand does with an object, as another group labels it.
labels:
  reach: {colour: "#1B9E77", motion: true}
  grasp: {colour: "#D95F02", grasp: true}
  carry: {colour: "#7570B3", motion: true, grasp: true, words: [transport]}
  let go: {colour: "#E7298A", motion: true, words: [release]}
  rest: {colour: "#A6761D"}
"""


def make_scheme(labels: str, name: str = "own") -> Scheme:
    """Make a scheme of labels with their meaning: ``reach:m grasp:g carry:mg rest``."""
    parts = [part.partition(":") for part in labels.split()]
    return Scheme(
        name=name,
        labels={
            label: SchemeLabel(colour="#112233", motion="m" in meaning, grasp="g" in meaning)
            for label, _, meaning in parts
        },
    )


_PLACES: Sequence[tuple[str, tuple[int, ...]]] = (
    ("P01", (2, 2, 1, 3, 2, 4, 2, 1, 2, 1)),
    ("P02", (1, 1, 1, 4, 2, 5, 1, 1, 3, 1)),
    ("P03", (3, 2, 2, 2, 1, 5, 2, 1, 1, 1)),
    ("P04", (2, 1, 1, 5, 1, 4, 1, 2, 2, 1)),
)
"""Patient, and how many windows each label lasts; labels change where windows do, so that each window has one."""

_CYCLE = ("rest", "reach", "grasp", "carry", "let go")


def make_own_dataset(folder: Path, scheme: str = OWN_SCHEME) -> Path:
    """Make a folder with four labelled videos of four patients, and the scheme of their labels."""
    trials = []
    for number, (patient, lasting) in enumerate(_PLACES):
        starts = [0, *accumulate(lasting)]
        n_frames = PER_WINDOW * starts[-1]
        path = write_video(folder / patient / f"{patient}_feeding1_1.mp4", n_frames, FPS, shade=60 * number)
        labels = path.with_suffix(".csv")
        marks = [(_CYCLE[i % len(_CYCLE)], round(start * PER_WINDOW / FPS, 3)) for i, start in enumerate(starts[:-1])]
        write_labels(labels, LabelledHand("right", Timeline.from_marks(marks, n_frames / FPS)))
        trials.append(
            Trial(
                video_id=path.stem,
                path=path,
                patient=patient,
                cohort="mild",
                activity="feeding",
                hand="right",
                fps=FPS,
                n_frames=n_frames,
                duration_s=n_frames / FPS,
                width=WIDTH,
                height=HEIGHT,
                labels=labels,
            )
        )
    write_manifest(folder / MANIFEST_NAME, trials)
    (folder / SCHEME_NAME).write_text(scheme, encoding="utf-8")
    return folder
