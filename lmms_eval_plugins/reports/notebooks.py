"""Tables and figures of one folder for the notebooks in ``postprocess/``, or one line on why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.detection import JUDGINGS, detection
from lmms_eval_plugins.core.console import put
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.figures import Drawing, Results, draw
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Table
from lmms_eval_plugins.runs.data_frames.load import load_tables


@dataclass(frozen=True)
class Tables:
    """Tables that a notebook shows as HTML.

    >>> Tables(())._repr_html_()
    ''

    Example: the last line of a cell, ``show.table("dose_models")``, shows a table.
    """

    tables: Sequence[Table]

    def _repr_html_(self) -> str:
        return rendered(self.tables, "html")


class Show:
    """The results in a folder of runs or in a vlms4rehab checkout, for a notebook.

    A table or figure for which there is nothing prints one line and is None.

    >>> show = Show("no/such/folder")
    >>> show.table("dose_models") is None
    no table dose_models: nothing could be read; no/such/folder: no such file or folder
    True

    Example: ``Show("runs").figure("counts", run="qwen")`` draws the best run with "qwen" in its name.
    """

    def __init__(self, runs: str | Path) -> None:
        self._results = Results([str(runs)])
        self._runs = str(runs)
        self._printed: set[str] = set()

    def figure(self, name: str, *, run: str | Sequence[str] = (), videos: Sequence[str] = ()) -> Drawing | None:
        """Draw a figure; of the runs whose name has ``run`` in it, else of the best."""
        named = (run,) if isinstance(run, str) else tuple(run)
        results = self._results.showing(named, videos)
        try:
            drawing = draw(name, results)
        except UserError as error:
            put(f"no figure {name}: {error}")
            return None
        self._print(*results.errors, *drawing.remarks)
        return drawing

    def table(self, name: str, *, ci: bool = False, more: bool = False, reading: Policy | None = None) -> Tables | None:
        """Make a table; with 95 % intervals (``ci``), and the tables behind it (``more``)."""
        try:
            made = make_tables(name, self._runs, ci=ci, more=more, reading=reading)
        except UserError as error:
            put(f"no {error}")
            return None
        self._print(*made.errors)
        return Tables(made.tables)

    def detections(self, *, run: str = "") -> pd.DataFrame | None:
        """Return F1, precision and recall of motion and grasp, by what is true of windows with two truths."""
        chosen = self._dose_run(run)
        if chosen is None:
            return None
        judged = self._results.judged(chosen)
        scheme = self._results.scheme_of(chosen)
        rows = []
        for state, labels in (("motion", scheme.motion), ("grasp", scheme.grasp)):
            for judging in JUDGINGS:
                found = detection(judged, labels, judging)
                counts = {"tp": found.tp, "fp": found.fp, "fn": found.fn, "tn": found.tn}
                shares = {"F1": found.f1, "precision": found.precision, "recall": found.recall}
                rows.append({"state": state, "judging": judging, **shares, **counts})
        table: pd.DataFrame = pd.DataFrame(rows).round(4)
        return table

    def worst_videos(self, n: int = 5, *, run: str = "") -> pd.DataFrame | None:
        """Return the videos of a dose run with the lowest edit scores."""
        chosen = self._dose_run(run)
        if chosen is None:
            return None
        columns = ["video_id", "cohort", "activity", "edit_score", "action_error_rate", "relative_counting_error"]
        scores = self._results.scores_of(chosen).sort_values(["edit_score", "video_id"])
        worst: pd.DataFrame = scores[columns].head(n).reset_index(drop=True).round(2)
        return worst

    def replies(self, n: int = 10, *, run: str = "") -> pd.DataFrame | None:
        """Return the most frequent replies of a dose run, parsed under the run's policy and by default."""
        chosen = self._dose_run(run)
        if chosen is None:
            return None
        path = str(self._results.runs.set_index("run").loc[chosen, "path"])
        answers = load_tables(path, ("answers",)).tables["answers"]
        columns = ["question", "text", "value", "default_value", "state"]
        found: pd.DataFrame = answers[columns].value_counts(dropna=False).head(n).rename("replies").reset_index()
        return found

    def _dose_run(self, part: str) -> str | None:
        try:
            run, remarks = self._results.showing((part,) if part else ()).choose(DOSE)
        except UserError as error:
            put(error)
            return None
        self._print(*remarks)
        return run

    def _print(self, *lines: str) -> None:
        """Print the lines that were not printed before."""
        for line in lines:
            if line not in self._printed:
                put(line)
            self._printed.add(line)
