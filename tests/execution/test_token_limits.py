"""A model that thinks, and a task of a few tokens, are named before the run and in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.execution.plan import LEAST_TO_THINK, make_plan, note_on_limit
from lmms_eval_plugins.execution.record import describe_run, requests_hash
from tests.support.command import Request


def test_it_is_named_in_the_plan_and_in_the_run(request_for: Request) -> None:
    plan = make_plan(request_for())
    (task,) = plan.tasks
    thinker = plan.cards[0].model_copy(update={"kind": "model", "thinks": True})
    (note,) = replace(plan, cards=(thinker,)).warnings
    assert note.startswith(f"{thinker.name}: thinks before it answers (its card says so), and max_new_tokens of ")
    assert "strokerehab_primitives_3 is 16: replies will be cut off" in note
    assert note in describe_run(thinker, {}, task).notes
    assert not plan.warnings


@pytest.mark.parametrize("limit", [LEAST_TO_THINK, None])
def test_a_task_with_enough_tokens_is_none_to_name(request_for: Request, limit: int | None) -> None:
    plan = make_plan(request_for())
    spec = plan.tasks[0].spec.model_copy(update={"generation_kwargs": {"max_new_tokens": limit}})
    thinker = plan.cards[0].model_copy(update={"kind": "model", "thinks": True})
    assert note_on_limit(thinker, {}, spec) is None


def test_a_card_that_says_nothing_of_it_keeps_the_hash_of_its_runs(request_for: Request) -> None:
    plan = make_plan(request_for())
    card, (task,) = plan.cards[0], plan.tasks
    described = describe_run(card, {}, task)
    assert "thinks" not in described.card
    assert requests_hash(describe_run(card.model_copy(update={"thinks": True}), {}, task)) != requests_hash(described)
