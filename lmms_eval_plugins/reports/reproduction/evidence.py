"""A vlms4rehab checkout as evidence: its logs by a part of their path, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.dose.windows import JudgedVideo
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.runs.find import find_all
from lmms_eval_plugins.study.logs import LOG_NAME

METADATA = "data/fp/fp_metadata.csv"
BEST_VIEWS = "data/rs/best_views.txt"
CLIPS = "data/ia/ia_video_metadata{}.csv"


class MissingPart(Exception):
    """The error of a missing log or table, which the message names."""


class Checkout:
    """A folder of published logs and tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._logs = find_all([str(path)], [])

    def logs(self, part: str) -> list[str]:
        """Return the paths of logs that contain this part, in order.

        Raises:
            MissingPart: there is none.
        """
        inside = {log: log.removeprefix(str(self.path)) for log in self._logs if LOG_NAME.match(Path(log).name)}
        found = [log for log, place in inside.items() if part in place]
        if not found:
            raise MissingPart(f"no log {part!r} among the available ones")
        return found

    def log(self, part: str) -> str:
        """Return the path of the one log with this part in its path.

        Raises:
            MissingPart: there is none.
            UserError: there are several.
        """
        found = self.logs(part)
        if len(found) > 1:
            raise UserError(f"{part}: {len(found)} logs under {self.path} have this in their path")
        return found[0]

    @cache  # noqa: B019 - a checkout lives as long as the report that is made of it
    def results(self, part: str, split_runs: bool = False) -> Results:
        """Return the tables of one log."""
        return Results([self.log(part)], split_runs=split_runs)

    def scores(self, part: str) -> pd.DataFrame:
        """Return the scores of the one run in a log."""
        return self.results(part).scores

    @cache  # noqa: B019
    def judged(self, part: str) -> list[JudgedVideo]:
        """Return the windows of the one run in a log, judged against the truth."""
        results = self.results(part)
        return results.judged(str(results.runs["run"].iloc[0]))

    @cached_property
    def videos(self) -> pd.DataFrame:
        """The metadata of all videos, with the column ``trial``: the name without the camera."""
        table = self.table(METADATA)
        trials: pd.DataFrame = table.assign(trial=table["id"].str.rsplit("_", n=1).str[0])
        return trials

    @cache  # noqa: B019
    def table(self, place: str) -> pd.DataFrame:
        """Read a CSV table of the checkout.

        Raises:
            MissingPart: the file is not there.
        """
        try:
            table: pd.DataFrame = pd.read_csv(self.path / place)
        except OSError:
            raise MissingPart(f"{place} is not there") from None
        return table

    def lines(self, place: str) -> list[str]:
        """Read the lines of a text file that are not empty.

        Raises:
            MissingPart: the file is not there.
        """
        try:
            return [line for line in (self.path / place).read_text(encoding="utf-8").splitlines() if line.strip()]
        except OSError:
            raise MissingPart(f"{place} is not there") from None


Values = Mapping[str, tuple[float, ...]]
"""Key → the computed numbers of a published entry."""
