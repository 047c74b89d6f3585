from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.dataset.labels.markers import hand_in_name, markers_in, read_marker, side_of
from lmms_eval_plugins.domain.scheme import Scheme, SchemeLabel, primitives_scheme


@pytest.mark.parametrize(
    ("marker", "side"),
    [
        ("l_reach", "left"),
        ("r_reach", "right"),
        ("R_Reach", "right"),
        (" l_idle ", "left"),
        ("begin_l_reach", "left"),
        ("begin_r_reach", "right"),
        ("r_place_l_shelf", "right"),
        ("reach", None),
        ("reach_l", "left"),
        ("left_reach", "left"),
        ("R-reach", "right"),
        ("r reach", "right"),
        ("r:reach", "right"),
        ("reach.R", "right"),
        ("Right reach", "right"),
        ("reach (right)", "right"),
        ("reach [L]", "left"),
        ("right hand reach", "right"),
        ("reach, left arm", "left"),
        ("lefthand_reach", "left"),
        ("rReach", "right"),
        ("LeftReach", "left"),
        ("RH reach", "right"),
        ("reach Lt", "left"),
        ("RUE reach", "right"),
        ("ｒ_ｒｅａｃｈ", "right"),
        ("l_reach_right_shelf", "left"),
        ("reach left to right", None),
        ("bilateral reach", None),
        ("L/R reach", None),
        ("L+R reach", None),
        ("reach (R & L)", None),
        ("lr reach", None),
        ("reach for l shaped cup", None),
        ("clap", None),
        ("", None),
    ],
)
def test_side_by_prefix_then_infix_then_words(marker: str, side: str | None) -> None:
    assert read_marker(marker, primitives_scheme()).side == side
    assert side_of(marker) == side


@pytest.mark.parametrize(
    ("marker", "primitive"),
    [
        ("l_reach", "reach"),
        ("l_Reposition", "reposition"),
        ("l_retract", "reposition"),
        ("l_transport", "transport"),
        ("l_stabilize", "stabilize"),
        ("l_stabilise", "stabilize"),
        ("l_idle", "idle"),
        ("l_rest", "idle"),
        ("l_rest_after_reach", "reach"),
        ("l_reaching", "reach"),
        ("l_reach_2", "reach"),
        ("l_reach03", "reach"),
        ("l_reach START", "reach"),
        ("l_reach_onset", "reach"),
        ("l_place_rest", "idle"),
        ("l_start", None),
        ("l_grasp", None),
        ("l_test", None),
    ],
)
def test_primitive_by_word_in_order(marker: str, primitive: str | None) -> None:
    found = read_marker(marker, primitives_scheme())
    assert found.label == primitive and not found.is_stop


@pytest.mark.parametrize(
    ("marker", "label"),
    [
        ("r_trasport", "transport"),
        ("r_transprot", "transport"),
        ("R_Tranport", "transport"),
        ("r_stablize", "stabilize"),
        ("r_stabalise", "stabilize"),
        ("r_stabilizing", "stabilize"),
        ("r_stabilisation", "stabilize"),
        ("r_repositon", "reposition"),
        ("r_rech", "reach"),
        ("r_reahc", "reach"),
        ("r_idel", "idle"),
        ("r_idling", "idle"),
        ("r_trans", "transport"),
        ("r_stab", "stabilize"),
        ("right trasport", "transport"),
        ("trasport_r", "transport"),
    ],
)
def test_misspellings_forms_and_abbreviations_are_read_and_doubtful(marker: str, label: str) -> None:
    found = read_marker(marker, primitives_scheme())
    assert (found.side, found.label, found.doubt) == ("right", label, f"is read as {label!r}")


@pytest.mark.parametrize(
    ("marker", "label"),
    [
        ("r_reach STOP", "reach"),
        ("r_reach stop", "reach"),
        ("r_reach_end", "reach"),
        ("r_reach OFF", "reach"),
        ("r_reachEnd", "reach"),
        ("r_reachstop", "reach"),
        ("r_reach (end)", "reach"),
        ("STOP r_reach", "reach"),
        ("end_r_reach", "reach"),
        ("right reach stopped", "reach"),
        ("reach_r_end", "reach"),
        ("r_trasport stop", "transport"),
        ("r_stop", None),
        ("r_end", None),
        ("r_end_of_trial", None),
    ],
)
def test_a_stop_is_no_start(marker: str, label: str | None) -> None:
    found = read_marker(marker, primitives_scheme())
    assert (found.side, found.label, found.is_stop) == ("right", label, True)


@pytest.mark.parametrize(
    ("marker", "label", "is_stop", "doubt"),
    [
        ("r_transport to end", "transport", False, "is read as the start of 'transport'"),
        ("r_transport end of table", "transport", False, ""),
        ("r_reach, patient stops", "reach", True, "is read as the stop of 'reach'"),
        ("r_off-axis reach", "reach", True, "is read as the stop of 'reach'"),
        ("r_reach (cup) stop", "reach", True, "is read as the stop of 'reach'"),
        ("r_reach stp", "reach", True, "is read as the stop of 'reach'"),
        ("r_reach step", "reach", False, ""),
        ("r_reaching for rest position", "reach", False, "names 'reach' and 'idle' and is read as 'reach'"),
        ("r_forest", "idle", False, "is read as 'idle' because 'rest' stands in it"),
        ("r_not reach", "reach", False, "is read as 'reach' although it says no"),
        ("lreach", "reach", False, "is read as the left hand's 'reach'"),
        ("r_idle (rest)", "idle", False, ""),
    ],
)
def test_what_the_study_reads_keeps_its_meaning_and_is_doubtful_where_it_may_be_wrong(
    marker: str, label: str, is_stop: bool, doubt: str
) -> None:
    found = read_marker(marker, primitives_scheme())
    assert (found.label, found.is_stop, found.doubt) == (label, is_stop, doubt)


