"""The runs at a path with their answers: one in a run folder, one or several in a published log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import error_line
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.sources import AnyRun, DoseRun, of_family, source_of_log, source_of_run
from lmms_eval_plugins.runs.find import find_all
from lmms_eval_plugins.runs.run import is_run, read_run
from lmms_eval_plugins.study.logs import read_log


def sources_at(path: str, split_runs: bool, reading: Policy | None) -> list[tuple[str, AnyRun]]:
    """Return what to add to the path (nothing, or ``#1``, ``#2`` where a log holds several runs), and the run.

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
) -> dict[str, DoseRun]:
    """Return path → run of the dose tasks among some paths; what cannot be read is added to ``errors``.

    Args:
        paths: files, folders or patterns; a folder is searched all the way down.
        errors: what goes wrong, a line each.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read; None is the default reading.
    """
    found: dict[str, DoseRun] = {}
    for path in find_all(paths, errors):
        try:
            of_path = sources_at(path, split_runs, reading or "default")
            errors += [line for _, source in of_path for line in source.damaged]
            found |= {path + end: run for end, source in of_path if (run := of_family(source, DOSE))}
        except Exception as error:
            errors.append(error_line(error, path))
    return found
