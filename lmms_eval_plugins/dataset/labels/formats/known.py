"""The formats of label files that are known, and the reading of a file in whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo
from lmms_eval_plugins.dataset.labels.formats.boris_project import is_boris_project, read_boris_project
from lmms_eval_plugins.dataset.labels.formats.boris_tables import is_boris_table, read_boris_table
from lmms_eval_plugins.dataset.labels.formats.contents import LabelContent
from lmms_eval_plugins.dataset.labels.formats.cvat import is_cvat, read_cvat
from lmms_eval_plugins.dataset.labels.formats.elan import is_elan, read_elan
from lmms_eval_plugins.dataset.labels.formats.label_studio import is_label_studio, read_label_studio
from lmms_eval_plugins.dataset.labels.formats.start_stop import is_start_stop, read_start_stop
from lmms_eval_plugins.dataset.labels.formats.via import is_via, read_via

LABEL_SUFFIXES = frozenset({".eaf", ".boris", ".gz", ".json", ".xml", ".csv", ".tsv", ".txt"})
"""Files that a folder of label files is searched for."""


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """A format of label files.

    Attributes:
        name: for people.
        recognises: whether a file has it, by its content.
        read: its videos.
        suffixes: of the files that have it by name; a file of such a name that has it not is damaged or another tool's.
    """

    name: str
    recognises: Callable[[LabelContent], bool]
    read: Callable[[LabelContent], list[AnnotatedVideo]]
    suffixes: tuple[str, ...] = ()


BORIS_PROJECT, BORIS_TABLE = "BORIS project", "BORIS table"

FORMATS: tuple[LabelFormat, ...] = (
    LabelFormat("ELAN", is_elan, read_elan, (".eaf",)),
    LabelFormat("CVAT", is_cvat, read_cvat),
    LabelFormat(BORIS_PROJECT, is_boris_project, read_boris_project, (".boris", ".boris.gz")),
    LabelFormat("VIA 3", is_via, read_via),
    LabelFormat("Label Studio", is_label_studio, read_label_studio),
    LabelFormat(BORIS_TABLE, is_boris_table, read_boris_table),
    LabelFormat("starts and stops", is_start_stop, read_start_stop),
)
"""In the order in which a file is tried."""


def named_for_a_tool(path: Path) -> LabelFormat | None:
    """Return the format that a file's name promises, as ``.eaf`` does; None for names that many formats have."""
    return next((form for form in FORMATS if form.suffixes and path.name.lower().endswith(form.suffixes)), None)


def read_tool_file(path: Path, content: LabelContent | None = None) -> tuple[LabelFormat, list[AnnotatedVideo]]:
    """Read a label file of another tool: its format by its content, and its videos.

    Args:
        path: the file.
        content: what it holds, where it was read before.

    Raises:
        UserError: it cannot be read, is of no known format, or says nothing of any video.
    """
    content = content or LabelContent(path)
    found = next((form for form in FORMATS if form.recognises(content)), None)
    if found is None:
        named = named_for_a_tool(path)
        known = ", ".join(form.name for form in FORMATS)
        what = f"not the {named.name} file that its name promises" if named else "of no format that is known"
        raise UserError(f"{path}: {what} ({_form(content)}); known are: {known}")
    videos = found.read(content)
    if not videos:
        raise UserError(f"{path}: a {found.name} file without any video")
    return found, videos


def _form(content: LabelContent) -> str:
    """Describe what a file of no known format is."""
    if content.xml is not None:
        return f"XML that starts with <{content.xml.tag}>"
    if isinstance(content.json, dict):
        return f"JSON with the keys {', '.join(list(content.json)[:5]) or 'of nothing'}"
    if content.json is not None:
        return "a JSON list"
    return f"text that starts with {content.text.lstrip()[:40]!r}"
