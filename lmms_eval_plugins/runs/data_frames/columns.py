"""The columns of every table: name, type and meaning, in one place.

Types: ``text`` (pandas ``str``; NaN where not known), ``int`` (``Int64``), ``float`` (``float64``), ``flag``
(``boolean``); in the latter three too, what is not known or does not apply is missing, never 0 or False.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.registry import families
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnswerState
from lmms_eval_plugins.questions.coverage import LEAST_ANSWERED_PERCENT
from lmms_eval_plugins.questions.kinds import KINDS

ColumnType = Literal["text", "int", "float", "flag"]
TableName = Literal["runs", "answers", "timelines", "scores", "items", "doses", "sums", "unmeasured", "probes", "seen"]


class FrameColumn(NamedTuple):
    """A column: its name, type, and meaning with unit and range."""

    name: str
    type: ColumnType
    meaning: str


_STATES = ", ".join(get_args(AnswerState)[:-1]) + " or missing"
_METHODS = [name for family in families() for name in family.method_names]

_RUN = FrameColumn("run", "text", "short name of the run, unique among those read together; joins all tables")
_PATIENT = FrameColumn("patient", "text", "who was filmed")
_COHORT = FrameColumn("cohort", "text", "healthy, or any other after a stroke; of published logs looked up by patient")
_WHO = (
    _RUN,
    FrameColumn("video_id", "text", "the video's name"),
    _PATIENT,
    _COHORT,
    FrameColumn("stroke", "flag", "whether the patient has had a stroke"),
    FrameColumn("activity", "text", "one of the nine activities of the vocabulary, sides of RTT and shelf merged"),
    FrameColumn("label", "text", "the recording's own label, with side, as in 'RTT left side'"),
    FrameColumn("view", "text", "the camera, as the manifest or else the video's name has it"),
)


_TRUE = "true_"
"""Beginning of the names of columns with true counts."""


def _score_columns(labels: Iterable[str]) -> tuple[FrameColumn, ...]:
    labels = tuple(labels)
    return (
        *_WHO,
        FrameColumn("repetition", "int", "which time the patient did the activity, as the manifest or the name has it"),
        FrameColumn("duration_s", "float", "length of the video, seconds; the end of its last window where not known"),
        FrameColumn("edit_score", "float", "100·(1 − Lev/max(|p|,|r|)), 0 to 100"),
        FrameColumn("action_error_rate", "float", "Lev/|r|, 0 upwards"),
        FrameColumn("relative_counting_error", "float", "Σ|c_p − c_r| / Σ c_r over primitives, 0 upwards"),
        FrameColumn("mae_avg", "float", "mean of the counting errors of all labels"),
        *(FrameColumn(f"mae_{name}", "int", f"by how many the count of {name} is off") for name in labels),
        *(FrameColumn(f"{_TRUE}{name}", "int", f"true occurrences of {name}") for name in labels),
        *(FrameColumn(f"predicted_{name}", "int", f"predicted occurrences of {name}") for name in labels),
        FrameColumn("truth", "text", "identification: the activity shown"),
        FrameColumn(
            "answer", "text", "identification: the activity answered; missing where the reply has none or never came"
        ),
        FrameColumn("answer_state", "text", f"identification: {_STATES}"),
        FrameColumn("right", "flag", "identification: whether the answer is the truth"),
        FrameColumn("accuracy", "float", "labelled: share of the video's answers that are right, 0 to 1"),
        FrameColumn("mean_error", "float", "labelled: mean of |given − true| over the video's numbers; none without"),
        FrameColumn("tuning", "flag", "identification: whether the patient's videos shaped the question"),
        FrameColumn("n_answers", "int", "replies that came to the questions that scoring reads"),
        FrameColumn("n_unreadable", "int", "those of them that answer nothing, under the default reading"),
        FrameColumn("n_refused", "int", "those that refuse to answer, or say that they cannot"),
        FrameColumn("n_contradictory", "int", "those that give two answers which exclude each other"),
        FrameColumn("n_cut", "int", "those that the limit of tokens cut off, read or not, where it is known"),
        FrameColumn("n_missing", "int", "replies that never came"),
        FrameColumn(
            "share_answered",
            "float",
            f"share of the requests with a reply, 0 to 1; a video below .{LEAST_ANSWERED_PERCENT} is not averaged",
        ),
    )


def _ends(of: str, named: str) -> tuple[FrameColumn, ...]:
    return tuple(
        FrameColumn(f"{named}{end}_{level}", "float", f"{which} end of the {level} % interval of {of}")
        for level in LEVELS
        for end, which in (("low", "lower"), ("high", "upper"))
    )


def _with_interval(name: str, meaning: str) -> tuple[FrameColumn, ...]:
    ends = (
        (f"{name}_{end}", f"{which} end of its 95 % interval") for end, which in (("low", "lower"), ("high", "upper"))
    )
    return (FrameColumn(name, "float", meaning), *(FrameColumn(end, "float", about) for end, about in ends))


COLUMNS: Mapping[TableName, tuple[FrameColumn, ...]] = {
    "runs": (
        _RUN,
        FrameColumn(
            "path", "text", "log file or run folder, as given; '#1', '#2' added where one file holds several runs"
        ),
        FrameColumn("kind", "text", "'run' (ours) or 'published log'"),
        FrameColumn("task", "text", "the task's name"),
        FrameColumn(
            "model",
            "text",
            "the model's name: of ours the card's, in brackets what was set otherwise; of logs the checkpoint's",
        ),
        FrameColumn(
            "baseline", "flag", "whether the answers are a baseline's (not seeing, or from the truth), not a model's"
        ),
        FrameColumn("stamp", "text", "when the run was started, as its folder or file is named"),
        FrameColumn("method", "text", f"{', '.join(_METHODS[:-1])} or {_METHODS[-1]}"),
        FrameColumn("scheme", "text", "name of the scheme that the labels are of; 'primitives' is the shipped one"),
        FrameColumn("policy", "text", "how replies were read for the scores: default or published"),
        FrameColumn("n_videos", "int", "videos of the run"),
        FrameColumn("n_windows", "int", "windows of all videos"),
        FrameColumn("window_s", "float", "median length of a window, seconds"),
        FrameColumn("stride_s", "float", "median distance of the starts of neighbouring windows, seconds"),
        FrameColumn(
            "fps", "float", "frames sampled per second of video, where the run says so; none for uniform sampling"
        ),
        FrameColumn("frames", "int", "frames sampled per window, where the run says so"),
        FrameColumn("crop", "flag", "whether windows were cropped to the hand, where the run says so"),
        FrameColumn(
            "conditional", "flag", "whether questions told the state before (conditional prompting), where known"
        ),
        FrameColumn("postprocess", "flag", "whether PRIM smoothed what it found; of runs by PRIM only"),
        FrameColumn(
            "controls",
            "text",
            "digest of videos, labels (of all raters), windows and method; dose runs that share it share controls",
        ),
        FrameColumn(
            "settings",
            "text",
            "what was set that may change answers or scores, as JSON: name → value; of logs their model's arguments",
        ),
        FrameColumn("versions", "text", "program, packages, commit and device, as JSON; of our runs"),
        FrameColumn("notes", "text", "what a reader of the run's numbers should know; empty where nothing"),
    ),
    "answers": (
        *_WHO,
        FrameColumn("window", "int", "index of the window in its video, from 0 in order of time"),
        FrameColumn("start_s", "float", "start of the window, seconds"),
        FrameColumn("end_s", "float", "exclusive end of the window, seconds"),
        FrameColumn("question", "text", "id of the question"),
        FrameColumn("answer_kind", "text", f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"),
        FrameColumn("text", "text", "the reply, word for word; missing where none came"),
        FrameColumn("state", "text", f"{_STATES}, under the default reading, whatever the policy"),
        FrameColumn(
            "value", "text", "the answer as read under the run's policy: yes, no, an option, 'a;b' for a sequence"
        ),
        FrameColumn("default_value", "text", "the answer under the default reading; differs where the policy misreads"),
        FrameColumn("truth", "text", "the correct answer, written as ``value`` is; missing where it is not known"),
        FrameColumn(
            "right", "flag", "whether ``value`` is the truth; False too where the reply gives no answer or never came"
        ),
        FrameColumn(
            "probabilities",
            "text",
            "probability of each answer that a reply may begin with, as JSON; they sum to 1; where recorded",
        ),
        FrameColumn("p_yes", "float", "probability of yes among yes and no, 0 to 1, where recorded"),
        FrameColumn(
            "finish_reason", "text", "why the model ended: stop, length (cut off), content_filter; where it is known"
        ),
    ),
    "timelines": (
        *_WHO,
        FrameColumn("source", "text", "truth or predicted"),
        FrameColumn("segment", "int", "index of the segment in its timeline, from 0"),
        FrameColumn("start_s", "float", "start of the segment, seconds"),
        FrameColumn("end_s", "float", "exclusive end of the segment, seconds"),
        FrameColumn("primitive", "text", "the primitive; windows whose answers say none are gaps"),
    ),
    "scores": _score_columns(PRIMITIVES),
    "items": (
        _RUN,
        _PATIENT,
        _COHORT,
        FrameColumn("item", "int", "Fugl-Meyer item, 3 to 33"),
        FrameColumn("section", "text", "FS, ES, MCS, MOS, Wrist, Hand or Coord"),
        FrameColumn("truth", "int", "the therapist's score, 0 to 2"),
        FrameColumn("predicted", "int", "the score from the replies, 0 to 2; missing unless the state is scored"),
        FrameColumn("state", "text", "scored, no_clip, unreadable or missing; a missing one is not averaged"),
        FrameColumn("share_answered", "float", "share of the requests about the item with a reply, 0 to 1"),
    ),
    "doses": (
        *_WHO,
        FrameColumn("path", "text", "log file or run folder, as in the runs table; of several together, all of them"),
        FrameColumn("model", "text", "the model's name; of several together, all of them"),
        FrameColumn("way", "text", "fused (the estimate), counts (the decoder's alone), or a stopwatch"),
        FrameColumn("within_activity", "flag", "whether intervals are as wide as errors in the activity are"),
        FrameColumn("answered_activity", "text", "the activity by a model, where it stands for the true one"),
        FrameColumn("p_activity", "float", "its probability among the answers, 0 to 1, where recorded"),
        FrameColumn("repetition", "int", "which time the patient did the activity, where known"),
        FrameColumn("date", "text", "the day of the session, as the manifest has it"),
        FrameColumn("duration_s", "float", "length of the video, seconds; the end of its last window where not known"),
        FrameColumn("primitive", "text", "the label that is counted; 'all' is of all"),
        FrameColumn("count", "float", "how often it occurs, 0 upwards, not rounded"),
        FrameColumn("seconds", "float", "for how long it lasts, seconds; none of all"),
        *_ends("the count", ""),
        *_ends("the seconds", "seconds_"),
        FrameColumn("true", "int", "how often it truly occurs, where known"),
        FrameColumn("true_seconds", "float", "for how long it truly lasts, seconds, where known; none of all"),
        FrameColumn("expected_error", "float", "the relative counting error that videos like this one have"),
        FrameColumn("doubt", "float", "how much more is expected than of other videos, as a logarithm; ranks videos"),
        FrameColumn("n_others", "int", "patients whose labels the measurement goes by"),
        FrameColumn("unlike", "text", "in what the video is unlike those calibrated on, as a JSON list; where it is"),
    ),
    "sums": (
        _RUN,
        _PATIENT,
        FrameColumn("primitive", "text", "the label that is counted; 'all' is of all"),
        FrameColumn("n_videos", "int", "over so many of the patient's videos, or a few more, is summed"),
        FrameColumn("level", "int", "level of the interval, per cent"),
        FrameColumn("factor", "float", "true sums of counts are at most so many times the estimate, or its inverse"),
        FrameColumn("seconds_factor", "float", "the same of seconds; none of all"),
    ),
    "unmeasured": (
        _RUN,
        FrameColumn("problem", "text", "what of the run could not be measured, and why"),
    ),
    "probes": (
        _RUN,
        FrameColumn("target", "text", "what is to be told: motion, grasp, primitive, activity, or a question's id"),
        FrameColumn(
            "way",
            "text",
            "'chosen' (layer and place chosen on the other patients), 'shuffled' (the same of shuffled labels), or"
            " 'layer' (one layer and place)",
        ),
        FrameColumn("layer", "int", "number of the layer, from 1; of 'chosen' the one that most patients have"),
        FrameColumn("place", "text", "id of the question at whose last token it is; 'frames' for behind the frames"),
        FrameColumn("n_chosen", "int", "patients for whom this layer and place were chosen"),
        FrameColumn("n_classes", "int", "number of classes"),
        FrameColumn("n_windows", "int", "windows with a hidden state, a truth and, where it was asked, a reply"),
        FrameColumn("n_patients", "int", "patients of these windows"),
        FrameColumn("n_left_out", "int", "windows of the run with states at some places or layers only"),
        *_with_interval("auc", "area under the ROC curve of the probe; of several classes their mean"),
        *_with_interval("said_auc", "the same of what the model said of the same windows"),
        *_with_interval("difference", "probe − said, in pairs"),
        *_with_interval("balanced", "balanced accuracy of the probe, 0 to 1"),
        *_with_interval("said_balanced", "the same of the model's answers"),
    ),
    "seen": (
        _RUN,
        FrameColumn("evaluated", "text", "the patient to be told about: its labels were seen by no probe of the row"),
        FrameColumn("video_id", "text", "the video's name"),
        FrameColumn("window", "int", "index of the window in its video"),
        FrameColumn("target", "text", "motion, grasp or primitive"),
        FrameColumn("told", "text", "the class that the probe tells: yes or no, or a primitive"),
        FrameColumn("log_odds", "float", "log-odds of yes; missing of primitives"),
    ),
}
"""Table → its columns; those of scores where the labels are the primitives, see `columns_of`."""

TEXT = pd.StringDtype(na_value=np.nan)
"""The type of a text column: what pandas 3 infers by itself, and pandas 2 (the last for Python 3.10) does not."""

_DTYPES: Mapping[ColumnType, Any] = {
    "text": TEXT,
    "int": pd.Int64Dtype(),
    "flag": pd.BooleanDtype(),
}


def answered(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of scores that enter means (see :mod:`lmms_eval_plugins.questions.coverage`)."""
    requests = scores["n_answers"] + scores["n_missing"]
    known: pd.DataFrame = scores[100 * scores["n_answers"] >= LEAST_ANSWERED_PERCENT * requests]
    return known


