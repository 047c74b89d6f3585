"""Training videos, prepared once to fit decoders on any choice of their patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.clock import Clock, Floats, cut_into_ticks
from lmms_eval_plugins.decoding.decoder import Decoder, choose_paths, make_chain
from lmms_eval_plugins.decoding.evidence import Evidence, EvidenceFitter, Expert, learn_trust
from lmms_eval_plugins.decoding.features import AnswerCode, answer_forms
from lmms_eval_plugins.decoding.habits import Habits
from lmms_eval_plugins.domain.sequences import edit_score
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo

WEIGHTS = (0.0, 0.5, 1.0)
"""Candidate weights of the evidence: none, half, and as if windows were independent."""

FOLDS = 3
"""Number of folds of the training patients in cross-validation."""

TRIAL_SAMPLES = 16
"""Posterior samples per video in cross-validation."""

SHARED = 0.05
"""Weight of the videos of all activities in the habits of an activity."""


class Training:
    """Labelled training videos.

    Attributes:
        patients: the patients with labelled videos, sorted.
        labels: the labels of their dataset.
    """

    def __init__(
        self,
        videos: Sequence[AnsweredVideo[Timeline]],
        questions: Sequence[Sequence[str]],
        labels: tuple[str, ...] = PRIMITIVES,
    ) -> None:
        """Prepare the videos with a truth; videos without one count for the forms of answers only.

        Args:
            videos: the videos.
            questions: for each model whose answers the videos have, the ids of the questions whose answers count.
            labels: the labels of the videos' dataset.

        Raises:
            UserError: a video has no windows.
        """
        if empty := next((video for video in videos if not video.windows), None):
            raise UserError(f"{empty.video_id}: no windows, so there is nothing to decode")
        self.labels = labels
        known = [(video, video.truth) for video in videos if video.truth is not None]
        self._videos = [video for video, _ in known]
        self.patients = tuple(sorted({video.patient for video in self._videos}))
        if not self._videos:
            return
        answers = [video.windows for video in videos]
        self._clock = Clock.from_windows(answers)
        self._truths = [truth for _, truth in known]
        self._ticks = [cut_into_ticks(video.windows, self._clock) for video in self._videos]
        self._labels = [ticks.labels(truth, labels) for ticks, truth in zip(self._ticks, self._truths, strict=True)]
        self._habits = [Habits.from_labels(own, len(labels)) for own in self._labels]
        self._codes = [AnswerCode.from_clock(answer_forms(answers, own), self._clock, labels) for own in questions]
        self._fitters = [
            EvidenceFitter([code.rows(ticks.answers) for ticks in self._ticks], self._ticks, len(labels))
            for code in self._codes
        ]

    def fit(self, patients: Sequence[str], *, by_activity: bool, seed: int, with_evidence: bool = True) -> Decoder:
        """Fit a decoder on the labels of some patients, with the weight of its evidence chosen by these alone.

        In threefold cross-validation over these patients (Stone, J R Stat Soc B 1974;36:111–147) the trust in each of
        several models is the one under which the true labels are most likely, and the weight of all evidence the
        one with the best mean edit score. A single patient's decoder trusts all models alike, at weight 1.

        Args:
            patients: at least one of `patients`.
            by_activity: whether each activity has habits of its own, with a share of all others'.
            seed: seed of the samples in cross-validation.
            with_evidence: False for a blind decoder, whose weight is 0.
        """
        trust, weight = np.full(len(self._codes), 1 / len(self._codes)), float(with_evidence)
        folds = [part for part in (patients[start::FOLDS] for start in range(FOLDS)) if part]
        if with_evidence and len(folds) > 1:
            trust, weight = self._cross_validated(folds, by_activity, seed)
        places = self._places(patients)
        return Decoder(
            clock=self._clock,
            experts=tuple(
                Expert(code, evidence, float(own))
                for code, evidence, own in zip(self._codes, self._evidence(places), trust, strict=True)
            ),
            habits=self._sum(places),
            habits_by_activity=self._habits_by_activity(places) if by_activity else {},
            weight=weight,
            patients=tuple(patients),
            labels=self.labels,
        )

    def _evidence(self, places: Sequence[int]) -> list[Evidence]:
        return [fitter.fit(self._labels, places) for fitter in self._fitters]

    def _habits_by_activity(self, places: Sequence[int]) -> dict[str, Habits]:
        whole = self._sum(places)
        own: dict[str, Habits] = {}
        for place in places:
            if activity := self._videos[place].activity:
                own[activity] = own.get(activity, Habits.empty(len(self.labels))) + self._habits[place]
        return {activity: habits * (1 - SHARED) + whole * SHARED for activity, habits in own.items()}

    def _cross_validated(self, folds: Sequence[Sequence[str]], by_activity: bool, seed: int) -> tuple[Floats, float]:
        """Return the trust in each model and the weight of the evidence that are best over left-out folds."""
        places: list[int] = []
        ratios: list[list[Floats]] = []
        habits: list[Habits] = []
        for fold in folds:
            left_out = self._places(fold)
            rest = self._places([patient for other in folds if other is not fold for patient in other])
            evidence = self._evidence(rest)
            pooled = self._sum(rest)
            own = self._habits_by_activity(rest) if by_activity else {}
            for place in left_out:
                places.append(place)
                ratios.append([fitter.ratios(one, place) for fitter, one in zip(self._fitters, evidence, strict=True)])
                habits.append(own.get(self._videos[place].activity or "", pooled))
        trust = learn_trust(ratios, [self._labels[place] for place in places])
        joint = [sum(t * r for t, r in zip(trust, own, strict=True)) for own in ratios]
        scores = [self._edit_score(places, joint, habits, weight, seed) for weight in WEIGHTS]
        return trust, WEIGHTS[int(np.argmax(scores))]

    def _edit_score(
        self, places: Sequence[int], ratios: Sequence[Floats], habits: Sequence[Habits], weight: float, seed: int
    ) -> float:
        """Return the mean edit score of some videos with their evidence at a weight."""
        per_tick = weight / self._clock.ticks
        chains = [make_chain(own, habit, per_tick) for own, habit in zip(ratios, habits, strict=True)]
        names = [self._videos[place].video_id for place in places]
        paths = choose_paths(chains, names, "mbr", (seed,), TRIAL_SAMPLES)
        return float(
            np.mean(
                [
                    edit_score(self._ticks[place].timeline(path, self.labels).labels, self._truths[place].labels)
                    for place, (path,) in zip(places, paths, strict=True)
                ]
            )
        )

    def _sum(self, places: Sequence[int]) -> Habits:
        return Habits.sum((self._habits[place] for place in places), len(self.labels))

    def _places(self, patients: Sequence[str]) -> list[int]:
        chosen = set(patients)
        return [place for place, video in enumerate(self._videos) if video.patient in chosen]
