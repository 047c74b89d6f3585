"""Label Studio exports (JSON): timeline labels of videos in frames, regions of audio and time series in seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import PurePosixPath
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import TRUTH, AnnotatedVideo, Annotation, RatedVideo, is_prediction
from lmms_eval_plugins.dataset.labels.formats.contents import (
    MOST_ANNOTATIONS,
    LabelContent,
    list_of,
    media_name,
    number_of,
    object_at,
)
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.domain.scheme import Scheme

_REGION_LABELS = ("labels", "timeserieslabels", "audiolabels", "timelinelabels")
_SPATIAL = ("videorectangle", "rectanglelabels", "keypointlabels", "brushlabels", "polygonlabels")
_UPLOAD_MARK = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded file."""

_MEDIA = re.compile(
    r"\.(mp4|m4v|mov|avi|mkv|webm|mpe?g|mts|m2ts|wmv|3gp|ts|flv|ogv|wav|mp3|m4a|ogg|flac)$", re.IGNORECASE
)
_BY = "labelled by "
"""Before a rater's name in the notes of regions: Label Studio takes nobody as an annotator whom it does not know."""

_LOCAL_FILES = "/data/local-files/?d="
"""Address of files below Label Studio's root for local files."""

_FPS_FIELDS = ("fps", "frame_rate", "framerate", "frameRate")


def is_label_studio(content: LabelContent) -> bool:
    """Return whether a file is an export of Label Studio: tasks with data and annotations, in full or in brief."""
    tasks = _tasks(content)
    return bool(tasks) and all(_is_full(task) or _is_brief(task) for task in tasks)


def _tasks(content: LabelContent) -> list[dict[str, object]]:
    value = content.json
    return [object_at(task) for task in (value if isinstance(value, list) else [value])]


def _is_full(task: Mapping[str, object]) -> bool:
    return isinstance(task.get("data"), dict) and any(
        key in task for key in ("annotations", "predictions", "completions")
    )


def _is_brief(task: Mapping[str, object]) -> bool:
    return "annotation_id" in task and "annotator" in task


def read_label_studio(content: LabelContent) -> list[AnnotatedVideo]:
    """Read the tasks of an export: one video per annotation and per prediction.

    Frames count from 1 and both ends of a range belong to it. The annotations of one task are raters of their own where
    there are several; predictions are raters by their model. Cancelled annotations and drafts are not read.

    Raises:
        UserError: there are too many regions.
    """
    videos: list[AnnotatedVideo] = []
    for task in _tasks(content):
        videos += _full(task) if _is_full(task) else _brief(task)
    if sum(len(video.annotations) for video in videos) > MOST_ANNOTATIONS:
        raise UserError(f"{content.path}: more than {MOST_ANNOTATIONS:,} regions")
    return videos


def _full(task: Mapping[str, object]) -> Iterator[AnnotatedVideo]:
    data = object_at(task.get("data"))
    media, fps = _media_of(data, str(task.get("file_upload") or "")), _fps_of(data)
    remarks: list[Remark] = []
    annotations = [object_at(entry) for entry in list_of(task.get("annotations")) + list_of(task.get("completions"))]
    valid = [entry for entry in annotations if not entry.get("was_cancelled") and not entry.get("skipped")]
    if len(valid) < len(annotations):
        number = len(annotations) - len(valid)
        remarks.append(Remark("fine", "cancelled", f"{number} cancelled annotation(s) are not read"))
    if list_of(task.get("drafts")) or any(entry.get("draft") or list_of(entry.get("drafts")) for entry in annotations):
        remarks.append(Remark("doubtful", "draft", "a draft is not read; submit it in Label Studio and export again"))
    predictions = [object_at(entry) for entry in list_of(task.get("predictions")) if isinstance(entry, dict)]
    raters = _distinct(
        [_annotator(entry, place) if len(valid) > 1 else "" for place, entry in enumerate(valid, start=1)]
    )
    raters += _distinct([_model(entry) for entry in predictions])
    for rater, entry in zip(raters, [*valid, *predictions], strict=True):
        results = [object_at(result) for result in list_of(entry.get("result"))]
        yield _video(media, fps, rater, [(object_at(r.get("value")), r) for r in results], remarks)
    if not valid and not predictions:
        yield AnnotatedVideo(media, (), None, fps, remarks=(*remarks, _nothing()))


