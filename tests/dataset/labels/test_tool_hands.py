from __future__ import annotations

import math

import pytest

from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, Annotation
from lmms_eval_plugins.dataset.labels.label_file import LabelContext
from lmms_eval_plugins.dataset.labels.mapping import LabelMapping
from lmms_eval_plugins.domain.scheme import Scheme
from tests.support.label_tools import hands, kinds, of_hand


def video(
    *annotations: tuple[float, float | None, str] | tuple[float, float | None, str, str], **facts: object
) -> AnnotatedVideo:
    return AnnotatedVideo("v.mp4", tuple(Annotation(*one) for one in annotations), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tier", "code", "hand"),
    [
        ("Right arm", "reach", "right"),
        ("R", "Reaching", "right"),
        ("lh", "REACH", "left"),
        ("", "r_reach", "right"),
        ("", "Left Reach", "left"),
        ("phases", "reach (L)", "left"),
    ],
)
def test_hand_and_label_by_clear_words(tier: str, code: str, hand: str) -> None:
    assert of_hand(hands(video((0.0, 9.0, code, tier))), hand) == [("reach", 0.0, 9.0)]


@pytest.mark.parametrize(
    ("tier", "code", "kind"),
    [
        ("right", "trasport", "unknown-code"),
        ("right", "no reach", "unknown-code"),
        ("right", "reach and transport", "unknown-code"),
        ("right", "reach stop", "unknown-code"),
        ("right", "she rests for a while", "unknown-code"),
        ("right", "R", "unknown-code"),
        ("arm", "reach", "no-side"),
        ("", "reach", "no-side"),
        ("right", "l_reach", "two-hands"),
    ],
)
def test_what_is_not_clear_is_refused_by_name(tier: str, code: str, kind: str) -> None:
    found = hands(video((0.0, 1.0, "r_idle", "right"), (1.0, 9.0, code, tier)))
    assert ("wrong", kind) in kinds(found)
    assert not found.hands


def test_an_unknown_code_comes_with_its_nearest() -> None:
    found = hands(video((0.0, 1.0, "trasport", "right"), (1.0, 9.0, "trasport", "right")))
    (remark,) = found.remarks
    assert remark.text == "'trasport' on 'right' (2 times) is no label of 'primitives'; did you mean 'transport'?"


def test_a_tier_of_something_else_is_named_once() -> None:
    found = hands(video((0, 9, "idle", "right"), (0, 1, "good light", "notes"), (1, 2, "bad light", "notes")))
    assert [remark.kind for remark in found.remarks] == ["unknown-tier"]
    kept = hands(
        video((0, 9, "idle", "right"), (0, 1, "good light", "notes"), (1, 2, "bad light", "notes")),
        LabelMapping(tiers={"Notes": None}),
    )
    assert of_hand(kept) == [("idle", 0.0, 9.0)]


def test_a_mapping_says_tiers_and_codes() -> None:
    mapping = LabelMapping.model_validate(
        {"tiers": {"A1": "right"}, "codes": {"R": "reach", "x": None, "LT": {"label": "transport", "hand": "left"}}}
    )
    found = hands(video((0, 5, "R", "A1"), (5, 9, "X", "A1"), (0, 9, "LT", "other")), mapping)
    assert of_hand(found) == [("reach", 0.0, 5.0)]
    assert of_hand(found, "left") == [("transport", 0.0, 9.0)]


def test_a_mapping_says_the_subject_and_the_hand() -> None:
    mapping = LabelMapping(subject="P01", hand="left")
    found = hands(video((0, 9, "reach", "P01"), (0, 9, "writes", "therapist")), mapping)
    assert of_hand(found, "left") == [("reach", 0.0, 9.0)]
    assert ("fine", "other-subjects") in kinds(found)


def test_the_manifest_says_the_hand_where_nothing_else_does() -> None:
    found = hands(video((0, 9, "reach")), context=LabelContext(duration_s=9.0, fps=30.0, hand="left"))
    assert of_hand(found, "left") == [("reach", 0.0, 9.0)]
    assert ("doubtful", "no-side") in kinds(found)


def test_points_last_until_the_next_start_of_their_hand() -> None:
    found = hands(video((0, None, "r_reach"), (1, None, "l_idle"), (3, None, "r_idle")))
    assert of_hand(found) == [("reach", 0.0, 3.0), ("idle", 3.0, 10.0)]
    assert of_hand(found, "left") == [("idle", 1.0, 10.0)]
    assert ("doubtful", "open-end") in kinds(found)


