"""Performances of the nine activities: labels, hands, objects and keypoints."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from statistics import fmean, median

import numpy as np
import pytest

from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.body import keypoints
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.scenes.motion import FPS
from lmms_eval_plugins.demo.scenes.subjects import make_subject
from lmms_eval_plugins.domain.vocabulary import (
    ACTIVITIES,
    ACTIVITY_LABELS,
    COHORTS,
    GRASP_PRIMITIVES,
    MOTION_PRIMITIVES,
    PRIMITIVES,
    Activity,
    Cohort,
)
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS
from tests.demo.conftest import Play, Played

ALL = [(index, activity) for index in range(8) for activity in EXERCISES]
SEVERITY = {cohort: [i for i in range(8) if i % 4 == rank] for rank, cohort in enumerate(COHORTS)}


def test_labels_are_the_same_on_every_machine(play: Play) -> None:
    texts = [f"{index} {activity} {play(index, activity).timeline.to_text()}" for index, activity in ALL]
    assert hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16] == "28a1566a704d859c", texts[0]
    assert texts[0].startswith(
        "0 brushing idle@0.000;reach@0.533;transport@1.367;stabilize@3.267;transport@3.700;stabilize@5.567;"
    )


def test_seeds_differ(play: Play) -> None:
    assert play(0, "RTT").timeline != play(0, "RTT", seed=1).timeline
    assert make_subject(0, 2) != make_subject(1, 2)


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_the_timeline_covers_the_video_with_known_primitives(play: Play, index: int, activity: Activity) -> None:
    played = play(index, activity)
    segments = played.timeline.segments
    assert segments[0].start_s == 0
    assert segments[-1].end_s == 20.0
    assert all(one.end_s == other.start_s for one, other in pairwise(segments))
    assert all(segment.label in PRIMITIVES and segment.duration_s >= 0.19 for segment in segments)
    assert played.performance.activity in ACTIVITY_LABELS
    assert played.performance.hand == played.subject.hand
    assert played.performance.activity in (activity, f"{activity} {played.subject.hand} side")


def test_there_are_all_nine_activities_in_order() -> None:
    assert tuple(EXERCISES) == ACTIVITIES


@pytest.mark.parametrize("index", [0, 4])
@pytest.mark.parametrize("activity", EXERCISES)
def test_a_healthy_hand_does_all_that_moves_within_10_s(play: Play, index: int, activity: Activity) -> None:
    labels = set(play(index, activity, n_frames=300).timeline.labels)
    assert {"reach", "transport", "reposition"} <= labels


def test_durations_are_about_as_in_the_study(play: Play) -> None:
    timelines = [play(index, activity).timeline for index, activity in ALL]
    counts = Counter(label for timeline in timelines for label in timeline.labels)
    assert set(counts) == set(PRIMITIVES)
    assert min(counts.values()) > 0.08 * sum(counts.values())
    durations = [segment.duration_s for timeline in timelines for segment in timeline.segments]
    assert 0.7 < median(durations) < 0.95
    assert 0.15 < fmean(duration < 0.6 for duration in durations) < 0.4
    assert fmean(duration > 5 for duration in durations) < 0.02


def test_worse_cohorts_are_slower_and_cover_less(play: Play) -> None:
    def mean_of(cohort: Cohort, measure: Callable[[Played], float]) -> float:
        return fmean(measure(play(index, activity)) for index in SEVERITY[cohort] for activity in EXERCISES)

    def count(played: Played) -> int:
        return len(played.timeline.labels)

    def peak_speed(played: Played) -> float:
        position = played.take.hands[played.performance.hand].position
        return float(np.linalg.norm(np.diff(position, axis=0), axis=1).max()) * FPS

    primitives = [mean_of(cohort, count) for cohort in COHORTS]
    assert primitives == sorted(primitives, reverse=True)
    assert mean_of("severe", count) < 0.6 * mean_of("healthy", count)
    assert mean_of("severe", peak_speed) < 0.7 * mean_of("healthy", peak_speed)


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_hands_and_objects_do_what_the_labels_say(play: Play, index: int, activity: Activity) -> None:
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
        on_table = played.take.items[played.take.items[:, first, 1] < 0.3]
        steps = np.linalg.norm(np.diff(played.take.items[:, first : last + 1], axis=1), axis=2)
        if segment.label == "transport" and segment is not played.timeline.segments[-1]:
            assert steps.sum(axis=1).max() > 0.05
        if segment.label != "transport" and len(on_table):
            assert np.linalg.norm(on_table[:, last] - on_table[:, first], axis=1).max() < 0.012


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_a_hand_is_at_the_object_that_it_takes(play: Play, index: int, activity: Activity) -> None:
    played = play(index, activity, n_frames=300)
    track = played.take.hands[played.performance.hand]
    for frame in np.flatnonzero((track.held[1:] >= 0) & (track.held[:-1] < 0)) + 1:
        item = track.held[frame]
        assert np.linalg.norm(track.position[frame] - played.take.items[item, frame - 1]) < 0.04
        assert played.take.axes[item, frame] @ played.take.axes[item, frame - 1] > 0.9


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_an_idle_hand_is_clear_of_objects(play: Play, index: int, activity: Activity) -> None:
    played = play(index, activity, n_frames=300)
    position = played.take.hands[played.performance.hand].position
    for segment in played.timeline.segments:
        if segment.label == "idle":
            frame = round((segment.start_s + segment.duration_s / 2) * FPS)
            assert np.linalg.norm(played.take.items[:, frame] - position[frame], axis=1).min() > 0.07


@pytest.mark.parametrize("index", range(8))
def test_glasses_are_worn_on_the_eyes(play: Play, index: int) -> None:
    played = play(index, "glasses")
    track, (place,), (axis,) = played.take.hands[played.performance.hand], played.take.items, played.take.axes
    eyes = (played.take.joints["left_eye"] + played.take.joints["right_eye"]) / 2
    worn = (track.held < 0) & (place[:, 1] > 0.25)
    settled = worn.copy()
    settled[20:] &= worn[:-20]
    settled[:20] = False
    assert settled.sum() > 10
    assert np.linalg.norm(place + 0.098 * axis - eyes, axis=1)[settled].max() < 0.03


def test_impaired_hands_stop_short_of_the_face(play: Play) -> None:
    def nearest(cohort: Cohort) -> float:
        return fmean(_nearest_to_nose(play(index, "drinking")) for index in SEVERITY[cohort])

    assert nearest("severe") > nearest("healthy") + 0.02


def _nearest_to_nose(played: Played) -> float:
    position = played.take.hands[played.performance.hand].position
    return float(np.linalg.norm(position - played.take.joints["nose"], axis=1).min())


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_no_object_jumps_or_sinks_into_the_table(play: Play, index: int, activity: Activity) -> None:
    played = play(index, activity)
    for item, track in zip(played.performance.scene.items, played.take.items, strict=True):
        assert np.linalg.norm(np.diff(track, axis=0), axis=1).max() * FPS < 2.0
        assert (track[:, 1] - item.height_m / 2 > -1e-9).all()


@pytest.mark.parametrize(("index", "activity"), ALL)
def test_keypoints_are_in_the_picture_and_on_the_right_side(play: Play, index: int, activity: Activity) -> None:
    played = play(index, activity)
    points = keypoints(played.take, camera_of(played.subject.visit))
    seen = points[points[..., 2] > 0]
    assert points.shape == (600, 17, 3)
    assert (seen[:, :2] >= 0).all()
    assert (seen[:, 0] <= WIDTH - 1).all()
    assert (seen[:, 1] <= HEIGHT - 1).all()
    left, right = (points[:, COCO_JOINTS.index(f"{side}_shoulder"), 0] for side in ("left", "right"))
    assert (left > right + 50).all()


def test_the_other_hand_mostly_rests(play: Play) -> None:
    for index, activity in ALL:
        played = play(index, activity)
        other = next(track for hand, track in played.take.hands.items() if hand != played.performance.hand)
        still = np.linalg.norm(np.diff(other.position, axis=0), axis=1) * FPS < 0.03
        assert still.mean() > 0.6
        assert (other.held == -1).all()
