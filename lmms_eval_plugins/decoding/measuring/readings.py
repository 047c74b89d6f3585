"""What decoders read of videos, by decoders that saw neither the video's patient nor one who is to be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.clock import Floats
from lmms_eval_plugins.decoding.decoder import Decoder
from lmms_eval_plugins.decoding.posterior import Posterior, draw_posteriors
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo

Flags = npt.NDArray[np.bool_]

FEWEST = 3
"""So many labelled patients, without the one who is measured, are needed: two to fit on, one to be measured."""

MOST_GROUPS = 10
"""More patients than that are left out in groups: the decoders to fit grow with the square of their number."""

_ADDED = 0.1
"""Added to a mean count, or to a mean of seconds, before its logarithm is taken.

So little that a video in which the decoder sees nothing of a label differs from one in which it may see one."""


@dataclass(frozen=True, slots=True)
class Doses:
    """Doses of some videos.

    Attributes:
        counts: how often each label occurs; (videos, labels).
        total: how often all labels occur; (videos,). It is estimated by itself: the counts need not sum to it.
        seconds: for how long each label lasts, in seconds; (videos, labels).
    """

    counts: Floats
    total: Floats
    seconds: Floats

    def part(self, chosen: Flags) -> Doses:
        """Return the doses of the chosen videos; (videos,) of bool."""
        return Doses(self.counts[chosen], self.total[chosen], self.seconds[chosen])

    def columns(self) -> Floats:
        """Return counts, total and seconds side by side; (videos, 2 · labels + 1)."""
        return np.concatenate([self.counts, self.total[:, None], self.seconds], axis=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decoder's posterior says of some videos.

    Attributes:
        logs: the logarithms of the mean counts and of the mean seconds of each label; (ways, videos, 2 · labels). There
            is a way with habits pooled over activities, and one by activity where the decoder has such habits.
        spread: standard deviation of the number of all labels, over their mean number and 1; (videos,).
    """

    logs: Floats
    spread: Floats

    @classmethod
    def of(cls, decoder: Decoder, videos: Sequence[AnsweredVideo[Timeline]], seed: int) -> Reading:
        """Read videos; ValueError where one has no windows."""
        pooled = draw_posteriors(replace(decoder, habits_by_activity={}), videos, seed=seed)
        ways = [pooled, *([draw_posteriors(decoder, videos, seed=seed)] if decoder.habits_by_activity else [])]
        totals = [own.counts.sum(axis=1) for own in pooled]
        spread = np.array([total.std() / (total.mean() + 1) for total in totals])
        return cls(np.stack([_logs(way, 2 * len(decoder.labels)) for way in ways]), spread)

    @classmethod
    def joined(cls, parts: Sequence[Reading]) -> Reading:
        """Return the readings of several lots of videos as of one."""
        return cls(np.concatenate([own.logs for own in parts], axis=1), np.concatenate([own.spread for own in parts]))

    @classmethod
    def mean(cls, models: Sequence[Reading]) -> Reading:
        """Return what several models say of the same videos, each with the same weight."""
        return cls(np.mean([own.logs for own in models], axis=0), np.mean([own.spread for own in models], axis=0))

    @property
    def doses(self) -> Doses:
        """The mean counts and seconds themselves, the mean of all ways of their logarithms."""
        means = np.maximum(0.0, np.exp(self.logs.mean(axis=0)) - _ADDED)
        n = means.shape[1] // 2
        return Doses(means[:, :n], means[:, :n].sum(axis=1), means[:, n:])

    def part(self, chosen: Flags) -> Reading:
        """Return the readings of the chosen videos; (videos,) of bool."""
        return Reading(self.logs[:, chosen], self.spread[chosen])


def _logs(posteriors: Sequence[Posterior], n_columns: int) -> Floats:
    means = [np.concatenate([own.counts.mean(axis=0), own.seconds.mean(axis=0)]) for own in posteriors]
    logs: Floats = np.log(np.array(means).reshape(len(means), n_columns) + _ADDED)
    return logs


class Readings:
    """Readings of the training videos by decoders that leave groups of patients out; each decoder is fitted once.

    Attributes:
        videos: the videos that teach: those of labelled patients with a truth.
        groups: patients that are left out together; one each up to `MOST_GROUPS`.
    """

    def __init__(
        self, videos: Sequence[AnsweredVideo[Timeline]], training: Training, *, by_activity: bool, seed: int
    ) -> None:
        """Prepare the videos of a training.

        Args:
            videos: the videos that the training was made of; those without a truth, or that it left out, teach nothing.
            training: the training.
            by_activity: whether decoders have habits by activity, too.
            seed: seed of all samples.
        """
        known = set(training.patients)
        self._training, self._by_activity, self._seed = training, by_activity, seed
        self.videos = [video for video in videos if video.truth is not None and video.patient in known]
        everybody = sorted({video.patient for video in videos})
        n = min(len(everybody), MOST_GROUPS)
        self.groups = [own for start in range(n) if (own := [p for p in everybody[start::n] if p in known])]
        self._decoders: dict[tuple[str, ...], Decoder] = {}

    def group_of(self, patient: str) -> tuple[str, ...]:
        """Return the patients who are left out with one; nobody else for one who is not labelled."""
        return next((tuple(own) for own in self.groups if patient in own), (patient,))

    def others(self, left_out: Sequence[str]) -> tuple[str, ...]:
        """Return the labelled patients without some.

        Raises:
            UserError: they are fewer than `FEWEST`.
        """
        others = tuple(patient for patient in self._training.patients if patient not in left_out)
        if len(others) < FEWEST:
            whom = f" besides {left_out[0]}" if left_out else ""
            raise UserError(
                f"labels of {len(others)} patient{'s' * (len(others) != 1)}{whom}: measuring learns from at least"
                f" {FEWEST} others, how far off it is too; give a decoder that is calibrated elsewhere (--decoder FILE)"
            )
        return others

    def decoder(self, patients: tuple[str, ...]) -> Decoder:
        """Return the decoder that was fitted on the labels of some patients."""
        if patients not in self._decoders:
            self._decoders[patients] = self._training.fit(patients, by_activity=self._by_activity, seed=self._seed)
        return self._decoders[patients]

    def of_training(self, left_out: Sequence[str]) -> tuple[list[AnsweredVideo[Timeline]], Reading]:
        """Return the training videos of all but some patients, each read by a decoder without its patient.

        Raises:
            UserError: the others are too few.
        """
        others = self.others(left_out)
        videos: list[AnsweredVideo[Timeline]] = []
        read: list[Reading] = []
        for group in self.groups:
            own = [video for video in self.videos if video.patient in group and video.patient in others]
            if own:
                rest = tuple(patient for patient in others if patient not in group)
                videos += own
                read.append(Reading.of(self.decoder(rest), own, self._seed))
        return videos, Reading.joined(read)
