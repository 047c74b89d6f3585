"""From a run to its rows of every table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from statistics import median

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.questions.answers import AnsweredVideo, state_of, value_of
from lmms_eval_plugins.questions.coverage import Coverage
from lmms_eval_plugins.runs.data_frames.columns import TableName, column_names, typed
from lmms_eval_plugins.runs.data_frames.sources import STROKE_UNKNOWN, AnyRun, ReadVideo, of_family

Columns = dict[str, list[object]]


def tables_of(source: AnyRun, name: str) -> dict[TableName, pd.DataFrame]:
    """Return all tables of one run but the items, with ``name`` as its run and path.

    Raises:
        UserError: a truth cannot be read.
    """
    return {
        "runs": typed("runs", _run(source, name)),
        "answers": typed("answers", _answers(source, name)),
        "timelines": timelines_frame(source, name),
        "scores": scores_frame(source, name),
    }


def timelines_frame(source: AnyRun, name: str) -> pd.DataFrame:
    """Return the true and predicted segments of one run."""
    return typed("timelines", _timelines(source, name))


def scores_frame(source: AnyRun, name: str) -> pd.DataFrame:
    """Return the scores of one run's videos."""
    return typed("scores", _scores(source, name), source.scheme.names)


def _run(source: AnyRun, name: str) -> Columns:
    windows = [video.answered.windows for video in source.videos]
    lengths = [window.end_s - window.start_s for of_video in windows for window in of_video]
    strides = [after.start_s - before.start_s for of_video in windows for before, after in pairwise(of_video)]
    otherwise = sum(
        state_of(reply.default_answer) == "read" and reply.default_answer != reply.answer
        for video in source.videos
        for reply in video.replies
    )
    notes = list(source.notes)
    if otherwise:
        notes.append(f"{otherwise:,} replies mean something else under the default reading")
    notes += _coverage(source).notes
    return {
        "run": [name],
        "path": [name],
        "kind": [source.kind],
        "task": [source.task],
        "model": [source.model],
        "baseline": [source.baseline],
        "stamp": [source.stamp],
        "method": [source.method.method if source.method else None],
        "scheme": [source.scheme.name],
        "policy": [source.policy],
        "n_videos": [len(source.videos)],
        "n_windows": [len(lengths)],
        "window_s": [round(median(lengths), 3) if lengths else None],
        "stride_s": [round(median(strides), 3) if strides else None],
        "fps": [source.settings.fps],
        "frames": [source.settings.frames],
        "crop": [source.settings.crop],
        "conditional": [source.settings.conditional],
        "postprocess": [source.settings.postprocess],
        "controls": [_control_key(source)],
        "settings": [_as_json(source.recorded.settings) if source.recorded else None],
        "versions": [_as_json(source.recorded.versions) if source.recorded else None],
        "notes": [_BETWEEN_NOTES.join(note.replace(_BETWEEN_NOTES, ", ") for note in notes)],
    }


def _control_key(source: AnyRun) -> str | None:
    """Return a digest of what the controls of a dose run are made from; None of other runs."""
    run = of_family(source, DOSE)
    if run is None:
        return None
    videos = [
        (
            *(video.video_id, video.patient, video.activity, video.length_s, video.truth.to_text()),
            [(window.start_s, window.end_s, window.pose, window.n_frames) for window in video.windows],
            *((rater, timeline.to_text()) for rater, timeline in video.raters.items()),
        )
        for video in sorted((one.answered for one in run.videos), key=lambda one: one.video_id)
        if video.truth is not None
    ]
    return digest(run.scheme.model_dump(mode="json"), run.method.model_dump(mode="json"), videos)


_BETWEEN_NOTES = "; "


def notes_in(cell: object) -> list[str]:
    """Return the notes in a cell of the runs table."""
    return [note for note in str(cell).split(_BETWEEN_NOTES) if note]


def text_in(cell: object) -> str | None:
    """Return the text in a cell of any table; None of an empty one."""
    return cell if isinstance(cell, str) else None


def settings_in(cell: object) -> dict[str, str]:
    """Return the settings, or the versions, in a cell of the runs table; none where they are not known."""
    return dict(json.loads(cell)) if isinstance(cell, str) else {}


def probabilities_in(cell: object) -> dict[str, float]:
    """Return the probabilities in a cell of the answers table, by answer; nothing of an empty one."""
    return dict(json.loads(cell)) if isinstance(cell, str) else {}


