from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.facts import VideoFacts
from lmms_eval_plugins.assessments.labelled.assessment import LABELLED
from lmms_eval_plugins.assessments.labelled.score import LABELLED_METRICS, LabelledMethod
from lmms_eval_plugins.assessments.labelled.truth_text import LabelledTruth, truth_from_text, truth_to_text
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.scheme import Scheme, SchemeLabel
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.questions.sets import Question, QuestionSet
from lmms_eval_plugins.questions.truths import KnownAnswers, TruthMark, TruthSource

METHOD = LabelledMethod(method="labelled")
PATH = Path("q.yaml")
COLUMN = TruthSource(column="x")


def asked(id: str, kind: AnswerKind, source: TruthSource | None = COLUMN) -> Question:
    return Question(id=id, text="?", answer=kind, truth="label" if source else "none", source=source)


HAND = asked("hand", AnswerKind(kind="one_of", options=("left", "right", "neither")))
EFFORT = asked("effort", AnswerKind(kind="score", options=tuple(map(str, range(11)))))
COUGHS = asked("coughs", AnswerKind(kind="count"))
TOOLS = asked("tools", AnswerKind(kind="text", match="set"))
REMARK = asked("remark", AnswerKind(kind="text"), None)
QUESTIONS = (HAND, EFFORT, COUGHS, TOOLS, REMARK)


def halves(*answers: str) -> KnownAnswers:
    return KnownAnswers("segments", tuple(TruthMark(at, at + 1.0, answer) for at, answer in enumerate(answers)))


def video(name: str, truth: LabelledTruth | None, *windows: dict[str, object]) -> AnsweredVideo[LabelledTruth]:
    return AnsweredVideo(
        video_id=name,
        patient=name,
        cohort=None,
        activity=None,
        truth=truth,
        windows=tuple(WindowAnswers(at, at + 1.0, answers) for at, answers in enumerate(windows)),
        questions=tuple(question.id for question in QUESTIONS),
    )


WHOLE = KnownAnswers.of_video
ONE = video(
    "one",
    {"hand": halves("left", "left", "right"), "effort": WHOLE("4"), "coughs": WHOLE("2"), "tools": WHOLE("cup, towel")},
    {"hand": "left", "effort": 4, "coughs": 2, "tools": "Towel, cup", "remark": "slow"},
    {"hand": "right", "effort": 6, "coughs": 5, "tools": "cup", "remark": "slow"},
    {"hand": "right", "effort": UNREADABLE, "coughs": 1, "tools": "towel; cup.", "remark": "slow"},
)


def test_questions_are_scored_by_the_kind_of_their_answers() -> None:
    score = LABELLED.score(METHOD, [ONE, video("nobody knows", None, {"hand": "left"})], QUESTIONS)
    hand, effort, coughs, tools = (one.metrics for one in score.questions)
    assert hand == {"accuracy": 2 / 3, "balanced_accuracy": 0.75, "macro_f1": pytest.approx(2 / 3)}
    assert score.questions[0].f1 == {"left": pytest.approx(2 / 3), "right": pytest.approx(2 / 3)}
    assert effort == {"accuracy": 1 / 3, "quadratic_kappa": 0.0, "off_by_one": 1 / 3, "mae": 1.0, "rmse": 2**0.5}
    assert coughs == {"accuracy": 1 / 3, "off_by_one": 2 / 3, "mae": 4 / 3, "rmse": pytest.approx((10 / 3) ** 0.5)}
    assert tools == {"accuracy": 2 / 3}
    assert score.n == 1 and score.unscored == ("remark",) and set(score.metrics) == set(LABELLED_METRICS)
    assert score.metrics["accuracy"] == (0.5, None) and score.metrics["mae"][0] == pytest.approx(7 / 6)
    assert score.metrics["unreadable_rate"] == (1 / 12, None)
    details = LABELLED.details(score)
    assert details["unscored"] == ["remark"] and list(details["questions"]) == ["hand", "effort", "coughs", "tools"]  # type: ignore[call-overload]


def test_a_videos_row_has_its_share_of_right_answers_and_its_error() -> None:
    (row,) = LABELLED.score_rows(METHOD, [ONE], QUESTIONS)
    assert row["accuracy"] == 0.5 and row["mean_error"] == pytest.approx(6 / 5)
    assert (row["n_answers"], row["n_unreadable"], row["share_answered"]) == (12, 1, 1.0)
    (row,) = LABELLED.score_rows(METHOD, [video("v", {"hand": WHOLE("left")}, {"hand": "left"})], QUESTIONS)
    assert row["accuracy"] == 1.0 and row["mean_error"] is None


