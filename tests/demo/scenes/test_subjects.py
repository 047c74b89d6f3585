"""Synthetic subjects."""

from __future__ import annotations

from collections import Counter

from lmms_eval_plugins.demo.scenes.subjects import generator, make_subject
from lmms_eval_plugins.domain.vocabulary import (
    COHORTS,
)


def test_subjects_alternate_cohorts_and_share_both_hands() -> None:
    subjects = [make_subject(0, index) for index in range(8)]
    assert Counter(subject.cohort for subject in subjects) == dict.fromkeys(COHORTS, 2)
    assert Counter(subject.hand for subject in subjects) == {"left": 4, "right": 4}
    assert [s.code for s in subjects[:5]] == ["DC0001", "DS0001", "DS0002", "DS0003", "DC0002"]
    assert len({subject.code for subject in subjects}) == 8
    assert generator(1, 2).integers(1000) != generator(2, 1).integers(1000)
