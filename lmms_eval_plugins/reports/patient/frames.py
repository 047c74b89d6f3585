"""Everything about some runs that the page of a patient is made from."""

from __future__ import annotations

from dataclasses import dataclass

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.runs.data_frames.items import assessments
from lmms_eval_plugins.runs.data_frames.load import LoadedTables, Paths, load_tables
from lmms_eval_plugins.runs.scored import ScoredRun, scores_of


@dataclass(frozen=True, slots=True)
class PatientFrames:
    """Runs and logs of several patients.

    Attributes:
        loaded: their answers, timelines and scores.
        assessed: the Fugl-Meyer runs among them; of a whole assessment, which two runs share, not its parts.
        errors: what could not be read, a line each.
    """

    loaded: LoadedTables
    assessed: tuple[ScoredRun, ...]
    errors: tuple[str, ...]

    @property
    def patients(self) -> tuple[str, ...]:
        """Everybody whom any of the runs is about."""
        filmed = self.loaded.tables["answers"]["patient"].dropna().unique()
        examined = {result.patient for _, score in scores_of(self.assessed, FUGL_MEYER) for result in score.items}
        return tuple(sorted({str(patient) for patient in filmed} | examined))


def read_patient_frames(paths: Paths) -> PatientFrames:
    """Read runs and published logs; the runs of a file that holds several are taken apart.

    Raises:
        UserError: nothing could be read.
    """
    loaded = load_tables(paths, ("answers", "timelines", "scores"), split_runs=True)
    errors = [*loaded.errors, *loaded.damage]
    if loaded.tables["runs"].empty:
        raise UserError(listed(errors, by="; ") or "no run was given")
    rows = assessments(paths, [])
    parts = {part for row in rows for part in row.parts}
    return PatientFrames(loaded, tuple(row for row in rows if row.path not in parts), tuple(errors))