def _nothing() -> Remark:
    return Remark("wrong", "no-labels", "the task has no submitted annotation")


def _brief(task: Mapping[str, object]) -> Iterator[AnnotatedVideo]:
    """Read a task of the brief export (JSON-MIN), which has the regions of a control under its name."""
    regions = [
        (object_at(value), {"from_name": name, "type": "timelinelabels" if "ranges" in object_at(value) else "labels"})
        for name, values in task.items()
        for value in list_of(values)
        if isinstance(value, dict)
    ]
    yield _video(_media_of(task, ""), _fps_of(task), "", regions, [])


def _distinct(names: Sequence[str]) -> list[str]:
    return [
        f"{name} {names[:place].count(name) + 1}" if name in names[:place] else name for place, name in enumerate(names)
    ]


def _annotator(annotation: Mapping[str, object], place: int) -> str:
    metas = (object_at(result, "meta").get("text") for result in list_of(annotation.get("result")))
    if written := next((str(text) for meta in metas for text in list_of(meta) if str(text).startswith(_BY)), ""):
        return written.removeprefix(_BY)
    who = annotation.get("completed_by")
    named = object_at(who).get("email") or object_at(who).get("username") or object_at(who).get("id") or who
    if annotation.get("ground_truth") and not isinstance(named, str):
        return TRUTH
    return str(named) if named not in (None, "", {}) else f"annotation {place}"


def _model(prediction: Mapping[str, object]) -> str:
    version = str(prediction.get("model_version") or "").strip()
    return version if is_prediction(version) else f"prediction {version}".strip()


def _media_of(data: Mapping[str, object], upload: str) -> str:
    """Return the name of a task's video: of the fields that name media the one called video, else the first."""
    named = {key: media_name(str(value)) for key, value in data.items() if isinstance(value, str)}
    media = {key: name for key, name in named.items() if _MEDIA.search(name)}
    name = media.get("video") or next(iter(media.values()), "") or named.get("video", "") or media_name(upload)
    return _UPLOAD_MARK.sub("", name)


def _fps_of(data: Mapping[str, object]) -> float | None:
    return next((rate for field in _FPS_FIELDS if (rate := number_of(data.get(field)))), None)


def _video(
    media: str,
    fps: float | None,
    rater: str,
    regions: Sequence[tuple[Mapping[str, object], Mapping[str, object]]],
    remarks: Sequence[Remark],
) -> AnnotatedVideo:
    """Make the video of one annotation; ranges make its times frames, other regions make them seconds."""
    own = list(remarks)
    in_frames: list[Annotation] = []
    in_seconds: list[Annotation] = []
    duration_s = None
    for value, result in regions:
        tier = str(result.get("from_name") or "")
        if result.get("type") in _SPATIAL or "sequence" in value:
            own.append(
                Remark("fine", "no-interval", f"{result.get('type', 'a region')} of {tier!r} marks places, not time")
            )
            continue
        names = [str(name) for key in _REGION_LABELS for name in list_of(value.get(key))]
        rate, frames = number_of(value.get("framesCount")), number_of(value.get("duration"))
        fps = fps or (rate / frames if rate and frames else None)
        duration_s = duration_s or number_of(result.get("original_length"))
        if "ranges" in value or "timelinelabels" in value:
            in_frames += _ranges(value, names, tier, own)
        elif (start := number_of(value.get("start"))) is not None:
            end = number_of(value.get("end"))
            point = bool(value.get("instant")) or end is None
            in_seconds += [Annotation(start, None if point else end, name, tier) for name in names]
        elif names:
            own.append(Remark("doubtful", "no-interval", f"a region of {tier!r} ({names[0]!r}) has no start and end"))
    if in_frames and in_seconds:
        own.append(Remark("wrong", "two-units", "regions in frames and regions in seconds stand in one annotation"))
    annotations = sorted(in_frames or in_seconds, key=lambda annotation: annotation.start_s)
    return AnnotatedVideo(
        media, tuple(annotations), duration_s, fps, rater, in_frames=bool(in_frames), remarks=tuple(dict.fromkeys(own))
    )


