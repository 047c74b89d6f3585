"""Figures into files: one by its name, or all that there is something to draw for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.reports.figures import FIGURES, FORMATS, Results, draw
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter

ALL = "all"
FOLDER = Path("figures")


@dataclass(frozen=True, slots=True)
class Written:
    """The files written, what was chosen in drawing them, and what could not be read or drawn."""

    files: tuple[Path, ...]
    remarks: tuple[str, ...]
    problems: tuple[str, ...]


def write_figures(
    name: str,
    paths: Sequence[str],
    *,
    out: Path | None = None,
    formats: Sequence[str] = ("pdf",),
    named: Sequence[str] = (),
    videos: Sequence[str] = (),
    split_runs: bool = False,
    decoding: Decoding | None = None,
    only: VideoFilter = EVERY_VIDEO,
) -> Written:
    """Draw a figure, or ``all``, and write it in each of the formats.

    Args:
        name: one of `FIGURES`, or ``all``: those without anything to show, and those that measure runs, are passed over
            with a remark.
        paths: runs, logs, or folders of them.
        out: the file (its ending, where it names a format, goes before ``formats``), or the folder for ``all``.
        formats: of `FORMATS`.
        named: parts of the names of the runs to show.
        videos: names of the videos to show.
        split_runs: take the runs of a file that holds several apart.
        decoding: how dose runs are decoded; None leaves them to their own rule.
        only: the videos that are shown.

    Raises:
        UserError: there is no such figure or format, nothing to show, or a file cannot be written.
    """
    kinds = [kind.strip().lower() for kind in formats if kind.strip()]
    for kind in kinds:
        if kind not in FORMATS:
            raise UserError(f"--format {kind}: figures are written as {', '.join(FORMATS)}{nearest(kind, FORMATS)}")
    if name not in (*FIGURES, ALL):
        known = "; ".join(f"{known} ({kind.shows})" for known, kind in FIGURES.items())
        raise UserError(f"no figure is named {name!r}; there are: {known}; and all")
    results = Results(paths, named, videos, split_runs=split_runs, decoding=decoding, only=only)
    files: list[Path] = []
    remarks: list[str] = []
    for one in FIGURES if name == ALL else (name,):
        if name == ALL and FIGURES[one].slow:
            remarks.append(f"{one}: left out: it takes up to half a minute for each run; ask for it by its name")
            continue
        try:
            drawing = draw(one, results)
        except UserError as error:
            if name != ALL:
                raise
            remarks.append(f"{one}: left out: {error}")
            continue
        remarks += [f"{one}: {remark}" for remark in drawing.remarks]
        for file in _files(one, out, kinds, in_folder=name == ALL):
            drawing.save(file)
            files.append(file)
    if not files:
        raise UserError(listed([f"{listed(paths)}: nothing to draw any figure of", *results.errors], by="; "))
    return Written(tuple(files), tuple(dict.fromkeys(remarks)), (*results.errors, *results.damage))


def _files(name: str, out: Path | None, formats: Sequence[str], *, in_folder: bool) -> list[Path]:
    if in_folder or out is None:
        folder = out or FOLDER
        return [folder / f"{name}.{kind}" for kind in formats]
    if out.suffix[1:] in FORMATS and len(formats) == 1:
        return [out]
    stem = out.with_suffix("") if out.suffix[1:] in FORMATS else out
    return [stem.with_name(f"{stem.name}.{kind}") for kind in formats]
