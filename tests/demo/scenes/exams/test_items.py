"""Scores of the filmed items."""

from __future__ import annotations

from collections import Counter

import numpy as np

from lmms_eval_plugins.demo.scenes.exams.items import ITEMS, item_scores


class TestScores:
    def test_eight_subjects_show_every_level_of_every_item(self) -> None:
        for seed in range(6):
            for first in (0, 8):
                all_scores = [item_scores(seed, index) for index in range(first, first + 8)]
                assert all({scores[item] for scores in all_scores} == {0, 1, 2} for item in ITEMS)

    def test_levels_are_frequent_and_follow_the_cohort(self) -> None:
        counts = Counter(score for index in range(200) for score in item_scores(1, index).values())
        assert all(counts[level] > 0.15 * counts.total() for level in (0, 1, 2))
        means = [
            np.mean([list(item_scores(1, index).values()) for index in range(place, 200, 4)]) for place in range(4)
        ]
        assert means == sorted(means, reverse=True)
        assert means[0] > 1.9
        assert means[3] < 0.4

    def test_no_stroke_patient_scores_the_same_everywhere(self) -> None:
        for index in range(100):
            assert index % 4 == 0 or len(set(item_scores(0, index).values())) > 1

    def test_scores_are_the_same_every_time(self) -> None:
        assert item_scores(3, 5) == item_scores(3, 5)
        assert item_scores(3, 5) != item_scores(4, 5)
        assert tuple(item_scores(0, 0)) == ITEMS == (5, 10, 13, 15, 16, 20, 24, 25, 31, 32, 33)
