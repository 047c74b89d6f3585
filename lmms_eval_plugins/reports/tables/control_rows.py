"""The controls of the runs of a section: each different one once, named by the runs that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.reports.tables.chosen import Record, records
from lmms_eval_plugins.runs.data_frames.columns import joined_scores, typed
from lmms_eval_plugins.runs.data_frames.controls import DRAWS, ControlFrames, load_controls, load_raters
from lmms_eval_plugins.runs.data_frames.decoders import CONTROL, SEEDS

CONTROLS = (
    "Controls are about each run's own windows. Reference: the correct answers by the run's own method, which are no"
    " optimum: other answers may score more. Omniscient, as published: the study's bound. The others never see a"
    f" video and are fitted on other patients: Markov chains (means of {DRAWS} draws), one label for ever, and"
    " stopwatches, which count by a video's length (by activity: and by what is done in it) and have no timeline."
)
DECODERS = (
    f"{CONTROL.capitalize()}: what decoding makes of the windows without the answers, by the labels of other"
    f" patients (by activity: of the same activity); means of {SEEDS} seeds."
)
RATERS = (
    "Raters: what a further person labelled, scored against the truth as a model is, on the videos that this person"
    " labelled. They take no part in being best."
)


_CONTROL = "control "
"""The beginning of a control's name in tables of scores, where a run may be called `stopwatch`, too."""


@dataclass(frozen=True, slots=True)
class ControlRows:
    """The controls of some runs.

    Attributes:
        labels: control, as in ``scores`` → what its row is called; in the order of their rows.
        own: run → name of a control → that of its own windows and method, as in ``scores``.
        scores: their scores.
        timelines: their timelines.
    """

    labels: Mapping[str, str]
    own: Mapping[str, Mapping[str, str]]
    scores: pd.DataFrame
    timelines: pd.DataFrame


def control_rows(runs: pd.DataFrame, labels: Mapping[str, str], *, decoders: bool) -> ControlRows:
    """Return the controls of runs.

    Args:
        runs: their rows of the runs table.
        labels: run → what its row is called.
        decoders: with the blind decoders.

    Raises:
        UserError: a run cannot be read again.
    """

    def load(path: str) -> list[ControlFrames | None]:
        kinds = (False, True)[: 1 + decoders]
        return [load_raters(path), *(load_controls(path, decoders=kind) for kind in kinds)]

    return _rows(runs, labels, load)


def rater_rows(runs: pd.DataFrame, labels: Mapping[str, str]) -> ControlRows:
    """Return the further raters of runs alone; as `control_rows`."""
    return _rows(runs, labels, lambda path: [load_raters(path)])


def _rows(
    runs: pd.DataFrame, labels: Mapping[str, str], load: Callable[[str], Sequence[ControlFrames | None]]
) -> ControlRows:
    found: dict[str, dict[str, ControlFrames]] = {}  # name → digest of what it holds → its rows
    users: dict[tuple[str, str], list[Record]] = {}
    for run in records(runs.drop_duplicates("controls")):
        sharing = records(runs[runs["controls"] == run["controls"]])
        for frames in filter(None, load(str(run["path"]))):
            for name in frames.scores["run"].unique():
                own = _rows_of(frames, name)
                held = _digest_of(own.scores)
                found.setdefault(name, {}).setdefault(held, own)
                users.setdefault((name, held), []).extend(sharing)
    rows: dict[tuple[str, str], str] = {}
    texts: dict[str, str] = {}
    parts: list[ControlFrames] = []
    for name, several in found.items():
        ends = _told_apart([users[name, held] for held in several], labels) if len(several) > 1 else [""]
        for (held, frames), end in zip(several.items(), ends, strict=True):
            row = rows[name, held] = f"{_CONTROL}{name}{end}"
            texts[row] = name + end
            parts.append(ControlFrames(frames.scores.assign(run=row), frames.timelines.assign(run=row)))
    own_of: dict[str, dict[str, str]] = {str(run): {} for run in runs["run"]}
    for (name, held), sharing in users.items():
        for run in sharing:
            own_of[str(run["run"])][name] = rows[name, held]
    return ControlRows(
        texts,
        own_of,
        joined_scores([part.scores for part in parts] or [typed("scores", {})]),
        pd.concat([part.timelines for part in parts] or [typed("timelines", {})], ignore_index=True),
    )


def _digest_of(scores: pd.DataFrame) -> str:
    """Return the same for controls that score alike on the same videos, however many windows they have."""
    replies = [column for column in scores if str(column).startswith(("n_", "share_"))]
    return digest(scores.drop(columns=replies).sort_values("video_id").to_csv(index=False))


def _rows_of(frames: ControlFrames, name: str) -> ControlFrames:
    scores, timelines = frames.scores, frames.timelines
    return ControlFrames(scores[scores["run"] == name], timelines[timelines["run"] == name])


_WAYS: tuple[tuple[Callable[[Record], str | None], ...], ...]


def _told_apart(of_each: Sequence[Sequence[Record]], labels: Mapping[str, str]) -> list[str]:
    """Return what the names of several controls of one kind end in: by task, windows or sampling, else by the rows."""
    for ways in _WAYS:
        told = [dict.fromkeys(_in_words(run, ways) for run in runs) for runs in of_each]
        every = [words for of_control in told for words in of_control]
        if None not in every and len(set(every)) == len(every):
            return [f" ({' / '.join(map(str, of_control))})" for of_control in told]
    return [f" ({listed((labels[str(run['run'])] for run in runs), by=' / ')})" for runs in of_each]


def _in_words(run: Record, ways: Sequence[Callable[[Record], str | None]]) -> str | None:
    words = [way(run) for way in ways]
    return None if None in words else ", ".join(map(str, words))


def _task(run: Record) -> str | None:
    return None if pd.isna(run["task"]) else str(run["task"]).removeprefix("strokerehab_")


def _window(run: Record) -> str | None:
    return None if pd.isna(run["window_s"]) else f"windows of {run['window_s']:.3f} s"


def _sampling(run: Record) -> str | None:
    return None if pd.isna(run["fps"]) or pd.isna(run["frames"]) else f"{run['fps']:g} frames/s × {run['frames']:d}"


_WAYS = ((_task,), (_window,), (_sampling,), (_task, _window), (_task, _sampling))
