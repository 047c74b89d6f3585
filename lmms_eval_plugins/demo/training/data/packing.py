"""Many questions about a window behind one encoding of its frames.

A window becomes one sequence: the tokens before the questions (visual tokens among them), then the questions with their
answers. The mask lets a question attend to the frames and to itself, and its positions continue those of the frames, so
that each question is answered as if it were the only one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

if TYPE_CHECKING:
    from transformers import Qwen2_5_VLProcessor

PATCH, MERGE, PAIR = 14, 2, 2
"""Pixels along a patch's side, patches along a cell's side, frames in a picture."""

_MEAN = torch.tensor(OPENAI_CLIP_MEAN) * 255
_STD = torch.tensor(OPENAI_CLIP_STD) * 255


def to_patches(windows: Sequence[npt.NDArray[np.uint8]], tint: Tensor | None = None) -> tuple[Tensor, tuple[int, int]]:
    """Cut windows (frames, height, width, 3) into patches (windows · pairs, rows · columns, pixels).

    Returns the patches, and the number of rows and columns.

    Args:
        windows: windows of one shape, in the size that the processor gives frames.
        tint: (windows, 3), factors on the channels; results are clipped to white.
    """
    frames = torch.from_numpy(np.stack(windows))
    count, length, height, width, _ = frames.shape
    rows, columns = height // PATCH, width // PATCH
    cells = frames.view(
        count, length // PAIR, PAIR, rows // MERGE, MERGE, PATCH, columns // MERGE, MERGE, PATCH, 3
    ).permute(0, 1, 3, 6, 4, 7, 9, 2, 5, 8)
    pixels = cells.reshape(count, -1, 3, PAIR * PATCH * PATCH).float()
    if tint is not None:
        pixels = pixels.mul_(tint[:, None, :, None]).clamp_(max=255)
    pixels = pixels.sub_(_MEAN[:, None]).div_(_STD[:, None])
    return pixels.view(count * (length // PAIR), rows * columns, -1), (rows, columns)


_VIDEO = "<|video_pad|>"


@dataclass(frozen=True, slots=True)
class Packed:
    """Windows with their questions, as the model's inputs and targets.

    Attributes:
        tokens: (windows, length), visual tokens as placeholders.
        positions: (3, windows, length): time, row, column.
        mask: (windows, 1, length, length), True where a token may attend.
        video: first visual token, and the token after the last one.
        places: (windows, answers), tokens that are followed by a token of an answer.
        targets: (windows, answers), those tokens of answers.
        weights: (windows, answers), 0 for padding.
        owners: (windows, answers), index of the question that each of them answers, −1 for padding.
        firsts: (windows, questions), index of the place that is followed by the first token of each question's answer;
            0 where a window has fewer questions.
    """

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    video: tuple[int, int]
    places: Tensor
    targets: Tensor
    weights: Tensor
    owners: Tensor
    firsts: Tensor

    def to(self, device: torch.device | str) -> Packed:
        """Return the same on a device."""
        values = (getattr(self, field.name) for field in fields(self))
        return Packed(*(value.to(device) if isinstance(value, Tensor) else value for value in values))


@dataclass(frozen=True, slots=True)
class _Row:
    """One window's sequence as it grows; ``positions`` are those after the frames, from 0 for every question."""

    tokens: list[int]
    part: list[int]
    positions: list[int]
    places: list[int]
    targets: list[int]
    owners: list[int]
    firsts: list[int]


