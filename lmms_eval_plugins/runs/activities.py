"""Which activity an identification task said that each video shows, for decoders that have habits by activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmms_eval_plugins.assessments.methods import IdentificationMethod
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.listing import listed
from lmms_eval_plugins.runs.data_frames.read import sources_at
from lmms_eval_plugins.runs.find import find_all


def said_activities(paths: Sequence[str]) -> Mapping[str, str] | None:
    """Video → activity, from runs or logs of identification tasks; None where no path is given.

    A video with an unreadable answer has no activity. Of several runs about a video the last counts.

    Raises:
        UserError: a path cannot be read, or none is of an identification task.
    """
    if not paths:
        return None
    errors: list[str] = []
    said: dict[str, str] = {}
    for path in find_all(paths, errors):
        for _, source in sources_at(path, False, None):
            if isinstance(source.method, IdentificationMethod):
                for video in source.videos:
                    answer = video.asked.windows[0].answers.get(source.method.activity) if video.asked.windows else None
                    if isinstance(answer, str):
                        said[video.asked.video_id] = answer
    if errors:
        raise UserError(errors[0])
    if not said:
        raise UserError(f"{listed(paths)}: no answers to an identification task, so no activities to decode by")
    return said
