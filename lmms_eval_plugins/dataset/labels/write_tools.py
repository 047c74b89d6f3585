"""Writing of labels for people and tools: our CSVs, ELAN documents, BORIS projects and tables, Label Studio tasks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.safe_names import file_name, inside
from lmms_eval_plugins.dataset.labels.annotations import RatedVideo, ToolFormat
from lmms_eval_plugins.dataset.labels.convert import labelled_hands
from lmms_eval_plugins.dataset.labels.formats.boris_project import boris_project
from lmms_eval_plugins.dataset.labels.formats.boris_tables import boris_events
from lmms_eval_plugins.dataset.labels.formats.elan import elan_text
from lmms_eval_plugins.dataset.labels.formats.label_studio import label_studio_config, label_studio_tasks
from lmms_eval_plugins.dataset.labels.label_file import write_labels
from lmms_eval_plugins.domain.scheme import Scheme

BORIS_NAME = "labels.boris"
LABEL_STUDIO_NAME, LABEL_STUDIO_CONFIG_NAME = "label-studio.json", "label-studio.config"

_ByPath = dict[Path, Callable[[Path], None]]


def cannot_write(video: RatedVideo, form: ToolFormat) -> str | None:
    """Return why a video's labels cannot be written in a format, in a line; None where they can."""
    if form == "label-studio" and not video.fps:
        return f"{video.name}: its rate is not known, and Label Studio counts frames; give its dataset with --data"
    return None


def write_for_tool(
    videos: Sequence[RatedVideo], out: Path, form: ToolFormat, scheme: Scheme, keep: Sequence[Path] = ()
) -> list[Path]:
    """Write labels into a folder; files that are there are replaced.

    Args:
        videos: raters of one video stand together.
        out: the folder. Our CSVs and BORIS tables of a rater with a name lie in a folder of that name.
        form: of the files.
        scheme: its labels are offered for editing.
        keep: files that must not be written over, as what the labels were read from.

    Raises:
        UserError: a file is one of those to keep or cannot be written, or a video is not for it (see `cannot_write`).
    """
    if problem := next(filter(None, (cannot_write(video, form) for video in videos)), None):
        raise UserError(problem)
    kept = {path.resolve() for path in keep}
    writers = _WRITERS[form](videos, out, scheme)
    for path in writers:
        if path.resolve() in kept:
            raise UserError(f"{path}: is what the labels are read from; choose another folder with --out")
    for path, write in writers.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            inside(out, path)
            partial = path.with_name(path.name + ".part")
            write(partial)
            partial.replace(path)
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror}); choose a folder with --out") from error
    return list(writers)


def _in_folder(out: Path, video: RatedVideo, suffix: str) -> Path:
    folder = out / file_name(video.rater) if video.rater else out
    return folder / f"{file_name(video.name)}{suffix}"


def _csv_files(videos: Sequence[RatedVideo], out: Path, scheme: Scheme) -> _ByPath:
    def writer(video: RatedVideo) -> Callable[[Path], None]:
        return lambda path: write_labels(path, *labelled_hands(video))

    return {_in_folder(out, video, ".csv"): writer(video) for video in videos}


def _elan_files(videos: Sequence[RatedVideo], out: Path, scheme: Scheme) -> _ByPath:
    of_video = {name: list(raters) for name, raters in groupby(videos, key=lambda video: video.name)}
    return {out / f"{file_name(name)}.eaf": _text(elan_text(raters, scheme)) for name, raters in of_video.items()}


def _boris_files(videos: Sequence[RatedVideo], out: Path, scheme: Scheme) -> _ByPath:
    tables = {_in_folder(out, video, ".csv"): _text(boris_events(video)) for video in videos}
    # ASCII alone: BORIS opens a project in the system's encoding, which is not UTF-8 on every system
    project = _text(json.dumps(boris_project(videos, scheme), indent=1) + "\n")
    return {out / BORIS_NAME: project, **tables}


def _label_studio_files(videos: Sequence[RatedVideo], out: Path, scheme: Scheme) -> _ByPath:
    config = _text(label_studio_config(videos, scheme))
    return {out / LABEL_STUDIO_NAME: _json(label_studio_tasks(videos)), out / LABEL_STUDIO_CONFIG_NAME: config}


def _text(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(text, encoding="utf-8")

    return write


def _json(value: object) -> Callable[[Path], None]:
    return _text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


_WRITERS: Mapping[ToolFormat, Callable[[Sequence[RatedVideo], Path, Scheme], _ByPath]] = {
    "csv": _csv_files,
    "elan": _elan_files,
    "boris": _boris_files,
    "label-studio": _label_studio_files,
}
