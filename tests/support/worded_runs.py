"""Questions asked in several wordings, with answers as a test wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.variants import Variant, WordingReader
from lmms_eval_plugins.runs.wordings.worded import AskedWording, WordedQuestion

YES_NO = AnswerKind(kind="yes_no")


def worded(
    truth: Sequence[bool | None],
    said: Mapping[str, Sequence[object]],
    patients: Sequence[str],
    p_yes: Mapping[str, Sequence[float]] | None = None,
    opposite: Sequence[str] = ("still",),
) -> WordedQuestion:
    """Return a yes/no question with the answers to each wording, in the question's terms, the base first.

    Args:
        truth: the correct answer about each window.
        said: wording → answers.
        patients: whose window each is.
        p_yes: wording → probabilities of yes; one that is not there has none.
        opposite: the wordings to which a yes means no.
    """
    wordings: list[AskedWording] = []
    for name in said:
        variant = Variant(id=name, text="?", answers="opposite" if name in opposite else "same") if wordings else None
        wordings.append(AskedWording(name, name, WordingReader(YES_NO, YES_NO, variant.means if variant else None)))
    known = p_yes or {}
    p = np.array([known.get(name, [np.nan] * len(truth)) for name in said], dtype=float).T
    with np.errstate(divide="ignore"):
        log_p = np.log(np.stack([p, 1 - p], axis=2))
    answers = tuple(zip(*said.values(), strict=True))
    windows = tuple((f"v{patient}", place) for place, patient in enumerate(patients))
    return WordedQuestion("motion", YES_NO, tuple(wordings), windows, tuple(patients), tuple(truth), answers, log_p)