def test_a_last_point_needs_the_videos_length() -> None:
    assert ("wrong", "open-end") in kinds(hands(video((0, None, "r_reach")), context=LabelContext()))


def test_of_overlapping_labels_the_later_start_wins() -> None:
    found = hands(video((0, 5, "r_reach"), (3, 4, "r_idle"), (8, 9, "r_idle")))
    assert of_hand(found) == [("reach", 0.0, 3.0), ("idle", 3.0, 4.0), ("idle", 8.0, 9.0)]
    assert {("doubtful", "overlap"), ("fine", "gaps")} <= kinds(found)


def test_overlapping_labels_that_agree_are_one() -> None:
    assert of_hand(hands(video((0, 5, "r_reach"), (3, 9, "r_reach"), (9, 10, "r_idle")))) == [
        ("reach", 0.0, 9.0),
        ("idle", 9.0, 10.0),
    ]


def test_rounding_is_no_overlap() -> None:
    found = hands(video((0, 5.001, "r_reach"), (5.0, 10, "r_idle")))
    assert of_hand(found) == [("reach", 0.0, 5.0), ("idle", 5.0, 10.0)]
    assert not found.remarks


def test_a_label_without_length_is_left_out_by_name() -> None:
    found = hands(video((0, 5, "r_reach"), (5, 5, "r_transport"), (5, 10, "r_idle")))
    assert of_hand(found) == [("reach", 0.0, 5.0), ("idle", 5.0, 10.0)]
    assert kinds(found) == {("doubtful", "no-length")}


@pytest.mark.parametrize(
    ("annotations", "kind"),
    [
        ([(0, 4000, "r_reach"), (4000, 10000, "r_idle")], "past-end"),
        ([(-3, 4, "r_reach")], "negative-time"),
        ([(4, 3, "r_reach")], "backwards"),
        ([(math.nan, math.nan, "r_reach")], "no-time"),
        ([], "no-labels"),
    ],
)
def test_times_off_the_clock_are_wrong(annotations: list[tuple[float, float, str]], kind: str) -> None:
    found = hands(video(*annotations))
    assert ("wrong", kind) in kinds(found)
    assert not found.hands


def test_milliseconds_are_guessed() -> None:
    (remark,) = hands(video((0, 4000, "r_reach"), (4000, 10000, "r_idle"))).remarks
    assert "look like milliseconds" in remark.text


def test_whole_hours_are_in_doubt_where_the_length_is_not_known() -> None:
    found = hands(video((0, 4000, "r_reach"), (4000, 10000, "r_idle")), context=LabelContext())
    assert kinds(found) == {("doubtful", "long")}


def test_an_empty_code_is_said() -> None:
    assert ("doubtful", "empty-code") in kinds(hands(video((0, 9, "reach", "right"), (9, 10, " ", "right"))))


def test_another_vocabulary() -> None:
    scheme = Scheme.model_validate(
        {"name": "own", "labels": {"grasp": {"colour": "#000000", "words": ["grip"]}, "release": {"colour": "#111111"}}}
    )
    context = LabelContext(scheme=scheme, duration_s=10.0, fps=30.0)
    found = hands(video((0, 5, "Grip", "right"), (5, 10, "release", "right")), context=context)
    assert of_hand(found) == [("grasp", 0.0, 5.0), ("release", 5.0, 10.0)]
    assert ("wrong", "unknown-code") in kinds(hands(video((0, 5, "reach", "right")), context=context))


def test_codes_that_differ_in_case_alone_have_their_own_meanings() -> None:
    mapping = LabelMapping(codes={"R": "reach", "r": "idle"})
    found = hands(video((0.0, 4.0, "R", "right"), (4.0, 9.0, "r", "right")), mapping)
    assert of_hand(found) == [("reach", 0.0, 4.0), ("idle", 4.0, 9.0)]
    assert of_hand(hands(video((0.0, 9.0, "t", "right")), LabelMapping(codes={"T": "reach"}))) == [("reach", 0.0, 9.0)]


def test_a_subject_that_nobody_is_comes_with_those_there_are() -> None:
    found = hands(video((0.0, 9.0, "reach", "Right arm")), LabelMapping(subject="P7"))
    (text,) = [remark.text for remark in found.remarks if remark.grade == "wrong"]
    assert text == "nothing in it is a label of a hand: it has 'Right arm', and subject 'P7' is wanted"
