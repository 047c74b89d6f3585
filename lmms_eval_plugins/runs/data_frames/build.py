"""From a source to its rows of every table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

import pandas as pd

from lmms_eval_plugins.assessments.assess import DoseScore, score_asked
from lmms_eval_plugins.assessments.dose.summary import video_metrics
from lmms_eval_plugins.assessments.dose.video import DoseMethod, VideoScore, count_replies, predict_timeline
from lmms_eval_plugins.assessments.identification.score import IdentificationScore
from lmms_eval_plugins.assessments.methods import FuglMeyerMethod, IdentificationMethod
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import COHORTS, PRIMITIVES
from lmms_eval_plugins.runs.data_frames.columns import TableName, column_names, typed
from lmms_eval_plugins.runs.data_frames.sources import ReadRun, ReadVideo, state_of, value_of

Columns = dict[str, list[object]]

_HEADLINE = ("edit_score", "action_error_rate", "relative_counting_error", "mae_avg")


def tables_of(source: ReadRun, name: str) -> dict[TableName, pd.DataFrame]:
    """All tables of one run but the items, with ``name`` as its run and path.

    Raises:
        UserError: a truth cannot be read.
    """
    return {
        "runs": typed("runs", _run(source, name)),
        "answers": typed("answers", _answers(source, name)),
        "timelines": typed("timelines", _timelines(source, name)),
        "scores": typed("scores", _scores(source, name)),
    }


def _run(source: ReadRun, name: str) -> Columns:
    windows = [video.asked.windows for video in source.videos]
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
    return {
        "run": [name],
        "path": [name],
        "kind": [source.kind],
        "task": [source.task],
        "model": [source.model],
        "baseline": [source.baseline],
        "stamp": [source.stamp],
        "method": [source.method.method if source.method else None],
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
        "notes": ["; ".join(notes)],
    }


def _who(name: str, video: ReadVideo) -> dict[str, object]:
    asked = video.asked
    return {
        "run": name,
        "video_id": asked.video_id,
        "patient": asked.patient,
        "cohort": asked.cohort if asked.cohort in COHORTS else None,
        "stroke": video.stroke,
        "activity": activity_of_label(asked.activity or ""),
        "label": asked.activity,
    }


def _repeat(columns: Columns, who: Mapping[str, object], n: int) -> None:
    for column, value in who.items():
        columns[column] += [value] * n


def _answers(source: ReadRun, name: str) -> Columns:
    columns: Columns = {column: [] for column in column_names("answers")}
    for video in source.videos:
        replies, windows = video.replies, video.asked.windows
        _repeat(columns, _who(name, video), len(replies))
        columns["window"] += [reply.window for reply in replies]
        columns["start_s"] += [windows[reply.window].start_s for reply in replies]
        columns["end_s"] += [windows[reply.window].end_s for reply in replies]
        columns["question"] += [reply.question for reply in replies]
        columns["text"] += [_storable(reply.text) for reply in replies]
        columns["state"] += [state_of(reply.default_answer) for reply in replies]
        columns["value"] += [value_of(reply.answer) for reply in replies]
        columns["default_value"] += [value_of(reply.default_answer) for reply in replies]
        columns["p_yes"] += [reply.p_yes for reply in replies]
    return columns


def _storable(text: str | None) -> str | None:
    """A reply as text that every encoding holds; half of a surrogate pair becomes its escape."""
    return text if text is None or text.isascii() else text.encode(errors="backslashreplace").decode()


def _timelines(source: ReadRun, name: str) -> Columns:
    columns: Columns = {column: [] for column in column_names("timelines")}
    if not isinstance(source.method, DoseMethod):
        return columns
    for video in source.videos:
        predicted = video.asked.predicted
        timelines = {"predicted": predicted or predict_timeline(video.asked.windows, source.method)}
        if video.asked.truth:
            timelines["truth"] = Timeline.from_text(video.asked.truth)
        for kind, timeline in timelines.items():
            segments = timeline.segments
            _repeat(columns, _who(name, video), len(segments))
            columns["source"] += [kind] * len(segments)
            columns["segment"] += range(len(segments))
            columns["start_s"] += [segment.start_s for segment in segments]
            columns["end_s"] += [segment.end_s for segment in segments]
            columns["primitive"] += [segment.label.lower() for segment in segments]
    return columns


def _scores(source: ReadRun, name: str) -> Columns:
    columns: Columns = {column: [] for column in column_names("scores")}
    if source.method is None or isinstance(source.method, FuglMeyerMethod):
        return columns
    known = [video for video in source.videos if video.asked.truth]
    score = score_asked(source.method, [video.asked for video in known])
    assert isinstance(score, DoseScore | IdentificationScore)
    rows = _dose(known, score, source.method) if isinstance(score, DoseScore) else _identified(score, source.method)
    for video, values in zip(known, rows, strict=True):
        row = _who(name, video) | values
        for column, cells in columns.items():
            cells.append(row.get(column))
    return columns


def _dose(known: Sequence[ReadVideo], score: DoseScore, method: object) -> list[dict[str, object]]:
    assert isinstance(method, DoseMethod)
    return [_dose_of(video, own, method) for video, own in zip(known, score.videos, strict=True)]


def _dose_of(video: ReadVideo, score: VideoScore, method: DoseMethod) -> dict[str, object]:
    metrics = video_metrics(score)
    replies = count_replies(video.default_windows, method)
    return {
        **{name: metrics[name] for name in _HEADLINE},
        **{f"mae_{primitive}": score.mae[primitive] for primitive in PRIMITIVES},
        **{f"true_{primitive}": score.count_truth[primitive] for primitive in PRIMITIVES},
        **{f"predicted_{primitive}": score.count_predicted[primitive] for primitive in PRIMITIVES},
        "n_answers": replies.answers,
        "n_unreadable": replies.unreadable,
        "n_missing": replies.missing,
    }


def _identified(score: IdentificationScore, method: object) -> list[dict[str, object]]:
    assert isinstance(method, IdentificationMethod)
    return [
        {
            "truth": video.truth,
            "answer": value_of(video.answer),
            "answer_state": state_of(video.answer),
            "right": video.right,
            "tuning": video.patient in method.tuning_patients,
            "n_answers": int(video.answer is not None),
            "n_unreadable": int(state_of(video.answer) == "unreadable"),
            "n_missing": int(video.answer is None),
        }
        for video in score.videos
    ]
