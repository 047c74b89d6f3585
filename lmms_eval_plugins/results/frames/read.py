"""The runs at a path, with their answers read: one in a run folder, one or several in a published log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.results.frames.decoders import CONTROL_END, control_of, decoded_source
from lmms_eval_plugins.results.frames.sources import Source, source_of_log, source_of_run
from lmms_eval_plugins.results.logs import read_log
from lmms_eval_plugins.results.runs import is_run, read_run
from lmms_eval_plugins.scoring.decode.leave_out import Decoding
from lmms_eval_plugins.scoring.video import DoseMethod


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


def decoded_at(
    path: str,
    split_runs: bool,
    reading: Policy | None,
    decoding: Decoding,
    activities: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, Source]]:
    """The same, decoded, and behind each run of a dose task its blind control, whose end is ``#blind``.

    Replies are read by the default reading unless another is asked for: to a decoder, what cannot be read is an answer
    of its own.

    Raises:
        UserError: they cannot be read, or cannot be decoded.
    """
    for end, source in sources_at(path, split_runs, reading or "default"):
        try:
            yield end, decoded_source(source, decoding, activities)
            if isinstance(source.method, DoseMethod) and not decoding.blind:
                yield end + CONTROL_END, control_of(source, decoding, activities)
        except UserError as error:
            raise UserError(f"{path}{end}: {error}") from error
