"""What is said of identification and Fugl-Meyer runs, worked out by hand from runs of four patients."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.page.data.families import PageTotal
from lmms_eval_plugins.reports.page.data.overview import Overview
from lmms_eval_plugins.reports.page.families import page_assessment, rule_in_words
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.runs.run_file import RunQuestion


def test_activities_are_named_by_their_places(page_overview: Overview) -> None:
    named = page_overview.named[1]
    said = {
        page_overview.videos[video].patient: (named.classes[truth], named.classes[answer] if answer >= 0 else None)
        for video, truth, answer in zip(named.videos, named.truths, named.answers, strict=True)
    }
    assert page_overview.runs[named.run].name == "tiny, identification"
    assert said == {
        "DC01": ("feeding", "feeding"),
        "DS01": ("shelf", "shelf"),
        "DS02": ("combing", "feeding"),
        "DS03": ("feeding", None),
    }
    assert set(named.classes) == {"feeding", "shelf", "combing"}


def test_an_item_has_its_clips_and_what_was_answered_about_them(page_overview: Overview) -> None:
    assessment = page_overview.assessments[1]
    item = next(one for one in assessment.items if (one.patient, one.item) == ("DS01", 20))
    assert (item.true, item.score, item.title) == (1, 1, "wrist movement, elbow bent")
    assert [page_overview.videos[clip].id for clip in item.clips] == ["DS01_FM"]
    assert [(answer.question, answer.answer, answer.probability) for answer in item.answers] == [("item20", "1", None)]
    assert item.rule == "item20: the mean of the scores over the windows, rounded, half-way to 1"


def test_totals_are_of_the_items_with_a_score(page_overview: Overview) -> None:
    assert page_overview.assessments[1].totals == (
        PageTotal("DC01", "healthy", 4, 4, 2, 4),
        PageTotal("DS01", "mild", 3, 2, 2, 4),
        PageTotal("DS02", "moderate", 2, 3, 2, 4),
        PageTotal("DS03", "severe", 0, 1, 2, 4),
    )


def test_a_run_that_went_away_is_an_error_of_one_line(every_family: Path, tmp_path: Path) -> None:
    shutil.copytree(every_family / "assessment" / "tiny", tmp_path / "assessment" / "tiny")
    runs = ReportRuns([tmp_path])
    run = runs.read(0)
    (run.folder / "run.json").write_text("{")
    with pytest.raises(UserError, match=r"run\.json: top level: Invalid JSON"):
        page_assessment(run, runs.places)


@pytest.mark.parametrize(
    ("item", "questions", "words"),
    [
        (18, [], "from items 15, 16, 17: 2 if all of them are 2, 0 if one is less"),
        (5, [], "not asked"),
        (
            5,
            [
                RunQuestion(id="whole", kind="yes_no", if_yes=2),
                RunQuestion(id="part", kind="yes_no", if_yes=1, if_no=0),
            ],
            "whole: 2 if most windows say yes; without a score by that, part: 1 if most windows say yes,"
            " 0 if most windows say no",
        ),
        (
            33,
            [
                RunQuestion(id="affected", kind="count", reaches=5),
                RunQuestion(id="other", kind="count", reaches=5, arm="other"),
            ],
            "how much longer the affected arm needs for 5 repetitions than the other: 2 if less than 2 s,"
            " 1 if less than 6 s, else 0",
        ),
    ],
)
def test_rules_are_said_in_words(item: int, questions: list[RunQuestion], words: str) -> None:
    assert rule_in_words(item, questions) == words
