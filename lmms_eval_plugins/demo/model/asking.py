"""Asking a finished model the way the engine does: real processor, one question at a time, logits or words.

:mod:`scoring` computes the same numbers faster, for training; this is what they are checked against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from lmms_eval_plugins.dataset.labels import read_labels
from lmms_eval_plugins.dataset.manifest import read_manifest
from lmms_eval_plugins.demo.model.architecture import load_model, load_processor
from lmms_eval_plugins.demo.model.config import Pictures
from lmms_eval_plugins.demo.model.scoring import SCORED, Score, first_token, score_of
from lmms_eval_plugins.demo.model.words import NO, YES, Kind, Wording, answer, load_wording
from lmms_eval_plugins.task.rows import centre_label
from lmms_eval_plugins.video.decode import decode_windows
from lmms_eval_plugins.video.windows import Dense, windows

_MOST_TOKENS = 16

Frames = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Asked:
    """A model's answer: what it says, and by how much the logit of yes is above that of no."""

    said: str
    margin: float


class Answerer:
    """A model in a folder.

    Args:
        folder: what `save_pretrained` wrote.
        pictures: what the model is shown.
    """

    def __init__(self, folder: Path, pictures: Pictures) -> None:
        self._model, self._processor = load_model(folder), load_processor(folder)
        self._pictures = pictures
        self._yes, self._no = (first_token(self._processor, word) for word in (YES, NO))

    def ask(self, frames: Frames, questions: Sequence[str], fps: float) -> list[Asked]:
        """Ask about one window, (frames, height, width, 3), shown at ``fps`` frames per second."""
        inputs = self._inputs(frames, questions, fps)
        with torch.inference_mode():
            out = self._model.generate(
                **inputs,
                max_new_tokens=_MOST_TOKENS,
                do_sample=False,
                return_dict_in_generate=True,
                output_logits=True,
            )
        texts = self._processor.batch_decode(out.sequences[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        margins = (out.logits[0][:, self._yes] - out.logits[0][:, self._no]).tolist()
        return [Asked(text, margin) for text, margin in zip(texts, margins, strict=True)]

    def _inputs(self, frames: Frames, questions: Sequence[str], fps: float) -> Any:
        count = len(frames)
        return self._processor(
            text=[self._prompt(question) for question in questions],
            videos=[list(frames)] * len(questions),
            video_metadata=[{"fps": fps, "total_num_frames": count, "frames_indices": list(range(count))}]
            * len(questions),
            do_sample_frames=False,
            size={"shortest_edge": self._pictures.min_pixels, "longest_edge": self._pictures.max_pixels},
            padding=True,
            padding_side="left",
            return_tensors="pt",
        )

    def _prompt(self, question: str) -> str:
        message = {"role": "user", "content": [{"type": "video"}, {"type": "text", "text": question}]}
        return str(self._processor.apply_chat_template([message], tokenize=False, add_generation_prompt=True))


def score_dataset(
    answerer: Answerer, data: Path, pictures: Pictures, wording: Wording | None = None
) -> Mapping[Kind, Score]:
    """Ask the tasks' own questions about every window of a labelled dataset, such as a rendered demo.

    Raises:
        UserError: the manifest or a label file is not valid, or a video cannot be decoded.
    """
    wording = wording or load_wording()
    margins: dict[Kind, list[float]] = {kind: [] for kind in SCORED}
    truth: dict[Kind, list[bool]] = {kind: [] for kind in SCORED}
    for trial in read_manifest(data / "manifest.csv"):
        if trial.labels is None:
            continue
        labelled = read_labels(trial.labels)
        cut = windows(trial.n_frames, trial.fps, Dense(fps=pictures.fps, frames=pictures.frames), trial.video_id)
        questions = [wording.asked(kind, labelled.hand) for kind in SCORED]
        for window, frames in decode_windows(trial.path, cut, trial.fps):
            label = centre_label(labelled.timeline, window)
            for kind, asked in zip(SCORED, answerer.ask(frames, questions, pictures.fps), strict=True):
                margins[kind].append(asked.margin)
                truth[kind].append(answer(kind, label) == YES)
    return {kind: score_of(margins[kind], truth[kind]) for kind in SCORED}
