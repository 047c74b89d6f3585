"""Label schemes: the shipped one, and one of a dataset's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.domain.scheme import SCHEME_NAME, primitives_scheme, read_scheme, scheme_of
from lmms_eval_plugins.domain.vocabulary import (
    GRASP_PRIMITIVES,
    MOTION_PRIMITIVES,
    PRIMITIVE_RULE,
    PRIMITIVES,
    RuleLabels,
)
from tests.support.damage import any_file_like, one_line_or
from tests.support.schemes import make_scheme

OWN = """\
name: five
labels:
  reach: {colour: "#112233", motion: true}
  rest: {colour: "#445566", words: [idle]}
"""


def test_the_shipped_scheme_is_the_five_primitives() -> None:
    scheme = primitives_scheme()
    assert scheme.names == PRIMITIVES
    assert (scheme.motion, scheme.grasp) == (MOTION_PRIMITIVES, GRASP_PRIMITIVES)


def test_a_scheme_beside_the_manifest_is_the_datasets(tmp_path: Path) -> None:
    assert scheme_of(tmp_path / "manifest.csv") is primitives_scheme()
    (tmp_path / SCHEME_NAME).write_text(OWN)
    own = scheme_of(tmp_path / "manifest.csv")
    assert own.words == (("reach", "reach"), ("rest", "rest"), ("idle", "rest"))
    assert own.colours == {"reach": "#112233", "rest": "#445566"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"#112233"', "red", "line 3: labels.reach.colour"),
        ("[idle]", "[reach]", "'reach' stands for two labels"),
        ("motion", "moton", "labels.reach.moton: unknown key; did you mean 'motion'?"),
        ("name: five", "name: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / SCHEME_NAME
    path.write_text(OWN.replace(old, new))
    with pytest.raises(UserError) as found:
        read_scheme(path)
    assert message in str(found.value)


def test_motion_and_grasp_make_the_labels_of_the_primitives() -> None:
    assert primitives_scheme().rule_labels == PRIMITIVE_RULE and primitives_scheme().follows_rule


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("rest move:m hold:g carry:mg", RuleLabels("carry", "hold", "rest", "move", "move")),
        (
            "go:m back:m third:m hold:g squeeze:g carry:mg push:mg rest sleep",
            RuleLabels("carry", "hold", "rest", "go", "back"),
        ),
        ("reach:m grasp:g transport:mg release:m rest", RuleLabels("transport", "grasp", "rest", "reach", "release")),
    ],
)
def test_the_first_label_of_each_meaning_counts(labels: str, found: RuleLabels) -> None:
    assert make_scheme(labels).rule_labels == found


@pytest.mark.parametrize(
    ("labels", "missing"),
    [
        ("reach:m grasp:g rest", "moves and holds an object (motion: true, grasp: true)"),
        ("reach:m carry:mg rest", "holds one without moving (grasp: true)"),
        ("grasp:g carry:mg rest", "moves without holding one (motion: true)"),
        ("reach:m grasp:g carry:mg", "rests (neither)"),
        ("reach:m rest", "moves and holds an object (motion: true, grasp: true) and none for one that holds one"),
    ],
)
def test_a_scheme_without_a_label_for_some_motion_and_grasp_says_which(labels: str, missing: str) -> None:
    own = make_scheme(labels)
    assert not own.follows_rule
    with pytest.raises(UserError) as found:
        own.rule_labels  # noqa: B018
    assert f"the scheme 'own' has no label for a hand that {missing}" in str(found.value)
    assert "add one to scheme.yaml" in str(found.value) and "\n" not in str(found.value)


def test_before_the_first_label_a_hand_rests_where_the_scheme_knows_what_that_is() -> None:
    assert primitives_scheme().at_onset == "idle" and primitives_scheme().resting == {"idle"}
    assert make_scheme("carry:mg wait sleep").at_onset == "wait" and make_scheme("carry:mg wait sleep").resting == {
        "wait",
        "sleep",
    }
    assert make_scheme("reach:m carry:mg").at_onset is None
    silent = make_scheme("reach carry rest")  # says of no label what it means, so that none is known to be a rest
    assert silent.at_onset is None and silent.carrying is None and silent.resting == frozenset()


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("avg", "'avg' is the name of the mean over all labels"),
        ("a, b", "labels.a, b"),
        ("a;b", "labels.a;b"),
        ("a@b", "labels.a@b"),
        ("{a}", "labels.{a}"),
        ("Reach", "labels.Reach"),
        ("Äh", "'Äh' is not in lower case"),
    ],
)
def test_names_that_timelines_tables_and_replies_cannot_hold_are_refused(
    tmp_path: Path, label: str, message: str
) -> None:
    path = tmp_path / SCHEME_NAME
    path.write_text(OWN.replace("  rest:", f'  "{label}":'), encoding="utf-8")
    with pytest.raises(UserError) as found:
        read_scheme(path)
    assert message in str(found.value)


def test_schemes_of_the_same_labels_can_be_kept_by_scheme() -> None:
    one, other = make_scheme("reach:m rest"), make_scheme("reach:m rest")
    assert {one: 1}[other] == 1 and make_scheme("reach rest") not in {one: 1}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("[reach, grasp]", "line 2: labels: should be a table, as {key: value}"),
        ("{Reach: {colour: '#112233'}}", "labels.Reach: labels are written in lower case, .* .found 'Reach'."),
        ("{reach: {colour: red}}", "labels.reach.colour: a colour is written as .#1B9E77. .found 'red'."),
        ("{1: {colour: '#112233'}}", "should be text: put it in quotes .found 1."),
        ("{reach: {colour: '#112233', words: hin}}", r"labels.reach.words: should be a list, as \[a, b\]"),
        ("{reach: {colour: '#112233', words: [Hin]}}", "labels.reach.words.0: words are written in lower case"),
        ("{reach: {colour: '#112233'}, reach: {colour: '#445566'}}", "line 2: not valid YAML .'reach' stands twice"),
    ],
)
def test_mistakes_are_named_for_people(tmp_path: Path, labels: str, said: str) -> None:
    path = tmp_path / "scheme.yaml"
    path.write_text(f"name: own\nlabels: {labels}\n", encoding="utf-8")
    with pytest.raises(UserError, match=said):
        read_scheme(path)


@settings(deadline=None)
@given(any_file_like([shipped("tasks") / "strokerehab" / "schemes" / "primitives.yaml"]))
def test_any_file_is_a_scheme_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / SCHEME_NAME
    path.write_bytes(data)
    one_line_or(lambda: read_scheme(path))
