"""The runs at a path, with their answers read: one in a run folder, one or several in a published log."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.results.frames.sources import Source, source_of_log, source_of_run
from lmms_eval_plugins.results.logs import read_log
from lmms_eval_plugins.results.runs import is_run, read_run


def sources_at(path: str, split_runs: bool, reading: Policy | None) -> list[tuple[str, Source]]:
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
