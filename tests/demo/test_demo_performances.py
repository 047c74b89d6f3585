from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from statistics import fmean, median

import numpy as np
import pytest

from lmms_eval_plugins.demo.body import COCO_JOINTS, keypoints
from lmms_eval_plugins.demo.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.exercises import EXERCISES
from lmms_eval_plugins.demo.motion import FPS
from lmms_eval_plugins.demo.subjects import generator, make_subject
from lmms_eval_plugins.vocabulary import (
    ACTIVITY_LABELS,
    COHORTS,
    GRASP_PRIMITIVES,
    MOTION_PRIMITIVES,
    PRIMITIVES,
    Cohort,
)

ALL = [(index, activity) for index in range(8) for activity in EXERCISES]
SEVERITY = {cohort: [i for i in range(8) if i % 4 == rank] for rank, cohort in enumerate(COHORTS)}


def test_labels_are_the_same_on_every_machine(play: Callable) -> None:
    texts = [f"{index} {activity} {play(index, activity).timeline.to_text()}" for index, activity in ALL]
    assert hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16] == "92a9f5c571e5248f", texts[0]
    assert texts[0].startswith(
        "0 RTT idle@0.000;reach@0.867;transport@1.733;stabilize@2.667;transport@3.300;reposition@4.167;"
    )


def test_seeds_differ(play: Callable) -> None:
    assert play(0, "RTT").timeline != play(0, "RTT", seed=1).timeline
    assert make_subject(0, 2) != make_subject(1, 2)


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_the_timeline_covers_the_video_with_known_primitives(play: Callable, index: int, activity: str) -> None:
    played = play(index, activity)
    segments = played.timeline.segments
    assert segments[0].start_s == 0
    assert segments[-1].end_s == 20.0
    assert all(one.end_s == other.start_s for one, other in pairwise(segments))
    assert all(segment.label in PRIMITIVES and segment.duration_s >= 0.19 for segment in segments)
    assert played.performance.activity in ACTIVITY_LABELS
    assert played.performance.activity.split()[1] == played.performance.hand == played.subject.hand


def test_all_primitives_occur_about_as_in_the_study(play: Callable) -> None:
    timelines = [play(index, activity).timeline for index, activity in ALL]
    counts = Counter(label for timeline in timelines for label in timeline.labels)
    assert set(counts) == set(PRIMITIVES)
    assert all(counts[primitive] > 40 for primitive in ("idle", "reach", "transport", "reposition"))
    assert counts["stabilize"] > 10
    healthy = [play(index, activity).timeline for index in SEVERITY["healthy"] for activity in EXERCISES]
    assert all(12 <= len(timeline.labels) <= 28 for timeline in healthy)
    assert 0.7 < median(s.duration_s for timeline in healthy for s in timeline.segments) < 1.0


def test_worse_cohorts_are_slower_and_cover_less(play: Callable) -> None:
    def mean_of(cohort: Cohort, measure: Callable) -> float:
        return fmean(measure(play(index, activity)) for index in SEVERITY[cohort] for activity in EXERCISES)

    def count(played: object) -> int:
        return len(played.timeline.labels)  # type: ignore[attr-defined]

    def peak_speed(played: object) -> float:
        position = played.take.hands[played.performance.hand].position  # type: ignore[attr-defined]
        return float(np.linalg.norm(np.diff(position, axis=0), axis=1).max()) * FPS

    primitives = [mean_of(cohort, count) for cohort in COHORTS]
    assert primitives == sorted(primitives, reverse=True)
    assert mean_of("severe", count) < 0.6 * mean_of("healthy", count)
    assert mean_of("severe", peak_speed) < 0.7 * mean_of("healthy", peak_speed)


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_hands_and_objects_do_what_the_labels_say(play: Callable, index: int, activity: str) -> None:
    played = play(index, activity)
    track = played.take.hands[played.performance.hand]
    labels = [played.timeline.at(frame / FPS + 6e-4) for frame in range(600)]
    assert [bool(held >= 0) for held in track.held] == [label in GRASP_PRIMITIVES for label in labels]
    within = np.array([labels[i] == labels[i + 1] for i in range(599)])
    moving = np.array([label in MOTION_PRIMITIVES for label in labels[:-1]])
    speed = np.linalg.norm(np.diff(track.position, axis=0), axis=1) * FPS
    assert speed[within & moving].mean() > 2.5 * speed[within & ~moving].mean()
    item_speed = np.linalg.norm(np.diff(played.take.items, axis=1), axis=2).max(axis=0) * FPS
    carried = np.array([label == "transport" for label in labels[:-1]])
    assert item_speed[within & carried].mean() > 0.05
    for segment in played.timeline.segments:
        first, last = round(segment.start_s * FPS), round(segment.end_s * FPS) - 1
        path = np.linalg.norm(played.take.items[:, last] - played.take.items[:, first], axis=1).max()
        if segment.label == "transport" and segment is not played.timeline.segments[-1]:
            assert path > 0.05
        if segment.label != "transport":
            assert path < 0.012


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_no_object_jumps_or_sinks_into_the_table(play: Callable, index: int, activity: str) -> None:
    played = play(index, activity)
    for item, track in zip(played.performance.scene.items, played.take.items, strict=True):
        assert np.linalg.norm(np.diff(track, axis=0), axis=1).max() * FPS < 2.0
        assert (track[:, 1] - item.height_m / 2 > -1e-9).all()


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_keypoints_are_in_the_picture_and_on_the_right_side(play: Callable, index: int, activity: str) -> None:
    played = play(index, activity)
    points = keypoints(played.take, camera_of(played.subject.visit))
    seen = points[points[..., 2] > 0]
    assert points.shape == (600, 17, 3)
    assert (seen[:, :2] >= 0).all()
    assert (seen[:, 0] <= WIDTH - 1).all()
    assert (seen[:, 1] <= HEIGHT - 1).all()
    left, right = (points[:, COCO_JOINTS.index(f"{side}_shoulder"), 0] for side in ("left", "right"))
    assert (left > right + 50).all()


def test_the_other_hand_mostly_rests(play: Callable) -> None:
    for index, activity in ALL:
        played = play(index, activity)
        other = next(track for hand, track in played.take.hands.items() if hand != played.performance.hand)
        still = np.linalg.norm(np.diff(other.position, axis=0), axis=1) * FPS < 0.03
        assert still.mean() > 0.6
        assert (other.held == -1).all()


def test_subjects_alternate_cohorts_and_share_both_hands() -> None:
    subjects = [make_subject(0, index) for index in range(8)]
    assert Counter(subject.cohort for subject in subjects) == dict.fromkeys(COHORTS, 2)
    assert Counter(subject.hand for subject in subjects) == {"left": 4, "right": 4}
    assert [s.code for s in subjects[:5]] == ["DC0001", "DS0001", "DS0002", "DS0003", "DC0002"]
    assert len({subject.code for subject in subjects}) == 8
    assert generator(1, 2).integers(1000) != generator(2, 1).integers(1000)
