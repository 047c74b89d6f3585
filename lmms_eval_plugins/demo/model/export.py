"""From a trained model to a folder that can be shipped: rounded weights, processor, model card, checksums."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
import transformers
import yaml

from lmms_eval_plugins.demo.model.config import TrainingConfig
from lmms_eval_plugins.demo.model.scoring import Score
from lmms_eval_plugins.demo.model.shipped import CHECKSUMS_NAME, NAME, write_checksums
from lmms_eval_plugins.demo.model.words import Kind

CARD_NAME = "README.md"

STORED = torch.bfloat16
"""The type that weights are stored in."""

_READABLE = 0o644


def round_weights(model: Any) -> None:
    """Give the weights the values that they will have when they are stored, so that scores are those of the file."""
    with torch.no_grad():
        for weights in model.parameters():
            weights.copy_(weights.to(STORED))


def export(
    model: Any, processor: Any, config: TrainingConfig, scores: Mapping[Kind, Score], minutes: float, folder: Path
) -> Path:
    """Write a model whose weights are rounded into a folder, whole or not at all; what was there is replaced."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    transformers.utils.logging.disable_progress_bar()
    deepcopy(model).to("cpu", STORED).save_pretrained(part)
    processor.save_pretrained(part)
    (part / CARD_NAME).write_text(model_card(model, config, scores, minutes), encoding="utf-8")
    for path in part.iterdir():
        path.chmod(_READABLE)
    write_checksums(part, config.version)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return folder


def model_card(model: Any, config: TrainingConfig, scores: Mapping[Kind, Score], minutes: float) -> str:
    """What a reader should know about the weights."""
    millions = sum(weights.numel() for weights in model.parameters()) / 1e6
    scenes = config.scenes
    rows = "\n".join(
        f"| {kind} | {score.auc:.3f} | {score.accuracy:.3f} | {score.count} |" for kind, score in scores.items()
    )
    return f"""\
# {NAME}, version {config.version}

A Qwen2.5-VL of {millions:.2f} million parameters that sees the demo scenes of this project, and nothing else. Its
answers mean something on demo videos; on any other video, and so for any patient, they mean nothing.

- Class: `Qwen2_5_VLForConditionalGeneration` with `Qwen2_5_VLProcessor`; stored in bfloat16, scored in float32.
- Checksums: `{CHECKSUMS_NAME}`.

## Data

{scenes.subjects} synthetic people (seed {scenes.seed}), each in the radial tabletop task and the shelf task for
{scenes.seconds:g} s, painted and filmed by `lmms_eval_plugins.demo`. No real person, no video from elsewhere. The demo
dataset's people (seed 0) and those of the scores below (seed {scenes.held_out_seed}) are not among them.

It was asked, about windows of {config.pictures.frames} frames at {config.pictures.fps} per second: does the named hand
move, does it hold an object (in the words of the tasks and in paraphrases), and which of five primitives does it do.
The label is that of the window's centre.

## Scores

On {scenes.held_out_subjects} people it did not learn from, the tasks' own questions about the hand that exercises:

| question | area under ROC | accuracy | windows |
|---|---|---|---|
{rows}

## Limits

- It knows two exercises, one painted table, one camera across it, frames reduced to at most
  {config.pictures.max_pixels} pixels, {config.pictures.frames} frames in a window.
- It answers the questions above. To anything else it says something, and that something means nothing.
- Other frame sizes, whole videos, real people: not learned.

## How it was made

`strokerehab demo train`, {minutes:.0f} minutes, from random weights, with this configuration:

```yaml
{yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False).strip()}
```
"""