def _ranges(
    value: Mapping[str, object], names: Sequence[str], tier: str, remarks: list[Remark]
) -> Iterator[Annotation]:
    for span in list_of(value.get("ranges")) or [value]:
        start, end = number_of(object_at(span).get("start")), number_of(object_at(span).get("end"))
        if start is None or end is None:
            remarks.append(Remark("wrong", "no-interval", f"a range of {tier!r} has no start or end"))
        else:
            yield from (Annotation(max(start - 1, 0), end, name, tier) for name in names)


def label_studio_tasks(videos: Sequence[RatedVideo]) -> list[dict[str, object]]:
    """Return Label Studio's tasks: the truth as annotation, predictions as predictions, a control per hand.

    Times become frames at the video's rate, so that segments shorter than half a frame are lost.

    Args:
        videos: with known rates; raters of one video stand together.
    """
    tasks: list[dict[str, object]] = []
    for _, raters in groupby(videos, key=lambda video: video.name):
        of_video = list(raters)
        results = {video.rater: _results(video) for video in of_video}
        guesses = [rater for rater in results if is_prediction(rater)]
        tasks.append(
            {
                "data": {"video": _address(of_video[0]), "fps": of_video[0].fps},
                "annotations": [
                    {"result": result, "was_cancelled": False, "ground_truth": rater in ("", TRUTH)}
                    for rater, result in results.items()
                    if rater not in guesses
                ],
                "predictions": [{"model_version": rater, "result": results[rater]} for rater in guesses],
            }
        )
    return tasks


def label_studio_config(videos: Sequence[RatedVideo], scheme: Scheme) -> str:
    """Return the labelling interface of the tasks, as Label Studio takes it: a control per hand with the labels.

    Args:
        videos: the same as of the tasks.
        scheme: its labels and their colours.
    """
    view = Element("View")
    SubElement(view, "Video", {"name": "video", "value": "$video", "frameRate": "$fps"})
    used = (segment.label for video in videos for one in video.hands.values() for segment in one.segments)
    labels = dict.fromkeys((*scheme.names, *used))
    for hand in sorted({hand for video in videos for hand in video.hands}, reverse=True):
        control = SubElement(view, "TimelineLabels", {"name": hand, "toName": "video"})
        for label in labels:
            colour = {"background": scheme.colours[label]} if label in scheme.labels else {}
            SubElement(control, "Label", {"value": label} | colour)
    indent(view)
    return tostring(view, encoding="unicode") + "\n"


def _address(video: RatedVideo) -> str:
    """Return where Label Studio finds a video: below its root for local files where it is one of this machine."""
    if PurePosixPath(video.media).is_absolute():
        return f"{_LOCAL_FILES}{quote(video.media[1:])}"
    return video.media or video.media_name


def _results(video: RatedVideo) -> list[dict[str, object]]:
    assert video.fps
    results: list[dict[str, object]] = []
    by = {} if video.rater in ("", TRUTH) or is_prediction(video.rater) else {"meta": {"text": [_BY + video.rater]}}
    for hand, timeline in video.hands.items():
        for number, segment in enumerate(timeline.segments):
            first = round((segment.start_s - video.offset_s) * video.fps)
            last = round((segment.end_s - video.offset_s) * video.fps)
            if 0 <= first < last:
                results.append(
                    {
                        "id": f"{hand}{number}",
                        "type": "timelinelabels",
                        "from_name": hand,
                        "to_name": "video",
                        "value": {"ranges": [{"start": first + 1, "end": last}], "timelinelabels": [segment.label]},
                        **by,
                    }
                )
    return results
