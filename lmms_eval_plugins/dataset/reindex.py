"""Indexing a folder again: what people wrote into its manifest stays, and what changed is listed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.core.safe_names import name_key
from lmms_eval_plugins.dataset.file_names import VideoName
from lmms_eval_plugins.dataset.trial import Trial

_SAID = ("patient", "cohort", "activity", "repetition", "view", "hand")
"""Columns that people fill in, or that are read from names, patients and labels where they are empty."""

_LABELS = ("labels", "other_labels")
_MEASURED = ("fps", "n_frames", "duration_s", "width", "height", "offset_s")
_TELL_APART = ("n_frames", "width", "height")
"""Measures in which another video differs; a rate and times may have been put right by hand."""

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Reindexed:
    """The rows of a manifest after its folder was indexed again.

    Attributes:
        trials: the rows, in their order, then new ones.
        changes: a line for what is new, filled in, measured again, or no longer there.
        kept: a line for each column whose cells stay though the folder says otherwise.
    """

    trials: tuple[Trial, ...]
    changes: tuple[str, ...]
    kept: tuple[str, ...]


def reindexed(
    rows: Sequence[Trial],
    found: Sequence[Trial],
    *,
    is_newer: Callable[[Path], bool],
    new_labels: bool = False,
    read_before: Callable[[Path], VideoName | None] = lambda path: None,
) -> Reindexed:
    """Join the rows of a manifest with what is found in its folder; cells that are filled stay.

    A row is of the video with its path, else with its id. Of a video that is no longer found the row stays. Measures
    change with the file alone: where it is newer than the manifest and has another number of frames or picture.

    Args:
        rows: of the manifest.
        found: the folder's videos.
        is_newer: whether a video's file has changed since the manifest was written.
        new_labels: whether the labels found were asked for, and take the place of others.
        read_before: path of a video → what its name said before a pattern was given; such cells are no person's, and
            are read anew.
    """
    notes = _Notes()
    by_path = {trial.path: trial for trial in found}
    by_id = {name_key(trial.video_id): trial for trial in found}
    used: set[str] = set()
    joined: list[Trial] = []
    for row in rows:
        own = by_path.get(row.path) or by_id.get(name_key(row.video_id))
        if own is None:
            if not row.path.exists():
                notes.changed["is not found any more; its row is kept, delete it if the video is gone"].append(
                    row.video_id
                )
            joined.append(row)
            continue
        used.add(own.video_id)
        joined.append(_join(row, own, notes, is_newer, new_labels, read_before(own.path)))
    taken = {name_key(row.video_id) for row in rows}
    unlisted = [trial for trial in found if trial.video_id not in used]
    new = [trial for trial in unlisted if name_key(trial.video_id) not in taken]
    notes.changed["is new"] += [trial.video_id for trial in new]
    notes.kept["is not added, another row has its name"] += [one.video_id for one in unlisted if one not in new]
    return Reindexed((*joined, *new), notes.lines(notes.changed), notes.lines(notes.kept))


class _Notes:
    """What happened → to which videos."""

    def __init__(self) -> None:
        self.changed: defaultdict[str, list[str]] = defaultdict(list)
        self.kept: defaultdict[str, list[str]] = defaultdict(list)

    @staticmethod
    def lines(notes: dict[str, list[str]]) -> tuple[str, ...]:
        """Return one line for what happened to videos, naming a few of them."""
        return tuple(f"{listed(videos, most=_MOST_NAMED)}: {what}" for what, videos in notes.items() if videos)


def _join(
    row: Trial,
    found: Trial,
    notes: _Notes,
    is_newer: Callable[[Path], bool],
    new_labels: bool,
    before: VideoName | None,
) -> Trial:
    values: dict[str, object] = {}

    def take(name: str, how: str) -> None:
        values[name] = getattr(found, name)
        notes.changed[how].append(row.video_id)

    if not row.path.exists():
        take("path", "path is that of the file found")
    for name in (*_LABELS, *_SAID):
        old, new = getattr(row, name), getattr(found, name)
        if old == new or new == Trial.model_fields[name].default:
            continue
        if new_labels and (name in _LABELS or (name == "hand" and "labels" in values)):
            take(name, f"{name}: those given" if name in _LABELS else "hand: that of the labels given")
        elif not _is_filled(row, name):
            take(name, f"{name} filled in")
        elif before and old == getattr(before, name, None):
            take(name, f"{name} read by the pattern")
        else:
            notes.kept[f"{name} is kept, the folder says otherwise; clear the cell to have it read again"].append(
                row.video_id
            )
    differing = [name for name in _MEASURED if getattr(row, name) != getattr(found, name)]
    if any(name in _TELL_APART for name in differing) and is_newer(found.path):
        values |= {name: getattr(found, name) for name in differing}
        notes.changed[f"the file has changed, measured again: {', '.join(differing)}"].append(row.video_id)
    elif differing:
        names = ", ".join(differing)
        notes.kept[f"{names} kept, the file says otherwise; take the row out to have it measured again"].append(
            row.video_id
        )
    return row.model_copy(update=values) if values else row


def _is_filled(row: Trial, name: str) -> bool:
    """Return whether a cell says something; one that was empty in the manifest has a default."""
    value = getattr(row, name)
    if isinstance(value, Path):
        return value.exists()
    return name in row.model_fields_set and value not in ("", None, ())
