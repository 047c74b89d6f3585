"""Decoding of videos without the labels of their own patient: leave one patient out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.decoder import Decoder, Method
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo

LABEL = "uses other patients' labels"
"""The remark on every decoded result: it is not zero-shot."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """Settings of decoding.

    Attributes:
        method: the method of decoding.
        seed: seed of the posterior samples.
        by_activity: whether each activity has habits of its own.
        blind: whether the answers are left out, as a control.
    """

    method: Method = "mbr"
    seed: int = 0
    by_activity: bool = False
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded videos.

    Attributes:
        draws: for each video, in the videos' order, its timeline by each seed.
        weights: patient → weight of the evidence in the videos of that patient, 0 to 1.
    """

    draws: tuple[tuple[Timeline, ...], ...]
    weights: Mapping[str, float]

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """One timeline per video: the one by the first seed."""
        return tuple(by_seed[0] for by_seed in self.draws)


def decode_leaving_out(
    videos: Sequence[AnsweredVideo[Timeline]],
    training: Training,
    decoding: Decoding,
    labels: Sequence[str] = PRIMITIVES,
    seeds: int = 1,
) -> Decoded:
    """Decode every video by a decoder fitted on the labels of all patients except its own.

    Evidence, habits and the weight of the evidence come from the other patients alone (nested cross-validation: Varma &
    Simon, BMC Bioinformatics 2006;7:91).

    Args:
        videos: the videos; their truth is not used.
        training: the labelled training videos, the same or others.
        decoding: the settings.
        labels: the labels of the videos' dataset.
        seeds: number of seeds, from the decoding's on; decoders are fitted once, by the first of them.

    Raises:
        UserError: there is no other patient with labels, or the videos do not fit the training videos.
    """
    draws: dict[int, tuple[Timeline, ...]] = {}
    every_seed = range(decoding.seed, decoding.seed + seeds)
    weights: dict[str, float] = {}
    fitted: dict[tuple[str, ...], Decoder] = {}
    for patient in dict.fromkeys(video.patient for video in videos):
        own = [place for place, video in enumerate(videos) if video.patient == patient]
        others = tuple(other for other in training.patients if other != patient)
        if not others:
            raise UserError(
                f"nobody else's labels to decode {patient} by: a decoder learns from other patients;"
                " give runs with at least two labelled patients, or a decoder fitted elsewhere (--fit)"
            )
        if others not in fitted:
            decoder = training.fit(
                others, by_activity=decoding.by_activity, seed=decoding.seed, with_evidence=not decoding.blind
            )
            if not fitted:
                decoder.check(videos, labels)
            fitted[others] = decoder
        weights[patient] = fitted[others].weight
        decoded = fitted[others].decode_by_seeds([videos[place] for place in own], decoding.method, every_seed)
        draws |= dict(zip(own, decoded, strict=True))
    return Decoded(tuple(draws[place] for place in range(len(videos))), weights)
