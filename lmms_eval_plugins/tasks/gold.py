"""Gold through the reader: a task's own correct answers in several wordings, parsed and scored without a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lmms_eval_plugins.assessments.assessment import Score
from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.assessments.registry import AnyAssessment
from lmms_eval_plugins.questions.phrasing import phrasings
from lmms_eval_plugins.questions.reading import Policy, read
from lmms_eval_plugins.questions.sets import QuestionSet
from lmms_eval_plugins.questions.variants import WordingReader
from lmms_eval_plugins.tasks.rows import options_of, rows_of
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.tasks.videos import Video, with_answers

Answers = Mapping[str, Mapping[int, Mapping[str, object]]]
"""Video → window → question → answer."""

_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Gold:
    """The outcome of a task's own answers.

    Attributes:
        rows: rows of the task that have a correct answer.
        unknown: rows without one.
        wordings: replies that were parsed, several for each row.
        misread: those that were parsed as something else, as ``question: 'text'``.
        exact: the score where the truth is as exact as windows tell it; perfect, unless parsing or scoring is wrong.
        reference: the score against the labels as they are. For identification and Fugl-Meyer items none is better; for
            dose it is no optimum: other answers may score more.
        assessment: the task's family.
        scored: whether any of its questions has a truth.
    """

    rows: int
    unknown: int
    wordings: int
    misread: tuple[str, ...]
    exact: Score | None
    reference: Score | None
    assessment: AnyAssessment
    scored: bool = True

    @property
    def imperfection(self) -> str | None:
        """What the score against the exact truth lacks to be perfect; None where it lacks nothing."""
        return None if self.exact is None else self.assessment.imperfection(self.exact)

    def main_cells(self) -> tuple[str, str]:
        """Return the main metric against the exact truth, and against the labels; ``-`` where nothing was scored."""
        exact, reference = (
            NOTHING if score is None else self.assessment.main_cell(score) for score in (self.exact, self.reference)
        )
        return exact, reference


def gold(settings: TaskSettings, questions: QuestionSet, videos: Sequence[Video]) -> Gold:
    """Answer every row of a task correctly, each time in another of several wordings, and score the parsed replies."""
    kinds = {question.id: question.answer for question in questions.asked}
    parsed: dict[str, dict[int, dict[str, object]]] = defaultdict(lambda: defaultdict(dict))
    meant: dict[str, dict[int, dict[str, object]]] = defaultdict(lambda: defaultdict(dict))
    misread: dict[str, None] = {}
    known = unknown = wordings = 0
    for row in rows_of(videos, questions, settings.assessment):
        if not row.target:
            unknown += 1
            continue
        kind = kinds[row.question_id]
        value = kind.parse_target(row.target)
        ways = phrasings(kind, row.target)
        for way in ways:
            if not kind.is_right(read(kind, way, settings.reading), value):
                misread[f"{row.question_id}: {way!r}"] = None
        parsed[row.video_id][row.window][row.question_id] = read(kind, ways[known % len(ways)], settings.reading)
        meant[row.video_id][row.window][row.question_id] = value
        known += 1
        wordings += len(ways)
    scored = [video for video in videos if video.truth is not None and video.video_id in parsed]
    exact = [_exact(video, settings, questions, meant[video.video_id]) for video in scored]
    return Gold(
        rows=known,
        unknown=unknown,
        wordings=wordings,
        misread=tuple(misread),
        exact=_score(exact, settings, questions, parsed) if scored else None,
        reference=_score(scored, settings, questions, parsed) if scored else None,
        assessment=settings.assessment,
        scored=questions.scored,
    )


def misread_variants(questions: QuestionSet, policy: Policy) -> list[str]:
    """Return a line for each variant by which an answer to its question is not read back as that answer.

    Every answer that the question allows is said in the variant's words, in several phrasings.
    """
    problems = []
    for question in questions.questions:
        kind = question.answer
        for variant, wording in zip(question.variants, question.wordings[1:], strict=True):
            reader = WordingReader(wording.answer, kind, variant.means)
            misread = [
                way
                for word in options_of(question)
                for way in phrasings(wording.answer, variant.in_own_words(word))
                if not kind.is_right(reader.read(way, policy), kind.parse_target(word))
            ]
            if misread:
                shown = ", ".join(map(repr, misread[:_MOST_SHOWN]))
                problems.append(f"{wording.id}: {len(misread)} answers are not read back as what they say, as {shown}")
    return problems


def problems_of(gold: Gold) -> list[str]:
    """Return what is wrong, in words; nothing where the answers are parsed and scored as they should be."""
    problems = []
    if gold.misread:
        shown = ", ".join(gold.misread[:_MOST_SHOWN])
        problems.append(f"{len(gold.misread)} correct answers are not read as what they say, for example {shown}")
    if gold.imperfection:
        problems.append(f"correct answers score {gold.imperfection}")
    if gold.scored and not gold.rows:
        problems.append("no row has a correct answer: nothing could be checked")
    return problems


def _exact(
    video: Video, settings: TaskSettings, questions: QuestionSet, answers: Mapping[int, Mapping[str, object]]
) -> Video:
    """Return a video with the truth as its windows' correct answers tell it."""
    answered = with_answers(video, questions, answers)
    return replace(video, truth=settings.assessment.exact_truth(settings.scoring, answered))


def _score(videos: Sequence[Video], settings: TaskSettings, questions: QuestionSet, answers: Answers) -> Score:
    answered = [with_answers(video, questions, answers[video.video_id]) for video in videos]
    return settings.assessment.score(settings.scoring, answered, questions.questions)
