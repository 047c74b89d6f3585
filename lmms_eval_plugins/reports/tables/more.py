"""What lies behind a table of dose: where models stand between blind control and reference, and what they get wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.reports.tables.deeper.influence import influence_table
from lmms_eval_plugins.reports.tables.deeper.standing import standing_tables
from lmms_eval_plugins.reports.tables.errors import cohort_table, primitive_table, segment_table
from lmms_eval_plugins.reports.tables.part import Part
from lmms_eval_plugins.reports.tables.table import Table


def more_tables(name: str, parts: Sequence[Part], answers: pd.DataFrame | None, ci: bool) -> list[Table]:
    """Return the deeper tables of the sections of a table; none of none."""
    if not parts:
        return []
    tables = [
        *standing_tables(name, parts),
        influence_table(name, parts),
        cohort_table(name, parts, ci),
        primitive_table(name, parts, ci),
        segment_table(name, parts, ci),
    ]
    if answers is not None and answers["p_yes"].notna().any():
        from lmms_eval_plugins.reports.tables.probabilities import probabilities_table

        tables.append(probabilities_table(name, parts, answers, ci))
    return tables
