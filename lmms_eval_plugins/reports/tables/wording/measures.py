"""Of answers to one question in several wordings: how often yes, how good, how far they agree with each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.questions.answers import state_of
from lmms_eval_plugins.reports.tables.table import Value, share_cell
from lmms_eval_plugins.runs.wordings.worded import WordedQuestion, answer_words
from lmms_eval_plugins.statistics.intervals import (
    Interval,
    jackknife_interval,
    mean_interval,
    patient_places,
)
from lmms_eval_plugins.statistics.probabilities import auc_interval, roc_auc
from lmms_eval_plugins.statistics.reliability import table_kappa


def yes_share(question: WordedQuestion, answers: Sequence[object], ci: bool) -> Value | None:
    """Return how many per cent of the answers are yes, in the question's terms; None of other questions.

    Replies without an answer do not count.
    """
    if question.kind.kind != "yes_no":
        return None
    read = [(bool(one), who) for one, who in zip(answers, question.patients, strict=True) if state_of(one) == "read"]
    return share_cell([one for one, _ in read], [who for _, who in read], ci, scale=100.0)


def true_share(question: WordedQuestion) -> Value | None:
    """Return of how many per cent of the windows with a truth yes is right; None of other questions."""
    if question.kind.kind != "yes_no":
        return None
    known = [bool(one) for one in question.truth if one is not None]
    return share_cell(known, [""] * len(known), False, scale=100.0)


def auc_cell(question: WordedQuestion, p_yes: NDArray[np.float64], ci: bool) -> Value | None:
    """Return the area under the ROC curve of probabilities of yes; None where there are none, or no truths of both."""
    if question.kind.kind != "yes_no":
        return None
    known: NDArray[np.bool_] = np.array([one is not None for one in question.truth], dtype=bool)
    p, right = p_yes[known], np.array([bool(one) for one in question.truth if one is not None], dtype=bool)
    patients = [who for who, true in zip(question.patients, question.truth, strict=True) if true is not None]
    if np.isnan(p).all():
        return None
    found = auc_interval(p, right, patients) if ci else Interval(roc_auc(p, right), None, None, len(p), 0)
    return _value(found)


def share_right(question: WordedQuestion, answers: Sequence[object], ci: bool) -> Value | None:
    """Return the share of the windows with a truth about which the answer is right; a reply without one never is."""
    right = [
        (float(question.kind.is_right(one, true)), who)
        for one, true, who in zip(answers, question.truth, question.patients, strict=True)
        if true is not None
    ]
    return share_cell([one for one, _ in right], [who for _, who in right], ci)


def share_silent(answers: Sequence[object]) -> Value | None:
    """Return how many per cent of the replies give no answer; a missing reply is none."""
    came = [state_of(one) for one in answers if one is not None]
    return Value(100.0 * sum(state != "read" for state in came) / len(came)) if came else None


def acquiescence(question: WordedQuestion) -> Value | None:
    """Return the yes-rate summed over both polarities, 0 to 2, with its interval: 1 where neither is favoured.

    Of each window, the share of yes among the wordings of the question's polarity, and that among those of the opposite
    one, each in the wording's own terms. A model that means what it says gives 1; one that says yes to whatever it is
    asked, 2. Windows count about which every yes/no wording was answered.

    Returns:
        None where the wordings have one polarity only, or no window counts.
    """
    polarities = [wording.polarity for wording in question.wordings]
    places = [[place for place, one in enumerate(polarities) if one == sign] for sign in (1, -1)]
    if not all(places):
        return None
    asked = sorted(place for of_sign in places for place in of_sign)
    kept = question.read[:, asked].all(axis=1)
    said = np.array([[one is True for one in row] for row in question.answers], dtype=float)[kept]
    if not len(said):
        return None
    sums = said[:, places[0]].mean(axis=1) + 1 - said[:, places[1]].mean(axis=1)
    patients = [question.patients[place] for place in np.flatnonzero(kept)]
    return _value(mean_interval(sums, patients))


def self_agreement(question: WordedQuestion) -> Value | None:
    """Return about how many per cent of the windows all wordings got the same answer; silence agrees with nothing."""
    same = [
        float(bool(read.all()) and all(one == row[0] for one in row))
        for read, row in zip(question.read, question.answers, strict=True)
    ]
    return share_cell(same, question.patients, True, scale=100.0)


def pairwise_kappa(question: WordedQuestion) -> Value | None:
    """Return Cohen's kappa of the answers to two wordings, a mean over all pairs, with its interval by patients.

    Of each pair, the windows about which both were answered. None of open questions, and where a pair has no kappa.
    """
    words = answer_words(question.kind)
    if not words:
        return None
    answers = [question.kind.parse_target(word) for word in words]
    codes = np.array([[_place(one, answers) for one in row] for row in question.answers], dtype=int)
    pairs = list(combinations(range(len(question.wordings)), 2))
    who = np.array(patient_places(question.patients), dtype=int)
    tables = np.zeros((1 + max(who, default=-1), len(pairs), len(words), len(words)))
    for number, (one, other) in enumerate(pairs):
        both = (codes[:, one] >= 0) & (codes[:, other] >= 0)
        np.add.at(tables[:, number], (who[both], codes[both, one], codes[both, other]), 1)

    def mean_kappa(kept: NDArray[np.intp]) -> float | None:
        kappas = [table_kappa(table) if table.any() else None for table in tables[kept].sum(axis=0)]
        known = [one for one in kappas if one is not None]
        return sum(known) / len(known) if len(known) == len(kappas) else None

    return _value(jackknife_interval(mean_kappa, list(range(len(tables))), -1.0, 1.0))


def _place(answer: object, answers: Sequence[object]) -> int:
    return answers.index(answer) if answer in answers else -1


def _value(found: Interval) -> Value | None:
    return None if found.value is None else Value(found.value, None, found.low, found.high)