@pytest.mark.parametrize(
    ("marker", "near", "hint"),
    [
        ("r_re", ("reach", "reposition", "idle"), ""),
        ("r_grasp", (), "known are: idle, reach"),
        ("r_test", (), "did you mean 'rest'?"),
        ("r_x", (), "known are:"),
    ],
)
def test_an_unknown_marker_has_its_nearest_label(marker: str, near: tuple[str, ...], hint: str) -> None:
    found = read_marker(marker, primitives_scheme())
    assert found.label is None and not found.is_stop
    assert found.near == near and hint in found.hint


def scheme_of_names(*names: str) -> Scheme:
    return Scheme(name="own", labels={name: SchemeLabel(colour="#000000") for name in names})


def test_the_words_of_another_scheme() -> None:
    own = scheme_of_names("reach", "grasp", "reach to grasp", "release", "stop", "hold still", "end")
    assert read_marker("r_reach to grasp", own).label == "reach to grasp", "a whole name comes before a word in it"
    assert read_marker("r_graps", own).label == "grasp"
    assert read_marker("r_hold_still", own).label == "hold still"
    assert read_marker("r_hold_stil", own).label == "hold still"
    assert (read_marker("r_stop", own).label, read_marker("r_stop", own).is_stop) == ("stop", False)
    assert (read_marker("r_grasp off", own).label, read_marker("r_grasp off", own).is_stop) == ("grasp", True)
    assert read_marker("r_transport", own).label is None


@pytest.mark.parametrize(
    ("cell", "markers"),
    [
        ("r_reach;l_idle", ["r_reach", "l_idle"]),
        ("L_Reach / R_Idle", ["L_Reach", "R_Idle"]),
        ("r_reach and l_idle", ["r_reach", "l_idle"]),
        ("r_reach l_idle", ["r_reach", "l_idle"]),
        ("reach_r;idle_l", ["reach_r", "idle_l"]),
        ("Right: Reach, Left: Idle", ["Right: Reach", "Left: Idle"]),
        ("R reach / L idle", ["R reach", "L idle"]),
        ("reach (left/right shelf)", None),
        ("r_reach, left shelf", None),
        ("r_reach, r_transport", None),
        ("r_reach;cup", None),
        ("r_reach/transport", None),
        ("r_reach;l_cup", None),
        ("l_reach_right_shelf", None),
        ("r_reach;l_idle;r_idle", None),
        ("", None),
    ],
)
def test_the_markers_of_both_hands_in_a_cell(cell: str, markers: list[str] | None) -> None:
    assert markers_in(cell, primitives_scheme()) == (markers or [cell])


def test_a_marker_as_near_to_two_labels_is_ambiguous() -> None:
    own = scheme_of_names("lift", "list")
    assert set(read_marker("r_lit", own).near) == {"lift", "list"}


def test_short_words_stand_alone() -> None:
    own = scheme_of_names("t", "s")
    assert read_marker("r_t", own).label == "t" and read_marker("r_s 2", own).label == "s"
    assert read_marker("r_test", own).label is None


@given(st.text(max_size=20))
def test_any_text_is_read(text: str) -> None:
    found = read_marker(text, primitives_scheme())
    assert found.label in (None, *primitives_scheme().names)


@pytest.mark.parametrize(
    ("name", "hand"),
    [
        ("P1_shelf left side1_1", "left"),
        ("P1_RTT_right_side_2", "right"),
        ("P1_lefthand", "left"),
        ("P1 Left arm", "left"),
        ("drinking_right", "right"),
        ("P1_left_camera", None),
        ("view_right", None),
        ("left to right", None),
        ("bright cup", None),
        ("P1_drinking1_1", None),
    ],
)
def test_the_hand_in_a_video_name(name: str, hand: str | None) -> None:
    assert hand_in_name(name) == hand


@pytest.mark.parametrize("order", [("use", "no use"), ("no use", "use")])
@pytest.mark.parametrize(
    ("marker", "label"),
    [
        ("r_use", "use"),
        ("r_no use", "no use"),
        ("r_no_use", "no use"),
        ("r_NoUse", "no use"),
        ("Right No-Use", "no use"),
        ("no use (R)", "no use"),
    ],
)
def test_a_label_that_holds_another_ones_name_is_read_in_every_spelling(
    order: tuple[str, ...], marker: str, label: str
) -> None:
    read = read_marker(marker, Scheme(name="own", labels={name: SchemeLabel(colour="#000000") for name in order}))
    assert (read.label, read.doubt, read.side) == (label, "", "right")
