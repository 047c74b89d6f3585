"""Identification and Fugl-Meyer runs: what was taken for what, and what items are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.rules import FULL_SPEED_BELOW_S, PART_SPEED_BELOW_S
from lmms_eval_plugins.assessments.fugl_meyer.totals import patient_totals
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_FROM, INFERRED_ITEM, ITEMS, MAX_ITEM_SCORE
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, in_order
from lmms_eval_plugins.reports.page.data.families import (
    ItemAnswer,
    NamedActivities,
    PageAssessment,
    PageItem,
    PageTotal,
)
from lmms_eval_plugins.reports.page.data.shared import in_thousandths
from lmms_eval_plugins.reports.page.runs import RunTables
from lmms_eval_plugins.runs.data_frames.build import probabilities_in, probability_of, text_in
from lmms_eval_plugins.runs.data_frames.items import assessments
from lmms_eval_plugins.runs.run_file import RunQuestion
from lmms_eval_plugins.runs.scored import scores_of


def named_activities(run: RunTables, videos: Mapping[str, int]) -> NamedActivities:
    """Return what an identification run named the activities of its videos; ``videos`` are name → place."""
    known = run.scores[run.scores["truth"].notna() & run.scores["video_id"].isin(videos)]
    truths, answers = list(known["truth"]), [one if isinstance(one, str) else None for one in known["answer"]]
    classes = tuple(in_order({*truths, *filter(None, answers)}, ACTIVITIES))
    places = {name: place for place, name in enumerate(classes)}
    return NamedActivities(
        run=run.place,
        classes=classes,
        videos=tuple(videos[video] for video in known["video_id"]),
        truths=tuple(places[truth] for truth in truths),
        answers=tuple(-1 if answer is None else places[answer] for answer in answers),
    )


def page_assessment(run: RunTables, videos: Mapping[str, int]) -> PageAssessment:
    """Return the items and totals of a Fugl-Meyer run; ``videos`` are name → place.

    Totals are of the items that have a score, the therapist's total of the same ones.

    Raises:
        UserError: the run cannot be read any more.
    """
    errors: list[str] = []
    scored = scores_of(assessments(run.folder, errors), FUGL_MEYER)
    if not scored:
        raise UserError(listed(errors, by="; ") or f"{run.folder}: it changed while the report was made; make it again")
    _, score = scored[0]
    of_items: dict[int, list[RunQuestion]] = {}
    for question in run.file.questions if run.file else ():
        if question.item is not None:
            of_items.setdefault(question.item, []).append(question)
    answers: dict[tuple[str, str], list[ItemAnswer]] = {}
    columns = (run.answers[name] for name in ("patient", "question", "video_id", "value", "probabilities"))
    for patient, id, video, value, given in zip(*columns, strict=True):
        answers.setdefault((patient, id), []).append(_answer(videos[video], id, value, given))
    return PageAssessment(
        run=run.place,
        items=tuple(
            _item(
                result, questions, [one for asked in questions for one in answers.get((result.patient, asked.id), ())]
            )
            for result in score.items
            for questions in [of_items.get(result.item, [])]
        ),
        totals=tuple(_totals(score)),
    )


def rule_in_words(item: int, questions: Sequence[RunQuestion]) -> str:
    """Return how the answers to an item's questions make its score, as `lmms_eval_plugins.assessments` counts it."""
    if item == INFERRED_ITEM:
        sources = listed(list(map(str, INFERRED_FROM)))
        return f"from items {sources}: {MAX_ITEM_SCORE} if all of them are {MAX_ITEM_SCORE}, 0 if one is less"
    ways = [_way(question) for question in questions if question.kind != "count"]
    if counted := [question for question in questions if question.kind == "count"]:
        reaches = max((question.reaches or 0 for question in counted), default=0)
        ways.append(
            f"how much longer the affected arm needs for {reaches} repetitions than the other: 2 if less than"
            f" {FULL_SPEED_BELOW_S:g} s, 1 if less than {PART_SPEED_BELOW_S:g} s, else 0"
        )
    first, *others = ways or ["not asked"]
    return "; ".join([first, *(f"without a score by that, {way}" for way in others)])


def _way(question: RunQuestion) -> str:
    if question.kind != "yes_no":
        return f"{question.id}: the mean of the scores over the windows, rounded, half-way to 1"
    scores = [
        f"{score} if most windows say {answer}"
        for answer, score in (("yes", question.if_yes), ("no", question.if_no))
        if score is not None
    ]
    return f"{question.id}: {', '.join(scores) or 'no score'}"


def _item(result: ItemResult, questions: Sequence[RunQuestion], answers: Sequence[ItemAnswer]) -> PageItem:
    return PageItem(
        patient=result.patient,
        item=result.item,
        title=ITEMS[result.item].name,
        true=result.truth,
        score=result.predicted,
        rule=rule_in_words(result.item, questions),
        clips=tuple(dict.fromkeys(answer.video for answer in answers)),
        answers=tuple(answers),
    )


def _answer(video: int, question: str, value: object, given: object) -> ItemAnswer:
    probability = probability_of(probabilities_in(given), value)
    return ItemAnswer(
        video=video,
        question=question,
        answer=text_in(value),
        probability=None if pd.isna(probability) else in_thousandths(probability),
    )


def _totals(score: FuglMeyerScore) -> list[PageTotal]:
    return [
        PageTotal(
            patient=total.patient,
            cohort=total.cohort,
            true=total.true_of_scored,
            score=total.predicted,
            n_items=total.n_scored,
            most=MAX_ITEM_SCORE * total.n_scored,
        )
        for total in patient_totals(score.items)
        if total.n_scored
    ]
