"""Labelled videos, made ready once to fit decoders on any choice of their patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.clock import Clock, Floats, cut_into_ticks
from lmms_eval_plugins.decoding.decoder import Decoder, choose_paths, make_chain
from lmms_eval_plugins.decoding.evidence import Evidence, EvidenceFitter
from lmms_eval_plugins.decoding.experts import Expert, learn_trust
from lmms_eval_plugins.decoding.features import AnswerCode, answer_forms
from lmms_eval_plugins.decoding.habits import Habits
from lmms_eval_plugins.domain.sequences import edit_score
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo

WEIGHTS = (0.0, 0.5, 1.0)
"""The weights of the evidence that are tried: none, half, and as if windows were independent."""

FOLDS = 3
"""Parts of the training patients, each in turn kept apart while weights are tried."""

TRIAL_SAMPLES = 16
"""Posterior samples per video while weights are tried."""

SHARED = 0.05
"""What a video of another activity counts for the habits of an activity."""


class Training:
    """Labelled videos to learn from.

    Attributes:
        patients: whose videos they are, in order of their names.
    """

    def __init__(self, videos: Sequence[AnsweredVideo[Timeline]], questions: Sequence[Sequence[str]]) -> None:
        """Make ready the videos that have a truth; those without are looked at for the form of answers only.

        Args:
            videos: the videos.
            questions: for each model whose answers the videos have, ids of the questions whose answers count.

        Raises:
            UserError: a video has no windows.
        """
        if empty := next((video for video in videos if not video.windows), None):
            raise UserError(f"{empty.video_id}: no windows were asked about, so there is nothing to decode")
        known = [(video, video.truth) for video in videos if video.truth is not None]
        self._videos = [video for video, _ in known]
        self.patients = tuple(sorted({video.patient for video in self._videos}))
        if not self._videos:
            return
        answers = [video.windows for video in videos]
        self._clock = Clock.from_windows(answers)
        self._truths = [truth for _, truth in known]
        self._ticks = [cut_into_ticks(video.windows, self._clock) for video in self._videos]
        self._labels = [ticks.labels(truth) for ticks, truth in zip(self._ticks, self._truths, strict=True)]
        self._habits = [Habits.from_labels(labels) for labels in self._labels]
        self._codes = [AnswerCode.from_clock(answer_forms(answers, of_model), self._clock) for of_model in questions]
        self._fitters = [
            EvidenceFitter([code.rows(ticks.answers) for ticks in self._ticks], self._ticks) for code in self._codes
        ]

    def fit(self, patients: Sequence[str], *, by_activity: bool, seed: int, with_evidence: bool = True) -> Decoder:
        """A decoder from the labels of some patients, the weight of its evidence chosen among them alone.

        In threefold cross-validation over these patients (Stone, J R Stat Soc B 1974;36:111–147) the trust in each of
        several models is the one under which the true primitives are most likely, and the weight of all evidence the
        one with the best mean edit score. A single patient's decoder trusts all models alike, at weight 1.

        Args:
            patients: some of `patients`, at least one.
            by_activity: whether each activity has habits of its own, with a share of all others'.
            seed: of the samples by which weights are tried.
            with_evidence: False for a blind decoder: its weight is 0 and need not be chosen.
        """
        trust, weight = np.full(len(self._codes), 1 / len(self._codes)), float(with_evidence)
        folds = [part for part in (patients[start::FOLDS] for start in range(FOLDS)) if part]
        if with_evidence and len(folds) > 1:
            trust, weight = self._cross_validated(folds, by_activity, seed)
        places = self._of(patients)
        return Decoder(
            clock=self._clock,
            experts=tuple(
                Expert(code, evidence, float(own))
                for code, evidence, own in zip(self._codes, self._evidence(places), trust, strict=True)
            ),
            habits=Habits.sum(self._habits[place] for place in places),
            habits_by_activity=self._of_activity(places) if by_activity else {},
            weight=weight,
            patients=tuple(patients),
        )

    def _evidence(self, places: Sequence[int]) -> list[Evidence]:
        return [fitter.fit(self._labels, places) for fitter in self._fitters]

    def _of_activity(self, places: Sequence[int]) -> dict[str, Habits]:
        whole = Habits.sum(self._habits[place] for place in places)
        own: dict[str, Habits] = {}
        for place in places:
            if activity := self._videos[place].activity:
                own[activity] = own.get(activity, Habits.empty()) + self._habits[place]
        return {activity: habits * (1 - SHARED) + whole * SHARED for activity, habits in own.items()}

    def _cross_validated(self, folds: Sequence[Sequence[str]], by_activity: bool, seed: int) -> tuple[Floats, float]:
        """The trust in each model and the weight of all evidence that are best when folds are left out in turn."""
        places: list[int] = []
        ratios: list[list[Floats]] = []
        habits: list[Habits] = []
        for fold in folds:
            left_out = self._of(fold)
            rest = self._of([patient for other in folds if other is not fold for patient in other])
            evidence = self._evidence(rest)
            pooled = Habits.sum(self._habits[place] for place in rest)
            own = self._of_activity(rest) if by_activity else {}
            for place in left_out:
                places.append(place)
                ratios.append([fitter.ratios(one, place) for fitter, one in zip(self._fitters, evidence, strict=True)])
                habits.append(own.get(self._videos[place].activity or "", pooled))
        trust = learn_trust(ratios, [self._labels[place] for place in places])
        together = [sum(t * r for t, r in zip(trust, of_video, strict=True)) for of_video in ratios]
        scores = [self._trial(places, together, habits, weight, seed) for weight in WEIGHTS]
        return trust, WEIGHTS[int(np.argmax(scores))]

    def _trial(
        self, places: Sequence[int], ratios: Sequence[Floats], habits: Sequence[Habits], weight: float, seed: int
    ) -> float:
        """The mean edit score of some videos with their evidence at a weight."""
        per_tick = weight / self._clock.ticks
        chains = [make_chain(own, habit, per_tick) for own, habit in zip(ratios, habits, strict=True)]
        names = [self._videos[place].video_id for place in places]
        paths = choose_paths(chains, names, "mbr", seed, TRIAL_SAMPLES)
        return float(
            np.mean(
                [
                    edit_score(self._ticks[place].timeline(path).labels, self._truths[place].labels)
                    for place, path in zip(places, paths, strict=True)
                ]
            )
        )

    def _of(self, patients: Sequence[str]) -> list[int]:
        chosen = set(patients)
        return [place for place, video in enumerate(self._videos) if video.patient in chosen]
