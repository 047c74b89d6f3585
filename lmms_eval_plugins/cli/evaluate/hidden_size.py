"""How much disk the hidden states of a plan take, for ``--dry-run``."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from lmms_eval_plugins.core.console import say
from lmms_eval_plugins.demo.shipped_weights import resolved
from lmms_eval_plugins.execution.models import wrapper_args
from lmms_eval_plugins.execution.plan import Plan
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.models.hidden import chosen_layers, shape_at_hand, size_in_words
from lmms_eval_plugins.models.manifests import SETTINGS
from lmms_eval_plugins.models.settings import TransformersSettings
from lmms_eval_plugins.runs.hidden.features import FEATURES

_BYTES = 2
"""Of a number of a state: float16."""


def show_hidden_size(rows: Sequence[tuple[str, ModelCard, Plan]], console: Console) -> None:
    """Print a line for each model whose hidden states are to be kept: of which layers, and their size.

    Args:
        rows: each model of each plan, by its name with what its settings differ in.
        console: where to.

    Raises:
        UserError: a model has not the layers.
    """
    for name, card, plan in rows:
        settings_type = SETTINGS.get(card.wrapper)
        if settings_type is None or not issubclass(settings_type, TransformersSettings):
            continue
        settings = settings_type.of(wrapper_args(card, plan.wrapper_args))
        if not settings.record:
            continue
        shape = shape_at_hand(str(resolved(settings.pretrained)), settings.revision)
        if shape is None:
            say(console, f"{name}: hidden states are kept; their size is not known before the checkpoint is here")
            continue
        layers = chosen_layers(settings.layers, shape.layers, name)
        tasks = plan.tasks_of(card)
        windows = sum(task.n_windows for task in tasks)
        questions = 0 if card.kind == FEATURES else sum(task.n_questions for task in tasks)
        n_bytes = (windows + questions) * len(layers) * shape.width * _BYTES
        which = ", ".join(map(str, layers))
        say(console, f"{name}: {size_in_words(which, shape.width, n_bytes / max(1, windows), n_bytes)}")