def probability_of(probabilities: Mapping[str, float], answer: object) -> float:
    """Return the probability of an answer among those recorded, whatever blanks and capitals; NaN where it is none.

    >>> probability_of({" Yes": 0.75, " No": 0.25}, "yes")
    0.75
    """
    wanted = answer.strip().lower() if isinstance(answer, str) else None
    return next((p for name, p in probabilities.items() if name.strip().lower() == wanted), math.nan)


def _coverage(source: AnyRun) -> Coverage:
    """Return how many of the videos that are scored have replies."""
    assessment, known = source.assessment, _known(source)
    if source.method is None or assessment is None:
        return Coverage()
    return Coverage.of({video.video_id: assessment.replies(source.method, video) for video in known})


def _known(source: AnyRun) -> list[AnsweredVideo[object]]:
    """Return the videos with a truth, each with the answers of both readings."""
    known = (video for video in source.videos if video.answered.truth is not None)
    return [replace(video.answered, by_default=video.default_windows) for video in known]


def about_video(name: str, video: ReadVideo[object]) -> dict[str, object]:
    """Return the columns that say whom a row is about, by name; ``name`` is the run's."""
    answered = video.answered
    return {
        "run": name,
        "video_id": answered.video_id,
        "patient": answered.patient,
        "cohort": None if answered.cohort == STROKE_UNKNOWN else answered.cohort,
        "stroke": video.stroke,
        "activity": activity_of_label(answered.activity or ""),
        "label": answered.activity,
        "view": answered.view,
    }


def _repeat(columns: Columns, who: Mapping[str, object], n: int) -> None:
    for column, value in who.items():
        columns[column] += [value] * n


def _answers(source: AnyRun, name: str) -> Columns:
    columns: Columns = {column: [] for column in column_names("answers")}
    for video in source.videos:
        replies, windows = video.replies, video.answered.windows
        _repeat(columns, about_video(name, video), len(replies))
        columns["window"] += [reply.window for reply in replies]
        columns["start_s"] += [windows[reply.window].start_s for reply in replies]
        columns["end_s"] += [windows[reply.window].end_s for reply in replies]
        columns["question"] += [reply.question for reply in replies]
        columns["answer_kind"] += [reply.kind.kind for reply in replies]
        columns["text"] += [_storable(reply.text) for reply in replies]
        columns["state"] += [state_of(reply.default_answer) for reply in replies]
        columns["value"] += [value_of(reply.answer) for reply in replies]
        columns["default_value"] += [value_of(reply.default_answer) for reply in replies]
        columns["finish_reason"] += [reply.finish_reason for reply in replies]
        columns["truth"] += [value_of(reply.truth) for reply in replies]
        columns["right"] += [reply.right for reply in replies]
        columns["probabilities"] += [_as_json(reply.probabilities) for reply in replies]
        columns["p_yes"] += [reply.p_yes for reply in replies]
    return columns


def _as_json(values: Mapping[str, object]) -> str | None:
    """Return names and values as JSON; None where there are none."""
    return _storable(json.dumps(dict(values), ensure_ascii=False)) if values else None


def _storable(text: str | None) -> str | None:
    """Return a reply as text that every encoding holds; half of a surrogate pair becomes its escape."""
    return text if text is None or text.isascii() else text.encode(errors="backslashreplace").decode()


def _timelines(source: AnyRun, name: str) -> Columns:
    columns: Columns = {column: [] for column in column_names("timelines")}
    assessment = source.assessment
    if source.method is None or assessment is None:
        return columns
    for video in source.videos:
        for kind, timeline in assessment.timelines(source.method, video.answered).items():
            segments = timeline.segments
            _repeat(columns, about_video(name, video), len(segments))
            columns["source"] += [kind] * len(segments)
            columns["segment"] += range(len(segments))
            columns["start_s"] += [segment.start_s for segment in segments]
            columns["end_s"] += [segment.end_s for segment in segments]
            columns["primitive"] += [segment.label.lower() for segment in segments]
    return columns


def _scores(source: AnyRun, name: str) -> Columns:
    columns: Columns = {column: [] for column in column_names("scores", source.scheme.names)}
    assessment = source.assessment
    if source.method is None or assessment is None:
        return columns
    known = [video for video in source.videos if video.answered.truth is not None]
    rows = assessment.score_rows(source.method, _known(source), source.questions)
    for video, values in () if rows is None else zip(known, rows, strict=True):
        about = {"repetition": video.answered.repetition, "duration_s": video.answered.length_s or None}
        row = about_video(name, video) | about | values
        for column, cells in columns.items():
            cells.append(row.get(column))
    return columns
