"""The runs at a path, with their answers read: one in a run folder, one or several in a published log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.assessments.dose.video import DoseMethod
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.sources import ReadRun, source_of_log, source_of_run
from lmms_eval_plugins.runs.find import find_all
from lmms_eval_plugins.runs.run import is_run, read_run
from lmms_eval_plugins.study.logs import read_log


def sources_at(path: str, split_runs: bool, reading: Policy | None) -> list[tuple[str, ReadRun]]:
    """What to add to the path (nothing, or ``#1``, ``#2`` where a log holds several runs), and the run.

    Raises:
        UserError: they cannot be read.
    """
    place = Path(path)
    if is_run(place):
        return [("", source_of_run(read_run(place), reading))]
    logs = read_log(place, split_runs=split_runs)
    ends = [""] if len(logs) == 1 else [f"#{number}" for number in range(1, len(logs) + 1)]
    return [(end, source_of_log(log, reading)) for end, log in zip(ends, logs, strict=True)]


def dose_sources(
    paths: Sequence[str], errors: list[str], split_runs: bool, reading: Policy | None
) -> dict[str, ReadRun]:
    """The runs of dose tasks among some paths, by the path, to be decoded; what cannot be read is added to ``errors``.

    Args:
        paths: files, folders or patterns; a folder is searched all the way down.
        errors: what goes wrong, a line each.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read; None is the default reading.
    """
    found: dict[str, ReadRun] = {}
    for path in find_all(paths, errors):
        try:
            of_path = sources_at(path, split_runs, reading or "default")
            found |= {path + end: source for end, source in of_path if isinstance(source.method, DoseMethod)}
        except UserError as error:
            errors.append(str(error))
    return found
