"""Gold through the reader: a task's own correct answers, said in several ways, read and scored without a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lmms_eval_plugins.assessments.assess import DoseScore, Score, score_asked
from lmms_eval_plugins.assessments.dose.video import DoseMethod, predict_timeline
from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.phrasing import phrasings
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import QuestionSet
from lmms_eval_plugins.tasks.rows import rows_of
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.tasks.videos import Video, item_questions, with_answers

Answers = Mapping[str, Mapping[int, Mapping[str, object]]]
"""Video → window → question → what was read."""

_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Gold:
    """What came of a task's own answers.

    Attributes:
        rows: rows of the task that have a correct answer.
        unknown: rows without one.
        wordings: answers in words that were read, several for each row.
        misread: those that were not read as what they say, as ``question: 'text'``.
        exact: the score where the truth is as exact as windows can say it; perfect, or reading or scoring is wrong.
        ceiling: the score against the labels as they are: the best that any answers can reach.
    """

    rows: int
    unknown: int
    wordings: int
    misread: tuple[str, ...]
    exact: Score | None
    ceiling: Score | None


def gold(settings: TaskSettings, questions: QuestionSet, videos: Sequence[Video]) -> Gold:
    """Answer every row of a task right, each time in another of several wordings, and score what is read."""
    kinds = {question.id: question.answer for question in questions.questions}
    said: dict[str, dict[int, dict[str, object]]] = defaultdict(lambda: defaultdict(dict))
    meant: dict[str, dict[int, dict[str, object]]] = defaultdict(lambda: defaultdict(dict))
    misread: dict[str, None] = {}
    known = unknown = wordings = 0
    for row in rows_of(videos, questions):
        if not row.target:
            unknown += 1
            continue
        kind = kinds[row.question_id]
        value = _value(kind, row.target)
        ways = phrasings(kind, row.target)
        for way in ways:
            if read(kind, way, settings.reading) != value:
                misread[f"{row.question_id}: {way!r}"] = None
        said[row.video_id][row.window][row.question_id] = read(kind, ways[known % len(ways)], settings.reading)
        meant[row.video_id][row.window][row.question_id] = value
        known += 1
        wordings += len(ways)
    scored = [video for video in videos if video.truth and video.video_id in said]
    exact = [replace(video, truth=_exact_truth(video, settings, questions, meant)) for video in scored]
    return Gold(
        rows=known,
        unknown=unknown,
        wordings=wordings,
        misread=tuple(misread),
        exact=_score(exact, settings, questions, said) if scored else None,
        ceiling=_score(scored, settings, questions, said) if scored else None,
    )


def problems_of(gold: Gold) -> list[str]:
    """What is wrong, in words; nothing where the answers read and score as they should."""
    problems = []
    if gold.misread:
        shown = ", ".join(gold.misread[:_MOST_SHOWN])
        problems.append(f"{len(gold.misread)} correct answers are not read as what they say, for example {shown}")
    if gold.exact is not None and (wrong := _not_perfect(gold.exact)):
        problems.append(f"correct answers score {wrong}")
    if not gold.rows:
        problems.append("no row has a correct answer: nothing could be checked")
    return problems


def _not_perfect(score: Score) -> str:
    """What a score lacks to be perfect, in words; empty where it lacks nothing. A missing clip is no fault."""
    if isinstance(score, FuglMeyerScore):
        asked = [r for r in score.items if r.item != INFERRED_ITEM and r.truth is not None and r.state != "no_clip"]
        wrong = [f"item {r.item} of {r.patient}" for r in asked if r.predicted != r.truth]
        return f"{len(wrong)} of {len(asked)} items wrong, the first: {wrong[0]}" if wrong else ""
    name, best = ("edit_score", 100.0) if isinstance(score, DoseScore) else ("accuracy_all", 1.0)
    value = score.metrics[name][0]
    return "" if value is None or value == best else f"{name} {value:.4g}, not {best:g}"


def _value(kind: AnswerKind, target: str) -> object:
    """What a target in the words of its options stands for."""
    if kind.kind == "yes_no":
        return target == "yes"
    if kind.kind in ("score", "count"):
        return int(target)
    return tuple(target.split(", ")) if kind.kind == "sequence_of" else target


def _exact_truth(video: Video, settings: TaskSettings, questions: QuestionSet, meant: Answers) -> str:
    """The truth of a video as its windows' correct answers say it."""
    if not isinstance(settings.scoring, DoseMethod):
        return video.truth
    asked = with_answers(video, questions, meant[video.video_id])
    return predict_timeline(asked.windows, settings.scoring).to_text()


def _score(videos: Sequence[Video], settings: TaskSettings, questions: QuestionSet, answers: Answers) -> Score:
    asked = [with_answers(video, questions, answers[video.video_id]) for video in videos]
    return score_asked(settings.scoring, asked, item_questions(questions))
