"""What probes of a run tell, as tables that are kept beside the run: a minute and more for a run of 90 videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.cache import cached
from lmms_eval_plugins.runs.data_frames.columns import TableName, column_names, typed
from lmms_eval_plugins.runs.data_frames.load import files_of
from lmms_eval_plugins.runs.data_frames.sources import source_of_run
from lmms_eval_plugins.runs.hidden.hidden_file import hidden_files
from lmms_eval_plugins.runs.probing.cases import probe_cases
from lmms_eval_plugins.runs.probing.rows import as_columns, probe_rows
from lmms_eval_plugins.runs.run import is_run, read_run

PROBED_TABLES: tuple[TableName, ...] = ("probes", "seen")


def probed_frames(
    path: str, layers: Sequence[int] = (), reading: Policy | None = None
) -> Mapping[TableName, pd.DataFrame]:
    """Probe the hidden states of a run; return the tables ``probes`` and ``seen`` (see `COLUMNS`).

    Args:
        path: its folder.
        layers: the layers to probe; none for all that were recorded.
        reading: how replies are read; None is the default reading.

    Raises:
        UserError: it is no run of ours, has no hidden states there, or cannot be probed.
    """
    folder = Path(path)
    if not is_run(folder):
        raise UserError(f"{path}: a published log has no hidden states, so there is nothing to probe; give run folders")

    def build() -> dict[TableName, pd.DataFrame]:
        cases = probe_cases(source_of_run(read_run(folder), reading or "default"), folder, layers)
        try:
            rows = dict(zip(PROBED_TABLES, probe_rows(cases), strict=True))
        except UserError as error:
            raise UserError(f"{path}: {error}") from error
        return {name: typed(name, as_columns(own, column_names(name))) for name, own in rows.items()}

    which = "+".join(map(str, layers)) or "all"
    return cached(
        [*files_of(folder), *hidden_files(folder)], f"probed-{reading or 'default'}-{which}", PROBED_TABLES, build
    )
