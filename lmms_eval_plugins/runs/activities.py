"""The activity of each video as answered in an identification task, for decoders that have habits by activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.listing import listed
from lmms_eval_plugins.runs.data_frames.read import sources_at
from lmms_eval_plugins.runs.data_frames.sources import of_family
from lmms_eval_plugins.runs.find import find_all


def answered_activities(paths: Sequence[str]) -> Mapping[str, str] | None:
    """Return video → activity, from runs or logs of identification tasks; None where no path is given.

    A video with an unreadable answer has no activity. Of several runs about a video the last counts.

    Raises:
        UserError: a path cannot be read, or none is of an identification task.
    """
    if not paths:
        return None
    errors: list[str] = []
    answered: dict[str, str] = {}
    for path in find_all(paths, errors):
        for _, source in sources_at(path, False, None):
            run = of_family(source, IDENTIFICATION)
            if run is None:
                continue
            for video in run.videos:
                answer = IDENTIFICATION.answer(run.method, video.answered)
                if isinstance(answer, str):
                    answered[video.answered.video_id] = answer
    if errors:
        raise UserError(errors[0])
    if not answered:
        raise UserError(f"{listed(paths)}: no answers to an identification task, so no activities to decode by")
    return answered
