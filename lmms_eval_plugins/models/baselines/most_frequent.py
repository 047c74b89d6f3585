"""The blind control of any question: the answer that is most often true of other patients, of numbers the median."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import KnownTask, Row
from lmms_eval_plugins.models.baselines.simple import RowAnswer
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.statistics.elsewhere import usual_answer

TrueAnswers = Mapping[str, Mapping[str, Sequence[str]]]
"""Patient → question → the true answers about all windows of the patient's videos, as far as they are known."""


@dataclass(frozen=True, slots=True)
class UsualAnswers:
    """What a blind control answers by.

    Attributes:
        answers: patient → question → the usual answer of all other patients; a question without any is not there.
    """

    answers: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, kinds: Mapping[str, AnswerKind], evaluated: TrueAnswers, others: TrueAnswers) -> UsualAnswers:
        """Take the usual answers of the other evaluated patients, as tables do; where these have none, of others.

        Args:
            kinds: question → the form of its answers.
            evaluated: the true answers of every patient of the task.
            others: those of patients outside the task.
        """
        usual: dict[str, dict[str, str]] = {}
        for patient in evaluated:
            own = usual[patient] = {}
            rest = [answers for name, answers in evaluated.items() if name != patient]
            for question, kind in kinds.items():
                for group in (rest, others.values()):
                    if found := [one for answers in group for one in answers.get(question, ())]:
                        own[question] = usual_answer(found, of_numbers=kind.of_numbers)
                        break
        return cls(usual)

    @property
    def fingerprint(self) -> str:
        """Hash of all of it."""
        return digest("UsualAnswers", sorted((patient, sorted(own.items())) for patient, own in self.answers.items()))


def usual_answers_in(task: KnownTask | None) -> UsualAnswers | None:
    """Return the usual answers for each patient of a task; None of no task."""
    if task is None:
        return None
    kinds = {question.id: question.answer for question in task.questions}
    usual = UsualAnswers.of(kinds, _true_answers(task, task.videos), _true_answers(task, task.others))
    of_id = {question.id: question for question in task.questions}
    return UsualAnswers(
        {
            patient: {
                wording: reply
                for id, answer in own.items()
                for wording, reply in of_id[id].in_all_wordings(answer).items()
            }
            for patient, own in usual.answers.items()
        }
    )


def _true_answers(task: KnownTask, videos: Sequence[AnsweredVideo[object]]) -> TrueAnswers:
    known: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for video in videos:
        own = known[video.patient]
        asked = [question for question in task.questions if question.id in video.questions]
        for window in video.windows:
            correct = task.assessment.correct_answers(
                asked, video.truth, activity=video.activity, start_s=window.start_s, end_s=window.end_s
            )
            for question, answer in zip(asked, correct, strict=True):
                if answer.reply:
                    own[question.id].append(answer.reply)
    return known


def usual_reply(usual: UsualAnswers | None) -> RowAnswer:
    """Return a function that answers as is usual in other patients; no answer where none of theirs is known.

    Args:
        usual: the usual answers; None where the model was made for no task.

    Raises:
        UserError: from the function, where no true answer of another patient is known to any question.
    """

    def answer(row: Row) -> str | None:
        own = usual.answers.get(row["patient"], {}) if usual else {}
        if not own:
            raise UserError(
                f"most_frequent: no true answers of a patient but {row['patient']} are known; add patients, and run it"
                " by evaluate.sh or strokerehab run"
            )
        return own.get(row["question_id"])

    return answer
