"""Scored runs and logs: whose a run is, how its replies were read, and its score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lmms_eval_plugins.assessments.assessment import Assessment, MethodT, Score, ScoreT, ScoringMethod, TruthT
from lmms_eval_plugins.assessments.cells import NOTHING, percent
from lmms_eval_plugins.assessments.dose.summary import DoseScore
from lmms_eval_plugins.assessments.registry import AnyAssessment
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import BesideMeans, Coverage
from lmms_eval_plugins.questions.reading import Policy


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """The scores of one run of a task.

    Attributes:
        path: as the user gave it; in a folder, the folder as given joined with the path in it; ``#1``, ``#2`` added
            where the runs of one file were split.
        kind: ``published log`` or ``run``.
        task: the task's name.
        model: the model's name, or None where it is not known.
        policy: how the replies were read for the scores. The unreadable ones are counted under the default reading,
            whatever the policy: the published one reads everything, and that is what it got wrong.
        assessment: the family of the task.
        score: its score.
        n_without_truth: videos that were not scored because no truth is known.
        n_read_otherwise: replies that the default reading reads as something else than the policy does.
        notes: notes in the run for readers of its scores.
        mixed_windows: the note, among these, on windows of several lengths that a decoder read.
        coverage: how many of its videos with a truth have replies, and which are left out of means.
        parts: the paths of the runs that a row of a whole assessment was joined from.
        damaged: a line of text for each damaged line of its answers, which is left out.
        learned: whether the timelines were decoded with what other patients' labels teach: not zero-shot.
        control: whether this is the blind control of decoded runs or a further rater, and no run.
        baseline: whether the run's answers are a baseline's (not seeing, or from the truth), not a model's.
        settings: what was set, see `lmms_eval_plugins.runs.differences.recorded`; empty where that is not known.
    """

    path: str
    kind: str
    task: str
    model: str | None
    policy: Policy
    assessment: AnyAssessment
    score: Score
    n_without_truth: int = 0
    n_read_otherwise: int = 0
    notes: tuple[str, ...] = ()
    mixed_windows: tuple[str, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    parts: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    learned: bool = False
    control: bool = False
    baseline: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def answered(self) -> BesideMeans | None:
        """What stands beside its means where videos are left out of them; None where there are no means."""
        return self.assessment.answered(self.score)

    def to_json(self) -> dict[str, float | None]:
        """Return the headline values by name; None where a value does not exist.

        Where videos are left out, so are counted: how many, the share of the others, and the means with them as failed.
        """
        values = dict(self.assessment.headline(self.score))
        if self.coverage.left_out:
            values["n_left_out"] = len(self.coverage.left_out)
        if (answered := self.answered) is not None and answered.entered.n_left_out:
            values["answered"] = answered.entered.share
            values |= {f"{name}_with_failed": mean for name, mean in answered.with_failed.items()}
        return values


ANSWERED_LEGEND = (
    "answered: share of videos (or items) that enter means; rest failed: the mean with the others counted as failed"
)
"""How to read the columns that `cells_of` adds."""


def leave_out(rows: Iterable[ScoredRun]) -> bool:
    """Return whether any of the rows leaves videos out of its means, so that their shares must be shown."""
    return any(row.answered is not None and row.answered.entered.n_left_out for row in rows)


def cells_of(rows: Sequence[ScoredRun]) -> list[dict[str, str]]:
    """Return heading → cell for rows of one family, the same headings for all.

    Where any of them leaves videos out, what `ANSWERED_LEGEND` explains is added to all.
    """
    tables = [row.assessment.cells(row.score) for row in rows]
    if leave_out(rows):
        for row, cells in zip(rows, tables, strict=True):
            if (answered := row.answered) is not None:
                cells |= {"answered": percent(answered.entered.share)} | dict([answered.cell])
    headings = dict.fromkeys(heading for cells in tables for heading in cells)
    return [{heading: cells.get(heading, NOTHING) for heading in headings} for cells in tables]


def scores_of(
    rows: Iterable[ScoredRun], assessment: Assessment[MethodT, TruthT, ScoreT]
) -> list[tuple[ScoredRun, ScoreT]]:
    """Return the rows of one family, each with its score by its own type.

    For what is about one family, such as a table of it; whatever serves all families asks ``row.assessment``.
    """
    return [(row, row.score) for row in rows if isinstance(row.score, assessment.score_type)]


def rows_of_raters(
    path: str,
    task: str,
    method: ScoringMethod,
    assessment: AnyAssessment,
    rated: Mapping[str, Sequence[AnsweredVideo[object]]],
) -> list[ScoredRun]:
    """Return a row for each further rater of a run.

    Args:
        path: of the run.
        task: its task.
        method: how its answers are scored.
        assessment: the family of its task.
        rated: what each rater labelled, see `rated_videos`.
    """
    return [
        ScoredRun(
            path=f"{path}, {rater}",
            kind="run",
            task=task,
            model=rater,
            policy="default",
            assessment=assessment,
            score=assessment.score(method, videos),
            control=True,
        )
        for rater, videos in rated.items()
    ]


def with_controls_once(rows: Sequence[ScoredRun]) -> list[ScoredRun]:
    """Return the rows with equal controls, all of dose tasks, once: behind the last run that they belong to."""
    last = {_control(row): place for place, row in enumerate(rows) if row.control}
    return [row for place, row in enumerate(rows) if not row.control or last[_control(row)] == place]


def _control(row: ScoredRun) -> tuple[object, ...]:
    assert isinstance(row.score, DoseScore)
    return row.model, *((video.video_id, video.edit_score) for video in row.score.videos)


def with_whole_assessments(rows: Sequence[ScoredRun]) -> list[ScoredRun]:
    """Return the rows, and one more wherever two runs of one model share a whole assessment between them.

    A model's runs of ``…_3_30`` and ``…_31_33`` make one row of all items; a part that was run twice makes none.

    Raises:
        UserError: two parts do not fit together.
    """
    of_whole: dict[tuple[str | None, str, str], list[ScoredRun]] = {}
    for row in rows:
        parts = row.assessment.parts
        if parts and parts.ending.search(row.task):
            of_whole.setdefault((row.model, parts.ending.sub("", row.task), row.assessment.name), []).append(row)
    whole = [
        _whole(task, *pair)
        for (_, task, _), pair in of_whole.items()
        if len(pair) == 2 and pair[0].task != pair[1].task
    ]
    return [*rows, *whole]


def _whole(task: str, first: ScoredRun, second: ScoredRun) -> ScoredRun:
    parts = first.assessment.parts
    assert parts is not None
    return replace(
        first,
        path=f"{first.path} + {second.path}",
        task=task,
        score=parts.join(first.score, second.score),
        n_without_truth=first.n_without_truth + second.n_without_truth,
        notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
        coverage=first.coverage + second.coverage,
        parts=(first.path, second.path),
    )


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """Rows in the order of the paths, what could not be scored, and what was scored with reservations."""

    rows: tuple[ScoredRun, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, dict[str, float | None]]:
        """Return path → scores; every value is a number or None, so that this is valid JSON. Controls are left out."""
        return {row.path: row.to_json() for row in self.rows if not row.control}
