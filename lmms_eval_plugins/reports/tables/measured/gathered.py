"""Runs measured in every way, leave one patient out, and which of them may be compared with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import pandas as pd

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.chosen import MEASURE, chosen, labels, notes_of
from lmms_eval_plugins.reports.tables.measured.rows import (
    STOPWATCHES,
    VARIANTS,
    MeasuredRow,
    MeasuredSection,
    MeasuredWay,
)
from lmms_eval_plugins.reports.tables.part import same_videos
from lmms_eval_plugins.runs.data_frames.load import Paths, file_of, load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.runs.measuring.frame import MeasuredFrames, measured_frames


@dataclass(frozen=True, slots=True)
class Measuring:
    """How runs are measured.

    Attributes:
        seed: the first seed of the decoders' samples.
        seeds: number of seeds, from that one on; scores are means over them.
        together: with a row of all models of a set of videos, read together.
    """

    seed: int = 0
    seeds: int = 1
    together: bool = False


@dataclass(frozen=True, slots=True)
class GatheredDoses:
    """What tables of measured doses are made of: sections, what to say of the runs, what could not be read."""

    sections: tuple[MeasuredSection, ...]
    remarks: tuple[str, ...]
    errors: tuple[str, ...]


def gathered_doses(
    paths: Paths,
    measuring: Measuring,
    *,
    split_runs: bool = False,
    reading: Policy | None = None,
    only: VideoFilter = EVERY_VIDEO,
) -> GatheredDoses:
    """Measure runs in every way; a section for each set of videos.

    Args:
        paths: runs and logs.
        measuring: by which seeds, and whether together, too.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read; None is the default reading.
        only: the videos that are shown; instruments learn from all videos of other patients.

    Raises:
        UserError: nothing can be read or measured.
    """
    found = load_tables(paths, (), split_runs=split_runs, reading=reading)
    if found.errors and found.tables["runs"].empty:
        raise UserError(f"table {MEASURE}: nothing could be read; {'; '.join(found.errors)}")
    errors = [*found.errors, *found.damage]
    runs = chosen(MEASURE, found.tables["runs"])
    read = _Read(measuring, split_runs, reading, only, errors)
    files = list(dict.fromkeys(file_of(str(path)) for path in runs["path"]))
    names = labels(runs)
    known = dict(zip(runs["path"], runs["run"], strict=True))
    frames = read.of_runs(files)
    measured = frames.doses[frames.doses["path"].isin(known)]
    if measured.empty:
        raise UserError(f"table {MEASURE}: {errors[0] if errors else 'no video has a known truth'}")
    schemes = {run: found.schemes[run] for run in known.values()}
    baselines = set(runs["path"][runs["baseline"].astype(bool)])
    rows = {
        run: frames.of_path(path).row(names[run], path, reference=path in baselines)
        for path, run in known.items()
        if path in set(measured["path"])
    }
    about = measured.assign(run=measured["path"].map(known))
    sections = []
    for title, members in same_videos(about, list(rows), schemes):
        own = tuple(rows[run] for run in members)
        models = [row for row in own if not row.reference]
        together = read.together(models) if measuring.together and len(models) > 1 else None
        sections.append(MeasuredSection(title, own, together, _stopwatches(own)))
    return GatheredDoses(tuple(sections), tuple(notes_of(runs, names)), tuple(errors))


@dataclass(frozen=True, slots=True)
class _Read:
    """Reads measured doses; what cannot be measured is added to ``errors``, a line each."""

    measuring: Measuring
    split_runs: bool
    reading: Policy | None
    only: VideoFilter
    errors: list[str]

    def of_runs(self, files: Sequence[str], *, together: bool = False) -> _Frames:
        """Return what was measured of runs, or of all of them together."""
        seeds = range(self.measuring.seed, self.measuring.seed + self.measuring.seeds)
        found = {within: [self._frames(files, seed, within, together) for seed in seeds] for within in VARIANTS}
        pooled, within = (_with_truth(found[variant], seeds) for variant in VARIANTS)
        return _Frames(pooled, within, found[False][0])

    def _frames(self, files: Sequence[str], seed: int, within: bool, together: bool) -> MeasuredFrames:
        found = measured_frames(
            files,
            seed=seed,
            within_activity=within,
            together=together,
            split_runs=self.split_runs,
            reading=self.reading,
        )
        self.errors.extend(problem for problem in found.problems if problem not in self.errors)
        if not self.only or found.doses.empty:
            return found
        return replace(found, doses=self.only.shown({"doses": found.doses})["doses"])

    def together(self, rows: Sequence[MeasuredRow]) -> MeasuredRow | None:
        """Return the row of several runs about the same videos; None where they cannot be measured together."""
        files = list(dict.fromkeys(file_of(str(row.path)) for row in rows))
        frames = self.of_runs(files, together=True)
        return None if frames.doses.empty else frames.row(f"together ({len(rows)} runs)", None, reference=False)


def _with_truth(found: Sequence[MeasuredFrames], seeds: Sequence[int]) -> pd.DataFrame:
    """Return the doses of all seeds whose true ones are known."""
    doses = pd.concat([one.doses.assign(seed=seed) for one, seed in zip(found, seeds, strict=True)])
    known: pd.DataFrame = doses[doses["true"].notna()].reset_index(drop=True)
    return known


class _Frames(NamedTuple):
    """Doses with a known truth, with intervals of all activities and within activities, and all of the first seed."""

    doses: pd.DataFrame
    within: pd.DataFrame
    first: MeasuredFrames

    def of_path(self, path: str) -> _Frames:
        """Return what is of one run."""
        doses, within, first = (frame[frame["path"] == path] for frame in (self.doses, self.within, self.first.doses))
        return _Frames(doses, within, replace(self.first, doses=first))

    def row(self, label: str, path: str | None, *, reference: bool) -> MeasuredRow:
        """Return it as a row; see `MeasuredRow`."""
        ways = {
            str(way): MeasuredWay(str(way), doses, self.within[self.within["way"] == way])
            for way, doses in self.doses.groupby("way", sort=False)
        }
        return MeasuredRow(label, path, reference, ways, self.first)


def _stopwatches(rows: Sequence[MeasuredRow]) -> dict[str, MeasuredWay]:
    """Return the stopwatches of runs about the same videos; one of each kind, but where runs taught them otherwise."""
    found: dict[str, MeasuredWay] = {}
    for way in STOPWATCHES:
        of_rows = [(row, row.ways[way]) for row in rows if way in row.ways]
        different: list[tuple[list[str], MeasuredWay]] = []
        for row, one in of_rows:
            alike = next((names for names, other in different if other.scores.equals(one.scores)), None)
            if alike is None:
                different.append(([row.label], one))
            else:
                alike.append(row.label)
        for names, one in different:
            found[way + f" ({' / '.join(names)})" * (len(different) > 1)] = one
    return found
