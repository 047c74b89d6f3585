"""Asking a finished model the way the engine does: real processor, one question at a time, logits or words.

:mod:`scoring` computes the same numbers faster, for training; this is what they are checked against.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from lmms_eval_plugins.assessments.dose.gold import centre_label
from lmms_eval_plugins.dataset.labels import read_labels
from lmms_eval_plugins.dataset.manifest import (
    FMA_MANIFEST_NAME,
    FMA_SCORES_NAME,
    MANIFEST_NAME,
    read_fma_manifest,
    read_item_scores,
    read_manifest,
)
from lmms_eval_plugins.demo.training.architecture import load_model, load_processor
from lmms_eval_plugins.demo.training.config import Pictures
from lmms_eval_plugins.demo.training.data.asks import TrainingQuestion
from lmms_eval_plugins.demo.training.data.words import (
    HAND_KINDS,
    ITEM_KINDS,
    KINDS,
    LAST_SINGLE_ITEM,
    NO,
    YES,
    Kind,
    QuestionSubject,
    Wording,
    answer_of_score,
    answer_words,
    load_wording,
)
from lmms_eval_plugins.demo.training.scoring import DemoModelScore, TalliedReply, Tally, first_token
from lmms_eval_plugins.domain.timeline import without_repeats
from lmms_eval_plugins.domain.vocabulary import Hand, activity_of
from lmms_eval_plugins.video.decode import decode_windows
from lmms_eval_plugins.video.windows import Dense, Uniform, windows

_MOST_TOKENS = 16

Frames = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class EvaluatedReply:
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

    def ask(self, frames: Frames, questions: Sequence[str], fps: float) -> list[EvaluatedReply]:
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
        return [EvaluatedReply(text, margin) for text, margin in zip(texts, margins, strict=True)]

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


@dataclass(frozen=True, slots=True)
class _Shown:
    """Frames of a dataset, how fast they follow each other, and what the tasks ask about them."""

    frames: Frames
    fps: float
    asks: list[TrainingQuestion]


def score_dataset(
    answerer: Answerer, data: Path, pictures: Pictures, wording: Wording | None = None
) -> Mapping[Kind, DemoModelScore]:
    """Ask the tasks' own questions about every window of a labelled dataset, such as a rendered demo.

    Raises:
        UserError: a manifest or a label file is not valid, or a video cannot be decoded.
    """
    wording = wording or load_wording()
    tallies: dict[Kind, Tally] = {}
    for shown in (*_of_activities(data, pictures, wording), *_of_assessment(data, pictures, wording)):
        said = answerer.ask(shown.frames, [ask.question for ask in shown.asks], shown.fps)
        for ask, one in zip(shown.asks, said, strict=True):
            digit = one.said[-1:]
            rating = int(digit) if digit.isdecimal() else None
            tallies.setdefault(ask.kind, Tally()).add(ask, TalliedReply(one.said == ask.answer, one.margin, rating))
    return {kind: tallies[kind].score() for kind in KINDS if kind in tallies}


def _of_activities(data: Path, pictures: Pictures, wording: Wording) -> Iterator[_Shown]:
    dense, uniform = (
        Dense(fps=pictures.fps, frames=pictures.frames),
        Uniform(strategy="uniform", frames=pictures.frames),
    )
    for trial in read_manifest(data / MANIFEST_NAME):
        activity = activity_of(trial.activity)
        if trial.labels is None or activity is None:
            continue
        labelled = read_labels(trial.labels)
        subject = QuestionSubject(labelled.hand)
        [(_, frames)] = decode_windows(trial.path, windows(trial.n_frames, trial.fps, uniform), trial.fps)
        yield _Shown(
            frames,
            trial.fps * (pictures.frames - 1) / (trial.n_frames - 1),
            [
                TrainingQuestion("activity", f.render(subject), f.write(activity))
                for f in wording.own("activity", subject)
            ],
        )
        for window, frames in decode_windows(trial.path, windows(trial.n_frames, trial.fps, dense), trial.fps):
            label = centre_label(labelled.timeline, window.start_s, window.end_s) or ""
            doing = ", ".join(without_repeats(labelled.timeline.overlapping(window.start_s, window.end_s).labels))
            yield _Shown(
                frames,
                pictures.fps,
                [
                    TrainingQuestion(
                        kind, form.render(subject), doing if kind == "primitives" else answer_words(kind, label)
                    )
                    for kind in HAND_KINDS
                    for form in wording.own(kind, subject)
                ],
            )


def _of_assessment(data: Path, pictures: Pictures, wording: Wording) -> Iterator[_Shown]:
    if not (data / FMA_MANIFEST_NAME).is_file():
        return
    scores = read_item_scores(data / FMA_SCORES_NAME)
    for clip in read_fma_manifest(data / FMA_MANIFEST_NAME):
        if clip.fps is None or clip.n_frames is None or clip.laterality == "H":
            continue
        timed = clip.item_low > LAST_SINGLE_ITEM
        cut = windows(
            clip.n_frames,
            clip.fps,
            Dense(fps=clip.fps, frames=pictures.frames)
            if timed
            else Uniform(strategy="uniform", frames=pictures.frames),
        )
        hand: Hand = "left" if clip.side_affected == "Left" else "right"
        place = f"{clip.affected_place.lower()} half" if clip.laterality == "B" else ""
        asks = []
        for item in clip.items:
            subject = QuestionSubject(
                hand,
                item,
                "both" if clip.laterality == "B" else "affected",
                "front" if clip.view == "F" else "side",
                place,
            )
            for form in (form for kind in ITEM_KINDS for form in wording.own(kind, subject)):
                if said := answer_of_score(form, scores[clip.patient][item]):
                    asks.append(TrainingQuestion(form.kind, form.render(subject), form.write(said)))
        for window, frames in decode_windows(clip.path, cut, clip.fps):
            if asks and len(frames) > 1:
                rate = clip.fps * (len(frames) - 1) / (window.frames[-1] - window.frames[0])
                yield _Shown(frames, rate, asks)
