"""One scored run or log: whose it is, how it was read, and its score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lmms_eval_plugins.assessments.assess import Score
from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore, joined
from lmms_eval_plugins.assessments.identification.score import IdentificationScore
from lmms_eval_plugins.questions.reading import Policy

_HEADLINE = ("edit_score", "action_error_rate", "relative_counting_error")
_PART = re.compile(r"_(?:3_30|31_33)$")
"""What the names of the two tasks end in that share the items of an assessment."""


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
        score: what was scored, and how well.
        n_without_truth: videos that were not scored because no truth is known.
        n_read_otherwise: replies that the default reading reads as something else than the policy does.
        notes: what the run says a reader of its scores should know.
        parts: the paths of the runs that a row of a whole assessment was joined from.
        learned: whether the timelines were decoded with what other patients' labels teach: not zero-shot.
        control: whether this is the blind control of decoded runs, and no run.
    """

    path: str
    kind: str
    task: str
    model: str | None
    policy: Policy
    score: Score
    n_without_truth: int = 0
    n_read_otherwise: int = 0
    notes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    learned: bool = False
    control: bool = False

    def to_json(self) -> dict[str, float | None]:
        """The headline values by name; null where a value does not exist.

        Dose: videos, and mean and SEM of the three scores. Identification: videos and accuracy, of all videos and of
        those whose subjects were not used for tuning. Fugl-Meyer: patients, and every metric.
        """
        score = self.score
        if isinstance(score, IdentificationScore):
            return {
                "n": score.n,
                "accuracy_all": score.accuracy_all,
                "n_test": score.n_test,
                "accuracy": score.accuracy,
            }
        values: dict[str, float | None] = {"n": score.n}
        if isinstance(score, FuglMeyerScore):
            return values | {name: value for name, (value, _) in score.metrics.items()}
        for name in _HEADLINE:
            values[name], values[f"{name}_sem"] = score.metrics[name]
        return values


def with_whole_assessments(rows: Sequence[ScoredRun]) -> list[ScoredRun]:
    """The rows, and one more wherever two runs of one model share the items of a Fugl-Meyer assessment.

    A model's runs of ``…_3_30`` and ``…_31_33`` make one row of all items; a part that was run twice makes none.
    """
    parts: dict[tuple[str | None, str], list[ScoredRun]] = {}
    for row in rows:
        if isinstance(row.score, FuglMeyerScore) and _PART.search(row.task):
            parts.setdefault((row.model, _PART.sub("", row.task)), []).append(row)
    whole = []
    for (_, task), pair in parts.items():
        if len(pair) == 2 and pair[0].task != pair[1].task:
            whole.append(_whole(task, *pair))
    return [*rows, *whole]


def _whole(task: str, first: ScoredRun, second: ScoredRun) -> ScoredRun:
    assert isinstance(first.score, FuglMeyerScore)
    assert isinstance(second.score, FuglMeyerScore)
    return replace(
        first,
        path=f"{first.path} + {second.path}",
        task=task,
        score=joined(first.score, second.score),
        n_without_truth=first.n_without_truth + second.n_without_truth,
        notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
        parts=(first.path, second.path),
    )


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """Rows in the order of the paths, what could not be scored, and what was scored with reservations."""

    rows: tuple[ScoredRun, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, dict[str, float | None]]:
        """Path → scores; every value is a number or None, so that this is valid JSON. Controls are not of any path."""
        return {row.path: row.to_json() for row in self.rows if not row.control}
