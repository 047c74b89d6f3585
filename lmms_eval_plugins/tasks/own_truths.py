"""The truths of a task's questions that lie in a dataset: from its manifest, tables beside it, and its labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.core.safe_names import shown
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand
from lmms_eval_plugins.dataset.near_ids import near_ids
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.dataset.truth_tables import TruthRow, TruthTable, truth_table
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.sets import Question
from lmms_eval_plugins.questions.truths import KnownAnswers, TruthMark, TruthSource, exchanged_sides

_EVENT_WORDS = frozenset({"yes", "y", "x", "1", "true"})
"""What stands in the row of an event where the question is whether there is one, or how many there are."""


class OwnTruths:
    """What a dataset says of its videos for the questions that have a truth of their own.

    Args:
        manifest: the dataset's manifest; tables lie beside it.
        trials: all its trials.
        questions: the task's questions.
        scheme: the labels of the dataset.
        mirrored: whether windows are shown with left and right exchanged, and answers that name a side with them.

    Attributes:
        notes: rows of tables about videos that the dataset does not have, and questions that are not scored.

    Raises:
        UserError: a table or a cell of it is not valid; the message names file and line.
    """

    def __init__(
        self,
        manifest: Path,
        trials: Sequence[Trial],
        questions: Sequence[Question],
        scheme: Scheme,
        *,
        mirrored: bool = False,
    ) -> None:
        self._scheme, self._mirrored = scheme, mirrored
        self._sources = {question.id: (question.source, question.answer) for question in questions if question.source}
        self._tables: dict[str, Mapping[str, KnownAnswers]] = {}
        self._lacking: dict[str, list[str]] = {}
        by_id = {trial.video_id: trial for trial in trials}
        notes: list[str] = []
        for id, (source, kind) in self._sources.items():
            if source.column is not None:
                table = truth_table(manifest, source.table, source.column)
                self._tables[id] = dict(_answers_in(table, source.column, kind, by_id))
                notes += _strangers(table, by_id, manifest)
        notes += [f"{one.id}: truth: none: asked and recorded, not scored" for one in questions if one.truth == "none"]
        if mirrored:
            notes += _with_sides(questions)
        self.notes: Sequence[str] = tuple(dict.fromkeys(notes))

    @property
    def reads_labels(self) -> bool:
        """Whether the labels of videos are read."""
        return any(source.labels is not None for source, _ in self._sources.values())

    def of(self, trial: Trial, labelled: LabelledHand | None) -> Mapping[str, KnownAnswers]:
        """Return what is known of a trial, by question; a question without a true answer is not there.

        Args:
            trial: the trial.
            labelled: its labels, where they are read and there are any.
        """
        known: dict[str, KnownAnswers] = {}
        for id, (source, kind) in self._sources.items():
            answers = self._by_labels(source, kind, trial, labelled) or self._tables.get(id, {}).get(trial.video_id)
            if answers is not None:
                known[id] = answers.mirrored(kind) if self._mirrored else answers
        self._lacking[trial.video_id] = [id for id in self._sources if id not in known]
        return known

    def gaps(self, video_ids: Sequence[str]) -> list[str]:
        """Return which questions have no true answer about some videos, in words; videos without any are left out.

        Args:
            video_ids: of trials that `of` was called with, or not.
        """
        partly = [name for name in video_ids if 0 < len(self._lacking.get(name, ())) < len(self._sources)]
        notes = []
        for id, (source, _) in self._sources.items():
            if lacking := [name for name in partly if id in self._lacking[name]]:
                notes.append(f"{id}: {source.in_words} has no answer about {listed(lacking)}: asked, not scored")
        return notes

    def _by_labels(
        self, source: TruthSource, kind: AnswerKind, trial: Trial, labelled: LabelledHand | None
    ) -> KnownAnswers | None:
        """Return the answers by labels: one lasts until the next, and before the first one the hand rests."""
        if source.labels is None or labelled is None or not labelled.timeline.segments:
            return None
        answers = source.by_label(kind, labelled.hand)
        starts = [(segment.start_s, segment.label) for segment in labelled.timeline.segments]
        if starts[0][0] > 0 and self._scheme.at_onset:
            starts.insert(0, (0.0, self._scheme.at_onset))
        end_s = max(trial.duration_s, labelled.timeline.end_s)
        marks = (
            TruthMark(start_s, until_s, answers[label])
            for (start_s, label), (until_s, _) in pairwise([*starts, (end_s, "")])
            if label in answers
        )
        return KnownAnswers("segments", tuple(marks))


def _with_sides(questions: Sequence[Question]) -> list[str]:
    """Return a note on the questions whose correct answers name another side of mirrored windows; none without any."""
    sided = [
        one.id
        for one in questions
        if one.source and any(exchanged_sides(option, one.answer.options) != option for option in one.answer.options)
    ]
    return [f"{listed(sided)}: left and right are exchanged in the correct answers too"] if sided else []


def _answers_in(
    table: TruthTable, column: str, kind: AnswerKind, trials: Mapping[str, Trial]
) -> Iterator[tuple[str, KnownAnswers]]:
    """Yield the videos of a table of which a true answer is known."""
    for video_id, rows in table.rows.items():
        marks = [_mark(table, row, column, kind) for row in rows if row.cell]
        trial = trials.get(video_id)
        for row in rows:
            if trial is not None and row.start_s is not None and row.start_s >= trial.duration_s:
                raise UserError(
                    f"{table.where(row)}: {row.start_s:g} s is after the end of {video_id!r}, which lasts"
                    f" {trial.duration_s:g} s"
                )
        if table.form == "event":
            yield video_id, KnownAnswers.of_events(kind, marks)
        elif marks:
            yield video_id, KnownAnswers("video" if table.form == "video" else "segments", tuple(marks))


def _mark(table: TruthTable, row: TruthRow, column: str, kind: AnswerKind) -> TruthMark:
    where = f"{table.where(row)}, {column}"
    start_s, end_s = row.start_s or 0.0, row.end_s or 0.0
    if table.form == "event" and kind.kind in ("yes_no", "count"):
        if row.cell.casefold() not in _EVENT_WORDS:
            raise UserError(f"{where}: a row is an event, marked by yes or x (found {shown(row.cell)})")
        return TruthMark(start_s, end_s, "yes")
    try:
        return TruthMark(start_s, end_s, kind.target_of(row.cell))
    except ValueError as error:
        raise UserError(f"{where}: {error}") from None


_MOST_STRANGERS = 3


def _strangers(table: TruthTable, known: Mapping[str, Trial], manifest: Path) -> Iterator[str]:
    """Yield a note on the videos of a table that the dataset does not have."""
    strangers = [video_id for video_id in table.rows if video_id not in known]
    near = near_ids(strangers, known)
    named = [
        f"{shown(name)} on line {table.rows[name][0].line}" + (f" (is it {near[name]!r}?)" if name in near else "")
        for name in strangers
    ]
    if named:
        few = listed(named, _MOST_STRANGERS)
        yield f"{table.path.name}: not in {manifest.name}, so not used: {few}"
