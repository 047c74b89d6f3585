"""VIA 3 projects (JSON): temporal segments with attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, Annotation
from lmms_eval_plugins.dataset.labels.formats.contents import (
    MOST_ANNOTATIONS,
    LabelContent,
    list_of,
    media_name,
    number_of,
    object_at,
)
from lmms_eval_plugins.dataset.labels.tool_codes import is_side
from lmms_eval_plugins.dataset.remarks import Remark

_VIDEO, _AUDIO = 4, 8
_DEFAULT_ATTRIBUTE = "TEMPORAL-SEGMENTS"
"""VIA's own name for the attribute of segments where the project gives it none."""


def is_via(content: LabelContent) -> bool:
    """Return whether a file is a project of VIA 3."""
    return {"metadata", "attribute", "file", "view"} <= object_at(content.json).keys()


def read_via(content: LabelContent) -> list[AnnotatedVideo]:
    """Read a project of VIA 3: the temporal segments of each video, an attribute being a tier.

    A value that says which hand and nothing else belongs to the other attributes of its segment. Marks in the picture
    are not read.

    Raises:
        UserError: there are too many segments, or one has times that cannot be read.
    """
    project = object_at(content.json)
    metadata = object_at(project, "metadata")
    if len(metadata) > MOST_ANNOTATIONS:
        raise UserError(f"{content.path}: more than {MOST_ANNOTATIONS:,} segments")
    attributes = {key: object_at(entry) for key, entry in object_at(project, "attribute").items()}
    of_view: dict[str, list[Annotation]] = {}
    places: dict[str, int] = {}
    for key, value in metadata.items():
        entry = object_at(value)
        view = str(entry.get("vid"))
        if list_of(entry.get("xy")):
            places[view] = places.get(view, 0) + 1
        elif list_of(entry.get("z")):
            of_view.setdefault(view, []).extend(_annotations(content, key, entry, attributes))
    videos = []
    for view, view_entry in object_at(project, "view").items():
        annotations = tuple(sorted(of_view.get(view, ()), key=lambda found: found.start_s))
        text = f"{places.get(view)} marks in the picture are not read"
        remarks = (Remark("fine", "no-interval", text),) if view in places else ()
        videos += [
            AnnotatedVideo(name, annotations, remarks=remarks)
            for name in _files(project, list_of(object_at(view_entry).get("fid_list")))
        ]
    return videos


def _files(project: Mapping[str, object], ids: list[object]) -> Iterator[str]:
    """Yield the names of a view's videos, or of its audio where it has no video."""
    files = [object_at(project, "file", str(entry)) for entry in ids]
    for kind in (_VIDEO, _AUDIO):
        if of_kind := [entry for entry in files if number_of(entry.get("type")) == kind]:
            yield from (media_name(str(entry.get("fname") or entry.get("src") or "")) for entry in of_kind)
            return


def _annotations(
    content: LabelContent, key: str, entry: Mapping[str, object], attributes: Mapping[str, Mapping[str, object]]
) -> Iterator[Annotation]:
    times = [number_of(time) for time in list_of(entry.get("z"))]
    start = times[0]
    end = times[-1] if len(times) > 1 else None
    if start is None or (len(times) > 1 and end is None) or len(times) > 2:
        raise UserError(f"{content.path}: segment {key!r} has times that are not start and end ({entry.get('z')})")
    values = {name: _value(attributes.get(name, {}), value) for name, value in object_at(entry.get("av")).items()}
    named = {name: value for name, value in values.items() if value}
    sides = [value for value in named.values() if is_side(value)]
    codes = {name: value for name, value in named.items() if not is_side(value)}
    codes = codes or dict.fromkeys(named or ("",), "")
    for name, value in codes.items():
        title = str(attributes.get(name, {}).get("aname") or "")
        tier = " ".join(filter(None, ("" if title == _DEFAULT_ATTRIBUTE else title, *sides)))
        yield Annotation(start, end, value, tier)


def _value(attribute: Mapping[str, object], value: object) -> str:
    """Return the words of an attribute's value: of a choice its option's."""
    options = object_at(attribute.get("options"))
    chosen = [str(options.get(part, part)).strip() for part in str(value).split(",")] if options else [str(value)]
    return ", ".join(filter(None, (word.strip() for word in chosen)))
