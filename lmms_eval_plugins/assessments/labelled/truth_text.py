"""The true answers about a video as text, for ``run.json``, and back."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from lmms_eval_plugins.core.errors import describe_validation
from lmms_eval_plugins.questions.truths import KnownAnswers

LabelledTruth = Mapping[str, KnownAnswers]
"""Id of a question → what is known of the video."""

_TRUTH = TypeAdapter(dict[str, KnownAnswers])


def truth_to_text(truth: LabelledTruth) -> str:
    """Return true answers as JSON: id of a question → ``form`` and ``marks``, each with start, end and answer."""
    return _TRUTH.dump_json(dict(truth)).decode()


def truth_from_text(text: str) -> LabelledTruth:
    """Return the true answers that a text stands for.

    Raises:
        ValueError: it is not as `truth_to_text` writes it.
    """
    try:
        return _TRUTH.validate_json(text)
    except ValidationError as error:
        raise ValueError(describe_validation(error)) from None
