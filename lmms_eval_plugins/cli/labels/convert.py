"""``strokerehab labels convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from lmms_eval_plugins.cli.commands import Verb
from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import OUTPUT, Dataset, MappingFile
from lmms_eval_plugins.core.console import put, say_all
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.dataset.labels.annotations import ToolFormat

if TYPE_CHECKING:
    from lmms_eval_plugins.dataset.labels.convert import LabelReader, ReadLabels
    from lmms_eval_plugins.domain.scheme import Scheme

_MOST_TEXTS = 4
"""So many remarks stand in a video's line."""

labels = typer.Typer(help="Convert label files between tools of annotation.", rich_markup_mode=None)


@labels.callback()
def _labels() -> None:
    """Convert label files between tools of annotation."""


@labels.command(name="convert", cls=Verb)
def convert_labels(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Label files, folders of them, datasets, or run folders."),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FOLDER", help="Folder for what is written.", rich_help_panel=OUTPUT),
    ],
    to: Annotated[
        ToolFormat,
        typer.Option("--to", metavar="|".join(get_args(ToolFormat)), help="What is written: for us, or for a tool."),
    ] = "csv",
    mapping: MappingFile = None,
    data: Dataset = None,
) -> None:
    """Convert label files of tools into ours, or ours into theirs.

    Ours are those of label files, datasets and runs.
    Formats are recognised by content: ELAN, BORIS, Label Studio, VIA 3, CVAT, tables of starts and stops.
    """
    from lmms_eval_plugins.dataset.labels.convert import apart
    from lmms_eval_plugins.dataset.labels.write_tools import cannot_write, write_for_tool

    reader = _reader(data, mapping)
    found: list[ReadLabels] = []
    problems: list[str] = []
    for source in sources:
        try:
            found += _read(source, reader, problems)
        except UserError as error:
            problems.append(str(error))
    found = apart(found)
    videos = [read.video for read in found if read.video is not None]
    problems += [problem for video in videos if (problem := cannot_write(video, to))]
    videos = [video for video in videos if not cannot_write(video, to)]
    if not videos:
        if problems and not found:
            raise UserError(problems[0] + f" (and {len(problems) - 1} more)" * (len(problems) > 1))
        say_all("warning", reader.mistyped())
        _say(found, problems)
        raise UserError(f"{sources[0]}: no labels to convert; see the problems above")
    keep = [read.source for read in found if read.source.is_file()]
    files = write_for_tool(videos, out, to, _scheme_of(sources, reader), keep)
    n_videos, n_refused = len({video.name for video in videos}), sum(read.video is None for read in found)
    refused = f", {n_refused} refused" if n_refused else ""
    put(f"{out}: {n_videos} video{'s' * (n_videos != 1)}{refused}, {len(files)} file{'s' * (len(files) != 1)}")
    say_all("warning", reader.mistyped())
    if _say(found, problems):
        raise typer.Exit(WITH_PROBLEMS)


def _reader(data: Path | None, mapping: Path | None) -> LabelReader:
    from lmms_eval_plugins.core.places import default_data
    from lmms_eval_plugins.dataset.labels.convert import KnownVideos, LabelReader, known_in
    from lmms_eval_plugins.dataset.labels.mapping import LabelMapping, read_mapping
    from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in

    manifest = manifest_in(data, MANIFEST_NAME) if data else default_data() / MANIFEST_NAME
    known = known_in(manifest) if data or manifest.is_file() else KnownVideos()
    return LabelReader(known, read_mapping(mapping, known.scheme) if mapping else LabelMapping())


def _read(source: Path, reader: LabelReader, problems: list[str]) -> list[ReadLabels]:
    """Read one source: a run folder, a dataset, a folder of label files, or a label file.

    Raises:
        UserError: it is none of these, or cannot be read.
    """
    from lmms_eval_plugins.dataset.labels.convert import LabelReader, ReadLabels, known_in
    from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest
    from lmms_eval_plugins.runs.run import is_run
    from lmms_eval_plugins.runs.timelines import timelines_of_run

    if is_run(source):
        videos, left_out = timelines_of_run(source, reader.known)
        problems += left_out
        return [ReadLabels(source, video, video.name) for video in videos]
    manifest = source / MANIFEST_NAME if source.is_dir() else source
    if manifest.name == MANIFEST_NAME and manifest.is_file():
        of_dataset = LabelReader(known_in(manifest), reader.mapping)
        return list(of_dataset.read_trials(read_manifest(manifest)))
    if source.is_dir():
        return list(reader.read_folder(source))
    if not source.is_file():
        raise UserError(f"{source}: no such file or folder")
    return list(reader.read_file(source))


def _scheme_of(sources: list[Path], reader: LabelReader) -> Scheme:
    """Return the scheme of the first run or dataset among the sources, else that of ``--data``."""
    from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME
    from lmms_eval_plugins.domain.scheme import scheme_of
    from lmms_eval_plugins.runs.run import is_run
    from lmms_eval_plugins.runs.run_file import read_run_file

    for source in sources:
        if is_run(source):
            return read_run_file(source).label_scheme
        if source.name == MANIFEST_NAME or (source / MANIFEST_NAME).is_file():
            return scheme_of(source)
    return reader.known.scheme


def _say(found: list[ReadLabels], problems: list[str]) -> bool:
    """Print one line per video that has something to say, the worst last; return whether there were problems."""
    from lmms_eval_plugins.dataset.remarks import worst_grade

    kinds = {"fine": "note", "doubtful": "warning", "wrong": "problem"}
    lines: dict[str, list[str]] = {kind: [] for kind in kinds.values()}
    for read in found:
        if grade := worst_grade(read.remarks):
            texts = [remark.text for remark in read.remarks if grade != "wrong" or remark.grade == "wrong"]
            name = "" if read.name == read.source.name else f"{read.name}: "
            lines[kinds[grade]].append(f"{read.source}: {name}{listed(texts, most=_MOST_TEXTS, by='; ')}")
    lines["problem"] += problems
    return [say_all(kind, of_kind) for kind, of_kind in lines.items()][-1]
