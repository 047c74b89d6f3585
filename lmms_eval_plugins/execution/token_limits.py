"""Does a task leave a model the tokens that it needs? A model that thinks is cut off before it answers where not."""

from __future__ import annotations

from collections.abc import Mapping

from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.models.thinks import why_thinks
from lmms_eval_plugins.tasks.task_file import TaskSpec

LEAST_TO_THINK = 1024
"""With fewer new tokens, replies of models that think are likely to be cut off."""


def note_on_limit(card: ModelCard, given: Mapping[str, object], spec: TaskSpec) -> str | None:
    """Return the note that a model thinks before it answers, and a task leaves it few tokens; None where all is well.

    Args:
        card: the model.
        given: arguments for its wrapper from the command line.
        spec: the task.
    """
    limit = spec.generation_kwargs.get("max_new_tokens")
    if card.kind != "model" or not isinstance(limit, int) or limit >= LEAST_TO_THINK:
        return None
    why = why_thinks(card, given)
    return why and (
        f"{card.name}: thinks before it answers ({why}), and max_new_tokens of {spec.task} is {limit}: replies will be"
        f" cut off; give a copy of the task with {LEAST_TO_THINK} or more (--tasks FOLDER), or say `thinks: false` in"
        " its card where it does not"
    )
