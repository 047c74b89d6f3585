"""A further wording of a question, as ``run.json`` has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.variants import WordingReader

if TYPE_CHECKING:
    from lmms_eval_plugins.runs.run_file import RunFile, RunVideo


class RunVariant(BaseModel):
    """A further wording of a question of a run (see `lmms_eval_plugins.questions.variants.Variant`).

    Attributes:
        id: the question's id, a dot, and the variant's.
        variant_of: the question's id.
        text, cropped: how it was put.
        answer: the form of its own answers.
        means: word of its answers → word of the question's; None where they are the same.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    id: str
    variant_of: str
    text: str
    cropped: str | None = None
    answer: AnswerKind
    means: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        """The variant's own id."""
        return self.id.removeprefix(f"{self.variant_of}.")

    def reader(self, base: AnswerKind) -> WordingReader:
        """Return what reads its replies as answers to a question of this form."""
        return WordingReader(self.answer, base, self.means)


def requests_per_window(file: RunFile, video: RunVideo) -> int:
    """Return how many requests there are about each window of a video: its questions in all their wordings."""
    asked = [question.id for question in file.questions] if video.asked is None else video.asked
    return len(asked) + sum(variant.variant_of in asked for variant in file.variants)
