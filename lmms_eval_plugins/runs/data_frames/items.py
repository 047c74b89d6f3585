"""Fugl-Meyer item scores as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.core.errors import UserError, error_line
from lmms_eval_plugins.domain.fugl_meyer import ITEMS
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.columns import typed
from lmms_eval_plugins.runs.data_frames.load import Paths, as_strings
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter, those_known
from lmms_eval_plugins.runs.find import find_all, short_names
from lmms_eval_plugins.runs.run import is_run, read_run
from lmms_eval_plugins.runs.score import score_run
from lmms_eval_plugins.runs.scored import ScoredRun, scores_of, with_whole_assessments


def assessments(paths: Paths, errors: list[str], reading: Policy | None = None) -> list[ScoredRun]:
    """Return the scored Fugl-Meyer runs among what the paths mean, and whole assessments where two runs share one.

    Runs and logs of other tasks are passed over; what cannot be read is added to ``errors``.
    """
    rows = []
    for path in find_all(as_strings(paths), errors):
        if not is_run(Path(path)):
            continue
        try:
            run = read_run(Path(path))
            if FUGL_MEYER.owns(run.file.scoring):
                errors += run.damaged
                rows.append(score_run(path, run, reading))
        except Exception as error:
            errors.append(error_line(error, path))
    return with_whole_assessments(rows)


def patients_shown(rows: Iterable[ScoredRun], only: VideoFilter) -> frozenset[str] | None:
    """Return the patients of Fugl-Meyer runs that are shown; None for all.

    Raises:
        UserError: a patient is in none of the runs; or activities or views are to be chosen, though an item's score is
            of all clips of a patient.
    """
    if only.activities or only.views:
        raise UserError(
            "Fugl-Meyer items have no activity and no view: an item is scored over all clips of a patient; leave"
            " --activity and --view away; --patient can be given"
        )
    if not only.patients:
        return None
    known = {result.patient for _, score in scores_of(rows, FUGL_MEYER) for result in score.items}
    wanted = {patient.casefold(): patient for patient in only.patients}
    for folded in wanted.keys() - {patient.casefold() for patient in known}:
        word = wanted[folded]
        raise UserError(f"--patient {word}: no Fugl-Meyer item among those given is of it{those_known(word, known)}")
    return frozenset(patient for patient in known if patient.casefold() in wanted)


def names_of(rows: Sequence[ScoredRun]) -> list[str]:
    """Return the short names of scored runs; of a whole assessment, those of its two runs."""
    paths = list(dict.fromkeys(path for row in rows for path in (row.parts or (row.path,))))
    names = dict(zip(paths, short_names(paths), strict=True))
    return [" + ".join(names[path] for path in (row.parts or (row.path,))) for row in rows]


def items_of(rows: Sequence[ScoredRun]) -> pd.DataFrame:
    """Return the items table of scored runs."""
    names = dict(zip([row.path for row in rows], names_of(rows), strict=True))
    results = [(names[row.path], result) for (row, score) in scores_of(rows, FUGL_MEYER) for result in score.items]
    return typed(
        "items",
        {
            "run": [name for name, _ in results],
            "patient": [result.patient for _, result in results],
            "cohort": [result.cohort for _, result in results],
            "item": [result.item for _, result in results],
            "section": [ITEMS[result.item].section for _, result in results],
            "truth": [result.truth for _, result in results],
            "predicted": [result.predicted for _, result in results],
            "state": [result.state for _, result in results],
            "share_answered": [result.replies.share for _, result in results],
        },
    )
