"""The table of architectures: docs/architectures.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from transformers import __version__
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from tests.support.architectures import ARCHITECTURES
from tests.support.architectures.others import CANNOT, NOT_TRIED, REMARKS

PAGE = Path(__file__).parents[3] / "docs" / "architectures.md"

_HEAD = """\
# Architectures

What `--model auto` ([any checkpoint](any-checkpoint.md)) does with each of the {listed} architectures that
transformers {version} lists for image-text-to-text. `python -m tests.support.architectures` writes this page, and a
test keeps it up to date.

## Tried

{tried} checkpoints of {architectures} architectures: tiny ones with random weights, made of each architecture's own
configuration, network and processor classes. About windows of one, three and eight frames, to closed and open
questions, `auto` replies what transformers' documented usage replies (`generate`, question by question): the same
words, and log-probabilities within 0.0001. How well an architecture answers is no matter of this table: a random
network knows nothing.

*Shares the prefix*: a window goes through the network once, and its questions go on from there; otherwise each question
takes its window through the network by `generate`. Whether a checkpoint shares it is tried again in each run, on its
first windows of every size.

| architecture | shares the prefix | frames as | remark |
|---|---|---|---|
"""

_CANNOT = """
## Cannot be asked

| architecture | why |
|---|---|
"""

_NOT_TRIED = """
## Not tried

They may work: `auto` tries what it does with any checkpoint, and says in one line what fails.

| architecture | remark |
|---|---|
"""


def row_of(name: str, shares_prefix: bool, frames: str) -> str:
    """Return a tiny checkpoint's line of the table, by how it was answered."""
    listed = ARCHITECTURES[name].listed_as
    architecture = f"`{listed}`" if listed == name else f"`{listed}` ({name})"
    return f"| {architecture} | {'yes' if shares_prefix else 'no'} | {frames} | {REMARKS.get(name, '')} |"


def page(rows: Iterable[str]) -> str:
    """Return docs/architectures.md around the lines of the tiny checkpoints."""
    listed = len(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
    tried = len({architecture.listed_as for architecture in ARCHITECTURES.values()})
    head = _HEAD.format(listed=listed, version=__version__, tried=len(ARCHITECTURES), architectures=tried)
    return head + _lines(rows) + _CANNOT + _lines(_pairs(CANNOT)) + _NOT_TRIED + _lines(_pairs(NOT_TRIED))


def _pairs(remarks: Mapping[str, str]) -> list[str]:
    return [f"| `{name}` | {remark} |" for name, remark in remarks.items()]


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"{row}\n" for row in rows)
