"""The demo model as the engine calls it: real processor, one question at a time, text and logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from lmms_eval_plugins.demo.training.config import Pictures
from lmms_eval_plugins.demo.training.data.footage import AnyFootage, film_scene, load_footage
from lmms_eval_plugins.demo.training.data.scenes import AnyScene
from lmms_eval_plugins.demo.training.data.wording import NO, YES, Kind, QuestionSubject, Wording
from lmms_eval_plugins.demo.training.scoring import first_token
from lmms_eval_plugins.domain.vocabulary import Hand

if TYPE_CHECKING:
    from transformers import BatchFeature, Qwen2_5_VLProcessor

_MOST_TOKENS = 16


def shoot(scene: AnyScene) -> AnyFootage:
    """Film one scene and return it as the model will see it."""
    with TemporaryDirectory() as folder:
        film_scene(Path(folder), scene)
        return load_footage(Path(folder), scene)


def question_text(wording: Wording, kind: Kind, hand: Hand) -> str:
    """Return the question about a hand in the words of the first task that has it, or its first paraphrase."""
    return (*wording.of_tasks[kind], *wording.paraphrases[kind])[0].render(QuestionSubject(hand))


def engine_inputs(
    processor: Qwen2_5_VLProcessor,
    pictures: Pictures,
    frames: npt.NDArray[np.uint8],
    questions: Sequence[str],
    fps: float,
) -> BatchFeature:
    """Return the model's inputs for questions about one window, as the engine makes them."""
    count = len(frames)
    messages = [
        {"role": "user", "content": [{"type": "video"}, {"type": "text", "text": question}]} for question in questions
    ]
    metadata = {"fps": fps, "total_num_frames": count, "frames_indices": list(range(count))}
    return processor(
        text=[processor.apply_chat_template([one], tokenize=False, add_generation_prompt=True) for one in messages],
        videos=[list(frames)] * len(questions),
        video_metadata=[metadata] * len(questions),
        do_sample_frames=False,
        size={"shortest_edge": pictures.min_pixels, "longest_edge": pictures.max_pixels},
        padding=True,
        padding_side="left",
        return_tensors="pt",
    )


@dataclass(frozen=True, slots=True)
class GeneratedReply:
    """A model's reply: its text, and by how much the logit of yes is above that of no at the first token."""

    text: str
    margin: float


class Answerer:
    """A model in a folder.

    Args:
        folder: what `save_pretrained` wrote.
        pictures: what the model is shown.
    """

    def __init__(self, folder: Path, pictures: Pictures) -> None:
        loaded = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        )
        self._model = loaded.eval()
        self._processor = AutoProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        self._pictures = pictures
        self._yes, self._no = (first_token(self._processor, word) for word in (YES, NO))

    def answer(self, frames: npt.NDArray[np.uint8], questions: Sequence[str], fps: float) -> list[GeneratedReply]:
        """Answer questions about one window, (frames, height, width, 3), shown at ``fps`` frames per second."""
        inputs = engine_inputs(self._processor, self._pictures, frames, questions, fps)
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
        return [GeneratedReply(text, margin) for text, margin in zip(texts, margins, strict=True)]
