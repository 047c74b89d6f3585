"""What a decoder makes of a dose run just finished, and its blind control, as rows of the last table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmms_eval_plugins.launch.run import Finished
from lmms_eval_plugins.results.rows import Row
from lmms_eval_plugins.results.score_decoded import score_decoded
from lmms_eval_plugins.scoring.asked import DoseScore
from lmms_eval_plugins.scoring.decode.leave_out import Decoding

SEED = 0


def decoded_rows(runs: Sequence[Finished]) -> list[Row]:
    """A row for each scored dose run of a model, and one for each different control; none of baselines.

    A run that cannot be decoded, such as one of a single patient, makes no row: its own scores stand in the table.
    """
    paths = [str(run.folder) for run in runs if run.card.kind == "model" and _is_dose(run.scores)]
    if not paths:
        return []
    decoding = Decoding("mbr", seed=SEED)
    named = {str(run.folder): run.card.name for run in runs}
    rows = score_decoded(paths, decoding).rows
    return [replace(row, model=f"{named.get(row.path, 'blind')}+{decoding.method}") for row in rows]


def _is_dose(row: Row | None) -> bool:
    return row is not None and isinstance(row.score, DoseScore)
