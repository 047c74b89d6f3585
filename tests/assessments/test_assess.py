from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lmms_eval_plugins.assessments.assess import item_scores_from_text, item_scores_to_text, metric_names, score_asked

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.summary import DoseScore
from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FuglMeyerMethod
from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemQuestion
from lmms_eval_plugins.assessments.identification.score import IdentificationMethod, IdentificationScore
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.fugl_meyer import ITEMS
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.kinds import parse_kind
from lmms_eval_plugins.questions.reading import UNREADABLE

DOSE = DoseMethod(method="one_primitive")
IDENTIFICATION = IdentificationMethod(method="identification", tuning_patients=("T",))
FUGL_MEYER = FuglMeyerMethod(method="fugl_meyer")
RATINGS = tuple(ItemQuestion(f"item{item}", item, parse_kind({"score": [0, 1, 2]})) for item in (3, 4, 5))


def asked(truth: str, *answers: dict[str, object], **fields: object) -> AnsweredVideo:
    windows = tuple(WindowAnswers(i, i + 1, given) for i, given in enumerate(answers))
    values: dict[str, object] = {"video_id": "v", "patient": "P", "cohort": None, "activity": None}
    return AnsweredVideo(**{**values, "truth": truth, "windows": windows, **fields})  # type: ignore[arg-type]


def test_a_dose_is_scored_by_video() -> None:
    videos = [asked("reach@0;idle@1;idle@2", {"primitive": "reach"}, {"primitive": "idle"}), asked("", {})]
    score = score_asked(DOSE, videos)
    assert isinstance(score, DoseScore)
    assert (score.n, len(score.videos), score.metrics["edit_score"]) == (1, 1, (100.0, None))


@pytest.mark.parametrize(
    ("answers", "right", "unreadable", "missing"),
    [
        ([{"activity": "feeding"}], 1, 0, 0),
        ([{"activity": "RTT"}], 0, 0, 0),
        ([{"activity": UNREADABLE}], 0, 1, 0),
        ([{"activity": None}], 0, 0, 1),
        ([{"activity": True}], 0, 0, 1),  # the answer to a question of another kind says nothing
        ([{}], 0, 0, 1),
        ([], 0, 0, 1),
    ],
)
def test_an_activity_is_what_is_said_of_the_whole_video(
    answers: list[dict[str, object]], right: int, unreadable: int, missing: int
) -> None:
    score = score_asked(IDENTIFICATION, [asked("feeding", *answers), asked("", {"activity": "feeding"})])
    assert isinstance(score, IdentificationScore)
    assert (score.n, score.test.right, score.n_unreadable, score.n_missing) == (1, right, unreadable, missing)


def test_patients_whose_videos_shaped_the_question_are_no_test() -> None:
    videos = [asked("feeding", {"activity": "feeding"}, patient=patient) for patient in ("T", "P")]
    score = score_asked(IDENTIFICATION, videos)
    assert isinstance(score, IdentificationScore) and (score.n, score.n_test) == (2, 1)


def test_items_are_scored_by_patient_and_those_that_nobody_shows_are_left_out() -> None:
    both = asked("3=2;4=1;5=0", {"item3": 2, "item4": 0}, questions=("item3", "item4"), arm="affected", patient="A")
    one = asked("3=1;4=1;5=0", {"item3": 1}, questions=("item3",), arm="affected", patient="B")
    score = score_asked(FUGL_MEYER, [both, one], RATINGS)
    assert isinstance(score, FuglMeyerScore)
    assert [(r.patient, r.item, r.truth, r.predicted, r.state) for r in score.items] == [
        ("A", 3, 2, 2, "scored"),
        ("A", 4, 1, 0, "scored"),
        ("B", 3, 1, 1, "scored"),
        ("B", 4, 1, None, "no_clip"),
    ]
    assert score.metrics["accuracy"][0] == 2 / 4 and score.metrics["no_clip_rate"][0] == 1 / 4


def test_a_patient_without_scores_is_passed_over() -> None:
    score = score_asked(FUGL_MEYER, [asked("", {"item3": 2}, questions=("item3",), arm="affected")], RATINGS)
    assert (score.n, score.metrics["accuracy"]) == (0, (None, None))


@pytest.mark.parametrize("method", [DOSE, IDENTIFICATION, FUGL_MEYER])
def test_scores_have_the_metrics_that_their_method_names(method: DoseMethod) -> None:
    assert set(score_asked(method, []).metrics) == set(metric_names(method))


@pytest.mark.parametrize(
    ("method", "truth", "says"),
    [
        (FUGL_MEYER, "3=2;4", "v: the item scores cannot be read"),
        (FUGL_MEYER, "3=x", "v: the item scores cannot be read"),
        (DOSE, "idle@x", "v: the truth cannot be read"),
    ],
)
def test_a_truth_that_cannot_be_read_names_its_video(method: DoseMethod, truth: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        score_asked(method, [asked(truth, questions=("item3",))], RATINGS)


@given(st.dictionaries(st.sampled_from(sorted(ITEMS)), st.integers(0, 2), min_size=1))
def test_item_scores_come_back_from_their_text_in_order(scores: dict[int, int]) -> None:
    text = item_scores_to_text(scores)
    assert item_scores_from_text(text) == scores
    assert list(item_scores_from_text(text)) == sorted(scores)


def test_no_item_scores_are_no_truth() -> None:
    assert item_scores_to_text({}) == ""
