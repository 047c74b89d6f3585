from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.assessments.dose.stopwatch import DoseByDuration, TimedVideo, counts_by_stopwatch
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.domain.sequences import count_labels
from lmms_eval_plugins.domain.timeline import without_repeats
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.statistics.summary import mean_sem


def timed(patient: str, duration_s: float, reach: int, activity: str | None = None) -> TimedVideo:
    return TimedVideo(patient, duration_s, activity, {"reach": reach})


def test_counts_grow_with_the_duration() -> None:
    videos = [timed("A", 10, 4), timed("B", 20, 8), timed("C", 40, 17)]
    stopwatch = DoseByDuration.fit(videos, labels=("reach",))
    assert [stopwatch.count(seconds)["reach"] for seconds in (10, 20, 40)] == [4, 8, 17]


def test_activities_have_constants_of_their_own_and_an_unknown_one_that_of_all() -> None:
    videos = [timed("A", 10, 2, "combing"), timed("B", 10, 2, "combing"), timed("A", 10, 8, "feeding")]
    stopwatch = DoseByDuration.fit(videos, by_activity=True, labels=("reach",))
    assert stopwatch.count(10, "combing") == {"reach": 2}
    assert stopwatch.count(10, "feeding") == {"reach": 8}
    assert 2 < stopwatch.count(10, "glasses")["reach"] < 8


def test_a_patient_is_counted_by_the_videos_of_others() -> None:
    videos = [timed("A", 10, 100), timed("A", 10, 100), timed("B", 10, 3), timed("C", 10, 3)]
    counted = counts_by_stopwatch(videos, labels=("reach",))
    assert counted[0] == {"reach": 3}
    assert counted[2] != {"reach": 3}


def test_nobody_else_gives_no_counts() -> None:
    assert counts_by_stopwatch([timed("A", 10, 3)], labels=("reach",)) == [None]
    with pytest.raises(ValueError, match="at least one"):
        DoseByDuration.fit([TimedVideo("A", 10.0)])


def test_the_study(published: Path) -> None:
    """The values that the issue of controls states: .60 by duration, .471 ± .05 by duration and activity."""
    folder = published / "logs/strokerehab_primitives_3_all_models/longva_7b"
    (source,) = dose_sources([str(folder)], [], False, None).values()
    videos = [video.answered for video in source.videos]
    true = [count_labels(without_repeats(video.truth.labels)) for video in videos if video.truth]
    errors = {}
    for by_activity in (False, True):
        known = [
            TimedVideo(video.patient, video.length_s, activity_of_label(video.activity or ""), counts)
            for video, counts in zip(videos, true, strict=True)
        ]
        counted = counts_by_stopwatch(known, by_activity=by_activity)
        errors[by_activity] = mean_sem(
            [
                sum(abs(own[label] - counts[label]) for label in own) / sum(counts.values())
                for own, counts in zip(counted, true, strict=True)
                if own
            ]
        )
    assert list(errors[False]) == pytest.approx([0.597, 0.077], abs=5e-4)
    assert list(errors[True]) == pytest.approx([0.470, 0.050], abs=5e-4)
