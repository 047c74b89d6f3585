"""CVAT annotations (XML 1.1): tracks and tags of a video, tags of its frames as images."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, Annotation
from lmms_eval_plugins.dataset.labels.formats.contents import MOST_ANNOTATIONS, LabelContent, media_name
from lmms_eval_plugins.dataset.labels.tool_codes import is_side
from lmms_eval_plugins.dataset.remarks import Remark

_SHAPES = frozenset({"box", "polygon", "polyline", "points", "cuboid", "skeleton", "ellipse", "mask"})
_MOST_FRAMES = 10_000_000


@dataclass(frozen=True, slots=True)
class _Task:
    """A task: its video, and which of the video's frames it shows."""

    media: str
    step: int
    end: int | None
    """One after its last frame; None where the file does not say."""


def is_cvat(content: LabelContent) -> bool:
    """Return whether a file is an annotation file of CVAT."""
    root = content.xml
    return root is not None and root.tag == "annotations" and root.find("meta") is not None


def read_cvat(content: LabelContent) -> list[AnnotatedVideo]:
    """Read the tracks and tags of CVAT; times are frames of the video.

    A track's label lasts while its shape is not outside. A track with attributes stands for their values, one tier per
    attribute; a value that says which hand belongs to the others. A tag lasts for its frame, up to the task's next one.

    Raises:
        UserError: a frame is not a number, or there are too many shapes.
    """
    root = content.xml
    assert root is not None
    if sum(1 for element in root.iter() if element.tag in _SHAPES or element.tag == "tag") > MOST_ANNOTATIONS:
        raise UserError(f"{content.path}: more than {MOST_ANNOTATIONS:,} shapes and tags")
    tasks = _tasks(content, root)
    found: dict[str, list[Annotation]] = {key: [] for key in tasks}
    tags: dict[str, dict[tuple[str, str], set[int]]] = defaultdict(lambda: defaultdict(set))
    for track in root.findall("track"):  # those inside a track are the joints of a skeleton
        key = _task_of(track, tasks)
        found[key] += _of_track(content, track, tasks[key])
    for image in root.iter("image"):
        frame = _frame_of_image(content, image)
        for tag in image.iter("tag"):
            for code, tier in _meanings_of(tag):
                tags[_task_of(image, tasks)][(code, tier)].add(frame)
    for tag in root.iter("tag"):
        if tag.get("frame") is not None:
            for code, tier in _meanings_of(tag):
                tags[_task_of(tag, tasks)][(code, tier)].add(_whole(content, tag, "frame"))
    videos = []
    for key, task in tasks.items():
        runs = [
            Annotation(start, end, code, tier)
            for (code, tier), frames in tags[key].items()
            for start, end in _runs(frames, task.step)
        ]
        annotations = tuple(sorted([*found[key], *runs], key=lambda annotation: annotation.start_s))
        videos.append(
            AnnotatedVideo(task.media, annotations, in_frames=True, remarks=tuple(_outside(task, annotations)))
        )
    return videos


def _tasks(content: LabelContent, root: Element) -> dict[str, _Task]:
    """Return the tasks of a file by their id: the one of a task's or job's export, all of a project's."""
    meta = root.find("meta")
    assert meta is not None
    found = list(meta.iter("task")) or list(meta.iter("job")) or [meta]
    source = meta.findtext("source") or ""
    return {str(task.findtext("id") or place): _task(content, task, source) for place, task in enumerate(found)}


def _task(content: LabelContent, task: Element, source: str) -> _Task:
    source = task.findtext("source") or source or task.findtext("name") or ""
    stop = task.findtext("stop_frame") or ""
    step = re.fullmatch(r"\s*step\s*=\s*(\d+)\s*", task.findtext("frame_filter") or "")
    end = int(stop) + 1 if stop.strip().isdigit() else None
    if end and end > _MOST_FRAMES:
        raise UserError(f"{content.path}: a task of {end:,} frames; the file is damaged")
    return _Task(media_name(source), max(int(step[1]), 1) if step else 1, end)


def _task_of(element: Element, tasks: Mapping[str, _Task]) -> str:
    key = element.get("task_id", "")
    return key if key in tasks else next(iter(tasks))


def _whole(content: LabelContent, element: Element, name: str) -> int:
    text = (element.get(name) or "").strip()
    if not text.isdigit() or len(text) > 9:
        raise UserError(f"{content.path}: a {element.tag} with {name} {text!r}, which is not the number of a frame")
    return int(text)


def _frame_of_image(content: LabelContent, image: Element) -> int:
    """Return an image's frame: the number in its name (``frame_000030``), else its id."""
    named = re.search(r"frame_?(\d{1,9})(\.\w+)?$", image.get("name") or "")
    return int(named[1]) if named else _whole(content, image, "id")


def _of_track(content: LabelContent, track: Element, task: _Task) -> Iterator[Annotation]:
    shapes = sorted(
        ((_whole(content, shape, "frame"), shape) for shape in track if shape.tag in _SHAPES), key=lambda pair: pair[0]
    )
    open_since: dict[tuple[str, str], int] = {}
    for frame, shape in shapes:
        now = set() if shape.get("outside") == "1" else set(_meanings_of(shape, track.get("label", "")))
        for ended in [meaning for meaning in open_since if meaning not in now]:
            yield Annotation(open_since.pop(ended), frame, *ended)
        for begun in now:
            open_since.setdefault(begun, frame)
    if shapes:
        last = task.end if task.end is not None else shapes[-1][0] + task.step
        for (code, tier), start in open_since.items():
            yield Annotation(start, max(last, shapes[-1][0] + 1), code, tier)


def _meanings_of(element: Element, label: str = "") -> list[tuple[str, str]]:
    """Return the codes and tiers that a shape or tag stands for."""
    label = element.get("label") or label
    values = {attribute.get("name", ""): (attribute.text or "").strip() for attribute in element.iter("attribute")}
    sides = [value for value in values.values() if is_side(value)]
    codes = {name: value for name, value in values.items() if value and not is_side(value)}
    if not codes:
        return [(label, " ".join(sides))]
    return [(value, " ".join(filter(None, (label, name, *sides)))) for name, value in codes.items()]


def _runs(frames: set[int], step: int) -> Iterator[tuple[int, int]]:
    """Yield start and exclusive end of the runs of frames that follow each other at the task's step."""
    ordered = sorted(frames)
    start = previous = None
    for frame in ordered:
        if start is None or previous is None:
            start = frame
        elif frame - previous > step:
            yield start, previous + step
            start = frame
        previous = frame
    if start is not None and previous is not None:
        yield start, previous + step


def _outside(task: _Task, annotations: tuple[Annotation, ...]) -> Iterator[Remark]:
    if (
        task.end is not None
        and annotations
        and (latest := max(annotation.start_s for annotation in annotations)) >= task.end
    ):
        text = f"frame {latest:.0f} lies after the task's last, {task.end - 1}; export the task again from CVAT"
        yield Remark("wrong", "past-end", text)