def without_answer(scores: pd.DataFrame) -> int:
    """Return the number of replies that came and give no answer, of the videos of a table of scores."""
    return int(scores[["n_unreadable", "n_refused", "n_contradictory"]].sum().sum())


def columns_of(table: TableName, labels: Sequence[str] = PRIMITIVES) -> tuple[FrameColumn, ...]:
    """Return the columns of a table; the scores have three for each label of the runs in them."""
    return _score_columns(labels) if table == "scores" else COLUMNS[table]


def column_names(table: TableName, labels: Sequence[str] = PRIMITIVES) -> tuple[str, ...]:
    """Return the names of a table's columns, in order."""
    return tuple(column.name for column in columns_of(table, labels))


def labels_in(scores: pd.DataFrame) -> tuple[str, ...]:
    """Return the labels that a table of scores has columns for, in order."""
    return tuple(name.removeprefix(_TRUE) for name in map(str, scores.columns) if name.startswith(_TRUE))


def joined_scores(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several tables of scores, with columns for the labels of all.

    A count of a label that is not of a run's scheme is missing in the run's rows.
    """
    labels = tuple(dict.fromkeys(label for part in parts for label in labels_in(part)))
    counts = [column.name for column in columns_of("scores", labels) if column.type == "int"]
    whole = [
        part.reindex(columns=list(column_names("scores", labels))).astype(dict.fromkeys(counts, "Int64"))
        for part in parts
    ]
    table: pd.DataFrame = pd.concat(whole, ignore_index=True)
    return table


def typed(
    table: TableName, columns: Mapping[str, Sequence[object]], labels: Sequence[str] = PRIMITIVES
) -> pd.DataFrame:
    """Return a table with the documented columns in their order and types; columns not given are missing throughout.

    Args:
        table: its name.
        columns: name → values, equally many in each.
        labels: the labels of the runs in it.

    Raises:
        KeyError: a column that the table does not have.
    """
    if unknown := columns.keys() - set(column_names(table, labels)):
        raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
    n_rows = len(next(iter(columns.values()), ()))
    table_of: pd.DataFrame = pd.DataFrame(
        {one.name: _array(one.type, columns.get(one.name, [None] * n_rows)) for one in columns_of(table, labels)}
    )
    return table_of


def _array(type_of: ColumnType, values: Sequence[object]) -> Any:
    if type_of == "float":
        return np.asarray(values, dtype="float64")
    return pd.array(list(values), dtype=_DTYPES[type_of])
