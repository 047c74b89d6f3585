"""The stopwatch on the videos of a run: what measuring is compared with."""

from __future__ import annotations

from collections.abc import Mapping

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.measuring.instrument import MeasuredDoses
from lmms_eval_plugins.decoding.measuring.readings import Readings
from lmms_eval_plugins.decoding.measuring.stopwatch import StopwatchInstrument, fit_stopwatch
from lmms_eval_plugins.runs.data_frames.decoders import training_on, videos_of
from lmms_eval_plugins.runs.data_frames.sources import DoseRun


def measure_by_stopwatch(
    source: DoseRun,
    *,
    by_activity: bool,
    within_activity: bool = False,
    activities: Mapping[str, str] | None = None,
) -> dict[str, MeasuredDoses]:
    """Return video → its doses by a stopwatch that was fitted on the labels of all patients except its own.

    Args:
        source: the run; its videos without windows are left out, as they are where its answers are measured.
        by_activity: whether it knows what is done in a video.
        within_activity: whether intervals are as wide as errors in the activity are.
        activities: video → its activity as answered in an identification task, in place of the true one.

    Patients besides whom too few are labelled are left out.
    """
    labels = tuple(source.scheme.names)
    videos = [video for video in videos_of(source, activities) if video.windows]
    readings = Readings(videos, training_on([source]), by_activity=by_activity, seed=0)
    fitted: dict[tuple[str, ...], StopwatchInstrument] = {}
    measured: dict[str, MeasuredDoses] = {}
    for patient in dict.fromkeys(video.patient for video in videos):
        left_out = readings.group_of(patient)
        if left_out not in fitted:
            try:
                fitted[left_out] = fit_stopwatch(readings, labels, left_out, by_activity=by_activity)
            except UserError:  # the same patients cannot be measured by their answers either, which is said there
                continue
        own = [video for video in videos if video.patient == patient]
        found = fitted[left_out].measure(own, within_activity=within_activity)
        measured |= {video.video_id: one for video, one in zip(own, found, strict=True)}
    return measured