class Packer:
    """A packer of questions behind windows of one shape.

    Args:
        processor: the model's processor.
        pairs: pairs of frames in a window.
        grid: rows and columns of patches.
        tokens_per_second: as the model's configuration has it.
    """

    def __init__(
        self, processor: Qwen2_5_VLProcessor, pairs: int, grid: tuple[int, int], tokens_per_second: int
    ) -> None:
        self._tokenizer = processor.tokenizer
        self._encoded: dict[str, tuple[int, ...]] = {}
        self._pairs, self._cells = pairs, (grid[0] // MERGE, grid[1] // MERGE)
        self._tokens_per_second = tokens_per_second
        content = [{"type": "video"}, {"type": "text", "text": "\0"}]
        whole = processor.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        shown, self._after = whole.split("\0")
        before, after = shown.split(_VIDEO)
        self._before = self._encode(before)
        n_visual = pairs * self._cells[0] * self._cells[1]
        self._shown = (*self._before, *self._encode(_VIDEO) * n_visual, *self._encode(after))
        self._video = (len(self._before), len(self._before) + n_visual)
        self._end = int(self._tokenizer.eos_token_id)

    def __call__(self, questions: Sequence[Sequence[tuple[str, str]]], fps: Sequence[float]) -> Packed:
        """Pack, for every window, questions with their answers.

        Args:
            questions: for each window, pairs of question and answer.
            fps: the frame rate that is declared for each window.
        """
        rows = [self._row(of_window) for of_window in questions]
        length = max(len(row.tokens) for row in rows)
        n_places = max(len(row.places) for row in rows)
        tokens = torch.zeros(len(rows), length, dtype=torch.long)
        part = torch.full((len(rows), length), -1)
        positions = torch.zeros(3, len(rows), length, dtype=torch.long)
        places = torch.zeros(len(rows), n_places, dtype=torch.long)
        targets, weights = torch.zeros_like(places), torch.zeros(places.shape)
        owners = torch.full_like(places, -1)
        firsts = torch.zeros(len(rows), max(len(row.firsts) for row in rows), dtype=torch.long)
        for i, (row, rate) in enumerate(zip(rows, fps, strict=True)):
            shown = self._shown_positions(rate)
            after = torch.tensor(row.positions) + shown[0, -1] + 1
            tokens[i, : len(row.tokens)] = torch.tensor(row.tokens)
            part[i, : len(row.tokens)] = torch.tensor(row.part)
            positions[:, i, : len(row.tokens)] = torch.cat([shown, after.expand(3, -1)], dim=1)
            places[i, : len(row.places)] = torch.tensor(row.places)
            targets[i, : len(row.places)] = torch.tensor(row.targets)
            weights[i, : len(row.places)] = 1.0
            owners[i, : len(row.places)] = torch.tensor(row.owners)
            firsts[i, : len(row.firsts)] = torch.tensor(row.firsts)
        return Packed(tokens, positions, _mask(part), self._video, places, targets, weights, owners, firsts)

    def _row(self, questions: Sequence[tuple[str, str]]) -> _Row:
        row = _Row(list(self._shown), [0] * len(self._shown), [], [], [], [], [])
        for number, (question, answer) in enumerate(questions, start=1):
            prompt, reply = self._encode(question + self._after), (*self._encode(answer), self._end)
            last = len(row.tokens) + len(prompt) - 1
            row.firsts.append(len(row.places))
            row.places.extend(range(last, last + len(reply)))
            row.targets.extend(reply)
            row.owners.extend([number - 1] * len(reply))
            own = (*prompt, *reply[:-1])
            row.tokens.extend(own)
            row.part.extend([number] * len(own))
            row.positions.extend(range(len(own)))
        return row

    def _encode(self, text: str) -> tuple[int, ...]:
        if text not in self._encoded:
            self._encoded[text] = tuple(self._tokenizer(text)["input_ids"])
        return self._encoded[text]

    def _shown_positions(self, fps: float) -> Tensor:
        """Return the positions of all tokens before the questions, as transformers' `get_rope_index` gives them."""
        before, (rows, columns) = len(self._before), self._cells
        step = self._tokens_per_second * PAIR / fps
        time = (torch.arange(self._pairs) * step).long()
        grid = torch.stack(torch.meshgrid(time, torch.arange(rows), torch.arange(columns), indexing="ij"))
        text = torch.arange(before).expand(3, -1)
        closing = before + max(rows, columns) + torch.arange(len(self._shown) - self._video[1]).expand(3, -1)
        return torch.cat([text, grid.reshape(3, -1) + before, closing], dim=1)


def _mask(part: Tensor) -> Tensor:
    """Return True where a token (second last axis) may attend: backwards, to the frames and to its own question."""
    length = part.shape[1]
    back = torch.ones(length, length, dtype=torch.bool).tril()
    same = (part[:, None, :] == 0) | (part[:, None, :] == part[:, :, None])
    return (back & same)[:, None]
