"""Ids without a partner between the tables of a dataset: pure functions from names to remarks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.dataset.filters import ATTRIBUTES, Selection
from lmms_eval_plugins.dataset.near_ids import id_key, ids_alike
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.dataset.trial import FmaClip, Trial


def without_partner(ids: Iterable[str], known: Collection[str], kind: str, what: str) -> Iterator[Remark]:
    """Yield a remark for each id that another table has in other letters, and one for all others that it does not have.

    Args:
        ids: of a table.
        known: of the other table.
        kind: of the remark.
        what: what is the matter with them, as ``scores but no clip``.
    """
    alone = ids_alike(ids, known)
    for name, alike in alone.items():
        if alike:
            yield Remark("doubtful", kind, f"{what}: {name!r}; is it {' or '.join(map(repr, alike))}?")
    if far := [name for name, alike in alone.items() if not alike]:
        yield Remark("doubtful", kind, f"{what}: {listed(map(repr, far))}")


def patients_written_twice(patients: Iterable[str]) -> Iterator[Remark]:
    """Yield a remark for every patient whose id is written in several ways."""
    ways: dict[str, dict[str, None]] = defaultdict(dict)
    for patient in patients:
        ways[id_key(patient)][patient] = None
    for same in ways.values():
        if len(same) > 1:
            text = f"patients {' and '.join(map(repr, same))}: one person? Give each one id in all tables"
            yield Remark("doubtful", "near-patients", text)


def selection_remarks(
    selections: Mapping[str, Selection], trials: Collection[Trial], clips: Collection[FmaClip]
) -> Iterator[Remark]:
    """Yield what a dataset's own selections name that is not in its tables."""
    videos: tuple[Trial | FmaClip, ...] = (*trials, *clips)
    for name, selection in selections.items():
        for key in ("patients", "video_ids"):
            wanted = {
                str(value) for part in (selection, *selection.exclude) for value in part.conditions().get(key, ())
            }
            known = {str(getattr(video, ATTRIBUTES[key])) for video in videos}
            what = f"in {key} of selection {name!r}, but not among the videos"
            yield from without_partner(sorted(wanted), known, "selection-without-video", what)
        fitting = [video for video in videos if all(hasattr(video, ATTRIBUTES[key]) for key in selection.conditions())]
        if not any(selection.matches(video) for video in fitting):
            yield Remark("doubtful", "empty-selection", f"selection {name!r} matches no video")


def id_remarks(clips: Collection[FmaClip], scores: Collection[str]) -> Iterator[tuple[str, Remark]]:
    """Yield what Fugl-Meyer clips and scores lack of each other, with whether it is about ``clips`` or ``scores``."""
    patients = {clip.patient for clip in clips}
    for remark in without_partner(scores, patients, "scores-without-clips", "scores of a patient without clips"):
        yield "scores", remark
    if scores:
        what = "clips of a patient without scores"
        for remark in without_partner(sorted(patients), set(scores), "clips-without-scores", what):
            yield "clips", remark
