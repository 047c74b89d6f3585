"""Where a reading and the default one part ways: how far scores under the published reading can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lmms_eval_plugins.questions.reading import UNREADABLE


class Doubts(NamedTuple):
    """Replies that the default reading cannot read, and those it reads as something else than the policy does."""

    unreadable: int
    read_otherwise: int


def doubts_about(answers: Mapping[str, object], default: Mapping[str, object], questions: Iterable[str]) -> Doubts:
    """Compare the answers about one window to some questions with those of the default reading."""
    pairs = [(answers.get(question), default.get(question)) for question in questions]
    unreadable = sum(honest is UNREADABLE for _, honest in pairs)
    return Doubts(unreadable, sum(honest is not UNREADABLE and honest != answer for answer, honest in pairs))
