"""The export of a trained model into a folder: rounded weights, processor, model card, checksums."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import transformers
import yaml

from lmms_eval_plugins.demo.shipped_weights import CHECKSUMS_NAME, NAME, write_checksums
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.wording import Kind
from lmms_eval_plugins.demo.training.scoring import DemoModelScore

if TYPE_CHECKING:
    from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

CARD_NAME = "README.md"

STORED = torch.bfloat16
"""The data type of the stored weights."""

_READABLE = 0o644


def round_weights(model: Qwen2_5_VLForConditionalGeneration) -> None:
    """Round the weights to the values that are stored, so that scores are those of the file."""
    with torch.no_grad():
        for weights in model.parameters():
            weights.copy_(weights.to(STORED))


def export(
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    config: TrainingConfig,
    scores: Mapping[Kind, DemoModelScore],
    effort: str,
    folder: Path,
) -> Path:
    """Write a model whose weights are rounded into a folder, whole or not at all, and return the folder.

    Args:
        model: the model.
        processor: its processor.
        config: of the training.
        scores: on held-out people.
        effort: duration of the training and its device, in words.
        folder: replaced if it is there.
    """
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    transformers.utils.logging.disable_progress_bar()
    deepcopy(model).to("cpu", STORED).save_pretrained(part)
    processor.save_pretrained(part)
    (part / CARD_NAME).write_text(model_card(model, config, scores, effort), encoding="utf-8")
    for path in part.iterdir():
        path.chmod(_READABLE)
    write_checksums(part, config.version)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return folder


def model_card(
    model: Qwen2_5_VLForConditionalGeneration,
    config: TrainingConfig,
    scores: Mapping[Kind, DemoModelScore],
    effort: str,
) -> str:
    """Return the README of the weights: data, scores, limits, configuration."""
    millions = sum(weights.numel() for weights in model.parameters()) / 1e6
    scenes = config.scenes
    rows = "\n".join(
        f"| {kind} | {_number(score.auc)} | {score.accuracy:.3f} | {_number(score.error)} | {score.count} |"
        for kind, score in scores.items()
    )
    return f"""\
# {NAME}, version {config.version}

A Qwen2.5-VL of {millions:.2f} million parameters that sees the demo scenes of this project, and nothing else. Its
answers mean something on demo videos; on any other video, and so for any patient, they mean nothing.

- Class: `Qwen2_5_VLForConditionalGeneration` with `Qwen2_5_VLProcessor`; stored in bfloat16, scored in float32.
- Checksums: `{CHECKSUMS_NAME}`.

## Data

{scenes.subjects} synthetic people (seed {scenes.seed}), each in the nine activities for {scenes.seconds:g} s, and
{scenes.examined} clips of every filmed task of a Fugl-Meyer assessment and every camera, each of another person and at
levels that have nothing to do with who it is; painted and filmed by `lmms_eval_plugins.demo`. No real person, no video
from elsewhere. The demo dataset's people (seed 0) and those of the scores below (seed {scenes.held_out_seed}) are not
among them, nor are the demo's colours.

It was asked, in the words of the tasks and in paraphrases:

- about windows of {config.pictures.frames} frames at {config.pictures.fps} per second: does the named hand move, does
  it hold an object, which of five primitives does it do (the label is that of the window's centre), and which in order;
- about {config.pictures.frames} frames from all of a video: which of nine activities is it;
- about clips of the assessment: the criteria of an item by yes or no, and its score of 0, 1 or 2.

## Scores

On people it did not learn from ({scenes.held_out_subjects} in the activities, {scenes.held_out_examined} in every task
of the assessment and camera), the tasks' own questions about the hand that exercises and the affected arm. An answer is
right if it is so word for word.

| question | area under ROC | right | mean error | answers |
|---|---|---|---|---|
{rows}

Criteria are yes/no questions about an item; ratings are its scores.

## Limits

- It knows nine activities and eight tasks of the assessment, a few painted rooms and cameras, frames reduced to at most
  {config.pictures.max_pixels} pixels, {config.pictures.frames} frames at a time.
- It answers the questions above, and does not count. To anything else it says something, and that something means
  nothing. Where a task asks for reasons it gives none, only the line with the answer.
- Other frame sizes, real people: not learned.

## How it was made

`strokerehab demo train`, {effort}, from random weights, with this configuration:

```yaml
{yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False).strip()}
```
"""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
