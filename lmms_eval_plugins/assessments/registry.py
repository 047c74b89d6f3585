"""The families of tasks: who they are, and which of them a scoring method belongs to."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Union, cast

from pydantic import BaseModel, Field, PlainValidator, SerializeAsAny, TypeAdapter

from lmms_eval_plugins.assessments.assessment import Assessment, MethodT, Score, ScoreT, ScoringMethod, TruthT
from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.assessments.labelled.assessment import LABELLED

AnyAssessment = Assessment[ScoringMethod, object, Score]
"""An assessment of whatever family: settings, truths and scores go from one of its methods into another as they are."""

_families: list[AnyAssessment] = []


def register(assessment: Assessment[MethodT, TruthT, ScoreT]) -> None:
    """Add a family; task files can then use its scoring methods.

    Raises:
        ValueError: another family has its name, or one of its methods.
    """
    for known in _families:
        if known.name == assessment.name or set(known.method_names) & set(assessment.method_names):
            raise ValueError(f"the family {assessment.name!r} has a name or a method of the family {known.name!r}")
    # The types of a family fit each other, and nothing else is ever put into it: see `AnyAssessment`.
    _families.append(cast(AnyAssessment, assessment))


def families() -> tuple[AnyAssessment, ...]:
    """Return all families, in order of registration."""
    return tuple(_families)


def assessment_of(method: ScoringMethod) -> AnyAssessment:
    """Return the family that a scoring method belongs to.

    Raises:
        KeyError: its family is not registered.
    """
    for family in _families:
        if method.method in family.method_names:
            return family
    raise KeyError(method.method)


def settings_models() -> tuple[type[BaseModel], ...]:
    """Return the models of all families' settings, whose keys a task file may use under ``scoring``."""
    return tuple(model for family in _families for model in family.settings_models)


def parse_method(value: object) -> ScoringMethod:
    """Return the scoring method that a mapping describes; its ``method`` chooses the family.

    Raises:
        ValidationError: the method is unknown, or a setting is not valid.
    """
    return _parser(tuple(family.method_type for family in _families)).validate_python(value)


Method = Annotated[ScoringMethod, PlainValidator(parse_method), SerializeAsAny()]
"""A field of a pydantic model that holds a scoring method of any registered family."""


@cache
def _parser(types: tuple[type[ScoringMethod], ...]) -> TypeAdapter[ScoringMethod]:
    union = Annotated[Union[types], Field(discriminator="method")]  # type: ignore[valid-type]  # noqa: UP007 - not static
    return TypeAdapter(union)


register(DOSE)
register(IDENTIFICATION)
register(FUGL_MEYER)
register(LABELLED)