def test_videos_with_too_few_replies_are_left_out_and_named() -> None:
    silent = video("silent", {"hand": WHOLE("left")}, {"hand": "left"}, {})
    whole = video("whole", {"hand": WHOLE("left")}, {"hand": "left"}, {"hand": "right"})
    score = LABELLED.score(METHOD, [silent, whole, video("none", {"hand": WHOLE("left")})], QUESTIONS)
    assert (score.n, score.entered.n_left_out) == (1, 2)
    assert score.metrics["accuracy"] == (0.5, None)
    assert LABELLED.answered(score).with_failed == {"accuracy": 0.5 / 3}
    assert LABELLED.replies(METHOD, silent).missing == 1


def test_windows_without_a_known_answer_are_neither_scored_nor_missing() -> None:
    partly = video("partly", {"hand": halves("left")}, {"hand": "left"}, {}, {})
    score = LABELLED.score(METHOD, [partly], QUESTIONS)
    assert score.metrics["accuracy"] == (1.0, None) and LABELLED.replies(METHOD, partly) == (1, 0, 0, 0, 0, 0)
    assert LABELLED.imperfection(score) is None


def test_without_a_truth_there_is_no_score() -> None:
    score = LABELLED.score(METHOD, [video("v", None, {"remark": "slow"})], [REMARK])
    assert score.n == 0 and score.metrics["accuracy"] == (None, None) and score.unscored == ("remark",)
    assert LABELLED.main_cell(score) == "accuracy -" and LABELLED.truth_of(VideoFacts("v", "p")) is None


def test_correct_answers_are_those_of_the_window() -> None:
    correct = LABELLED.correct_answers(QUESTIONS, ONE.truth, activity=None, start_s=2.0, end_s=3.0)
    assert [one.reply for one in correct] == ["right", "4", "2", "cup, towel", None]
    assert LABELLED.correct_answers([HAND], None, activity=None, start_s=0.0, end_s=1.0)[0].reply is None


seconds = st.floats(0, 1e4)
marks = st.builds(TruthMark, seconds, seconds, st.text(max_size=5))


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.builds(KnownAnswers, st.sampled_from(["video", "segments", "event", "any", "number"]), st.tuples(marks)),
        min_size=1,
    )
)
def test_truths_read_back_as_they_were_written(truth: dict[str, KnownAnswers]) -> None:
    assert truth_from_text(truth_to_text(truth)) == truth


def test_what_is_no_truth_is_named_with_its_video() -> None:
    with pytest.raises(UserError, match="v: the true answers cannot be read"):
        LABELLED.read_truth('{"hand": {"form": "never"}}', "v")


LABELS = {"reach": "left", "reposition": "left", "transport": "left", "stabilize": None, "idle": "neither"}


def with_labels(labels: dict[str, str | None]) -> QuestionSet:
    return QuestionSet(id="q", version=1, questions=(asked("hand", HAND.answer, TruthSource(labels=labels)),))


def test_every_label_has_its_answer() -> None:
    LABELLED.check_questions(METHOD, with_labels(LABELS), PATH)
    with pytest.raises(UserError, match=r"q\.yaml, hand: truth\.labels says nothing of idle, which"):
        LABELLED.check_questions(METHOD, with_labels({k: v for k, v in LABELS.items() if k != "idle"}), PATH)
    with pytest.raises(
        UserError, match="'reech' is no label of the dataset's scheme 'primitives'; did you mean 'reach'"
    ):
        LABELLED.check_questions(METHOD, with_labels({**LABELS, "reech": "left"}), PATH)
    own = Scheme(name="own", labels={"rest": SchemeLabel(colour="#ffffff")})
    LABELLED.by_scheme(own).check_questions(METHOD, with_labels({"rest": "neither"}), PATH)
    with pytest.raises(UserError, match="says nothing of rest"):
        LABELLED.by_scheme(own).check_questions(METHOD, with_labels(LABELS), PATH)


def test_truths_and_families_belong_together() -> None:
    moves = Question(id="moves", text="?", answer=AnswerKind(kind="yes_no"), truth="motion")
    with pytest.raises(UserError, match=r"moves: truth motion is of another family.*scoring: \{method: …\}"):
        LABELLED.check_questions(METHOD, QuestionSet(id="q", version=1, questions=(moves,)), PATH)
    with pytest.raises(
        UserError, match=r"hand: a truth in the data \(column x of the manifest\) is not scored by method"
    ):
        DOSE.check_questions(DoseMethod(method="motion_grasp"), QuestionSet(id="q", version=1, questions=(HAND,)), PATH)
