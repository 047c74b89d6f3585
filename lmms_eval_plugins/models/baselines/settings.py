"""What can be set about the baselines: one typed object for each that has anything to set."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.settings import DIGITS, ModelSettings

MarkovMode = Literal["decomposed", "direct"]
MarkovFit = Literal["others", "test"]


def _seed(value: object) -> int:
    if not DIGITS.fullmatch(str(value)):
        raise UserError(f"seed: {value!r} is not a whole number from 0 up")
    return int(str(value))


class ConstantSettings(ModelSettings):
    """Settings of the constant baseline: its answer."""

    answer: Annotated[str, BeforeValidator(str)] = "yes"


class BotSettings(ModelSettings):
    """Settings of the random baseline: the seed of its draws."""

    seed: int = 0


class ReplaySettings(ModelSettings):
    """Settings of a repeated run: an answer file, or the run folder that holds one."""

    source: str | None = None


class MarkovSettings(ModelSettings):
    """Settings of the Markov baseline.

    Attributes:
        seed: of the draws; every video has its own streams, so the order of requests does not matter.
        mode: ``decomposed`` draws each question's answers from a chain of their own; ``direct`` draws labels from one
            chain and answers every question as that label does.
        fit: ``others`` fits on subjects outside the evaluated ones, or, where there are none, on all evaluated subjects
            but the one at hand; ``test`` fits on the evaluated videos themselves: the published, leaky baseline.
    """

    seed: Annotated[int, BeforeValidator(_seed)] = 0
    mode: MarkovMode = "decomposed"
    fit: MarkovFit = "others"


class StopwatchSettings(ModelSettings):
    """Settings of the stopwatch.

    Attributes:
        by_activity: whether doses are expected by the recording's activity too; an activity is never told from it.
    """

    by_activity: bool = False
