"""Questions with a truth of their own: what runs answered about the same windows, a blind control, and the reference.

All of it is read from the table of answers. A video enters by the one rule of `lmms_eval_plugins.questions.coverage`,
and with it all of its windows: a reply that never came is not right. Wherever videos are left out, runs are ranked with
these counted as failed: not right, and of numbers as far off as 0 or the greatest true number, whichever is farther
from the truth. So counts whatever else is not a number.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from lmms_eval_plugins.core.errors import counted
from lmms_eval_plugins.questions.kinds import NUMBER_KINDS
from lmms_eval_plugins.runs.data_frames.build import probabilities_in, probability_of
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.statistics.elsewhere import fitted_elsewhere, usual_answer

BLIND, CONSTANT, REFERENCE = "blind control", "best constant", "reference"

_MISSING, _READ = "missing", "read"
_FIRST = ("yes", "no")
_STATES = ("unreadable", "refused", "contradictory", _MISSING)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LabelledQuestion:
    """A question of a task, and what runs answered about the same windows.

    Attributes:
        task: the task's name.
        question: the question's id.
        kind: the name of its kind of answer.
        number: which set of windows it is, from 1, where the task's runs differ in them; else 0.
        answers: run → its rows of the table of answers, one for each window, all in the same order, with a column
            ``enters``; rows are named by video and window.
        models: those of the runs that are no baselines.
        every: all of its windows, on which the control is fitted; `answers` may be about some of them.
    """

    task: str
    question: str
    kind: str
    number: int
    answers: Mapping[str, pd.DataFrame]
    models: tuple[str, ...]
    every: pd.DataFrame

    @property
    def name(self) -> str:
        """Whose question it is: ``which_hand: hand``, and which set of windows."""
        number = f", set {self.number}" if self.number else ""
        return f"{self.task.removeprefix('strokerehab_')}: {self.question}{number}"

    @property
    def size(self) -> str:
        """How much it is about: ``48 windows, 12 videos, 6 patients``."""
        counts = {
            "window": len(self.windows),
            "video": self.windows["video_id"].nunique(),
            "patient": self.windows["patient"].nunique(),
        }
        return ", ".join(counted(count, what) for what, count in counts.items())

    @property
    def of_numbers(self) -> bool:
        """Whether its answers are numbers."""
        return self.kind in NUMBER_KINDS

    @property
    def windows(self) -> pd.DataFrame:
        """Its windows, as a run has them."""
        return next(iter(self.answers.values()))

    @property
    def patients(self) -> dict[Hashable, str]:
        """Name of a window → its patient."""
        return dict(zip(self.windows.index, self.windows["patient"], strict=True))

    @cached_property
    def control(self) -> pd.DataFrame | None:
        """The answers of the blind control: what is most often true of other patients, or their median.

        Of two middle numbers the lower, of equally frequent answers the first in the alphabet; None of one patient.
        """
        said = fitted_elsewhere(list(self.every["truth"]), list(self.every["patient"]), self._usual)
        if None in said:
            return None
        of_windows = dict(zip(self.every.index, map(str, said), strict=True))
        return self._saying(of_windows[window] for window in self.windows.index)

    @cached_property
    def constant(self) -> pd.DataFrame:
        """The one answer to all windows that is most often true of them, or their median: fitted on these very windows.

        Where answers are about equally frequent, what is most frequent elsewhere is what is rare in a patient, so that
        the blind control is less often right than any answer that never changes; this is not.
        """
        return self._saying([self._usual(list(self.every["truth"]))] * len(self.windows))

    def _usual(self, answers: Sequence[str]) -> str:
        return usual_answer(answers, of_numbers=self.of_numbers)

    @cached_property
    def stronger_control(self) -> pd.DataFrame | None:
        """The better of blind control and best constant, by what the question is judged by; None of one patient."""
        if self.control is None:
            return None
        means = [float(self.primary(rows).mean()) for rows in (self.control, self.constant)]
        is_better = means[1] < means[0] if self.of_numbers else means[1] > means[0]
        return self.constant if is_better else self.control

    @cached_property
    def reference(self) -> pd.DataFrame:
        """The correct answers."""
        return self._saying(self.windows["truth"])

    def _saying(self, said: Iterable[str]) -> pd.DataFrame:
        values = pd.Series(list(said), index=self.windows.index, dtype=self.windows["truth"].dtype)
        rows: pd.DataFrame = self.windows.assign(
            value=values,
            right=values == self.windows["truth"],
            state=_READ,
            probabilities=None,
            p_yes=np.nan,
            enters=True,
        )
        return rows

    def primary(self, rows: pd.DataFrame) -> pd.Series[float]:
        """Return what a question is judged by, of every window: 1 where the answer is right; the error of a number."""
        if self.of_numbers:
            numbers = numbers_of(rows)
            return (numbers.fillna(self.farthest) - self.truths).abs()
        return are_right(rows).astype(float)

    @cached_property
    def truths(self) -> pd.Series[float]:
        """The true numbers of the windows."""
        return self.windows["truth"].astype(float)

    @cached_property
    def farthest(self) -> pd.Series[float]:
        """What a window without a number counts as: 0 or the greatest true answer, whichever is farther off."""
        most = max(1.0, float(self.every["truth"].astype(float).max()))
        farthest: pd.Series[float] = (self.truths * 2 < most) * most
        return farthest

    def ranked(self, runs: Iterable[str]) -> list[str]:
        """Return the runs, the best first, with windows that are left out counted as failed."""
        sign = 1 if self.of_numbers else -1
        return sorted(runs, key=lambda run: sign * float(self.primary(self.answers[run]).mean()))


def asked_questions(runs: pd.DataFrame, answers: pd.DataFrame, every_answer: pd.DataFrame) -> list[LabelledQuestion]:
    """Return the questions that runs were asked and whose truth is known, in the order of tasks and questions.

    Args:
        runs: the runs.
        answers: the table of the answers about the videos that are shown.
        every_answer: the table of the answers about all videos, on which controls are fitted.
    """
    models = {str(run) for run in runs[~runs["baseline"].astype(bool)]["run"]}
    shown = frozenset(answers["video_id"])
    questions = []
    for names, sets in _by_windows(runs, every_answer).items():
        for number, whole in enumerate(sorted(sets, key=lambda one: -len(next(iter(one.values())))), start=1):
            every = next(iter(whole.values()))
            own = {run: rows[rows["video_id"].isin(shown)] for run, rows in whole.items()}
            if every["video_id"].isin(shown).any():
                of_models = tuple(run for run in own if run in models)
                questions.append(LabelledQuestion(*names, number * (len(sets) > 1), own, of_models, every))
    return questions


def _by_windows(runs: pd.DataFrame, answers: pd.DataFrame) -> dict[tuple[str, str, str], list[dict[str, pd.DataFrame]]]:
    """Return task, question and kind → for each set of windows, run → its rows with a truth."""
    known = answers[answers["truth"].notna()]
    of_runs = dict(iter(known.assign(enters=which_enter(known)).groupby("run", sort=False)))
    found: dict[tuple[str, str, str], dict[frozenset[object], dict[str, pd.DataFrame]]] = {}
    for run, task in zip(runs["run"], runs["task"], strict=True):
        for question, rows in of_runs[run].groupby("question", sort=False) if run in of_runs else ():
            ordered = rows.sort_values(["video_id", "window"])
            ordered.index = pd.Index(ordered["video_id"].astype(str) + "#" + ordered["window"].astype(str))
            windows = ordered[["video_id", "window", "start_s", "end_s", "truth"]].itertuples(index=False, name=None)
            sets = found.setdefault((str(task), str(question), str(ordered["answer_kind"].iloc[0])), {})
            sets.setdefault(frozenset(windows), {})[str(run)] = ordered
    return {names: list(sets.values()) for names, sets in found.items()}


def which_enter(answers: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return whether each of some answers is about a video of which enough replies to these came in its run."""
    came = answers["state"] != _MISSING
    counts = answers.assign(n_answers=came, n_missing=~came).groupby(["run", "video_id"])[["n_answers", "n_missing"]]
    enter: npt.NDArray[np.bool_] = pd.MultiIndex.from_frame(answers[["run", "video_id"]]).isin(
        answered(counts.sum()).index
    )
    return enter


def are_right(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return whether each window enters and is answered right."""
    right: pd.Series[bool] = rows["right"].fillna(False).astype(bool) & rows["enters"].astype(bool)
    return right


def numbers_of(rows: pd.DataFrame) -> pd.Series[float]:
    """Return the numbers answered, NaN where a window has none or does not enter."""
    numbers: pd.Series[float] = pd.to_numeric(rows["value"]).where(rows["enters"].astype(bool)).astype(float)
    return numbers


def classes_said(rows: pd.DataFrame) -> list[str | None]:
    """Return the answers of windows, the true one where it counts as right; None where there is none."""
    said = rows["truth"].where(are_right(rows), rows["value"]).where(rows["enters"].astype(bool))
    return [one if isinstance(one, str) else None for one in said]


def answers_in_order(answers: Iterable[str]) -> list[str]:
    """Return each answer once: yes and no, then numbers, then words."""
    places = {name: place for place, name in enumerate(_FIRST)}
    return sorted(
        set(answers),
        key=lambda one: (places.get(one, len(places)), int(one) if one.isdecimal() else np.inf, one),
    )


def confusions(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how often what was true (rows) was answered by what (columns), over the windows that enter.

    Columns are the answers in the order of `answers_in_order`, then what became of replies without an answer.
    """
    own = rows[rows["enters"].astype(bool)]
    said = [state if one is None else one for one, state in zip(classes_said(own), own["state"], strict=True)]
    truths = answers_in_order(rows["truth"])
    answers = answers_in_order({*truths, *(one for one in classes_said(own) if one is not None)})
    columns = [*answers, *(state for state in _STATES if state in said and state not in answers)]
    pairs = pd.crosstab(own["truth"].to_numpy(), np.array(said, dtype=object))
    counts: pd.DataFrame = pairs.reindex(index=truths, columns=columns, fill_value=0)
    return counts


def probabilities_of_answers(rows: pd.DataFrame) -> tuple[Floats, npt.NDArray[np.bool_], list[str]]:
    """Return the probability of the answer given, whether it is right, and the patient, where they were recorded."""
    own = rows[rows["enters"].astype(bool) & rows["probabilities"].notna()]
    recorded = map(probability_of, map(probabilities_in, own["probabilities"]), own["value"])
    p = np.array(list(recorded), dtype=float)
    kept = own[~np.isnan(p)]
    return p[~np.isnan(p)], kept["right"].to_numpy(dtype=bool), list(kept["patient"])


def probabilities_of_yes(rows: pd.DataFrame) -> tuple[Floats, npt.NDArray[np.bool_], list[str]]:
    """Return the probability of yes, whether yes is true, and the patient, where they were recorded."""
    own = rows[rows["enters"].astype(bool) & rows["p_yes"].notna() & rows["truth"].isin(list(_FIRST))]
    return own["p_yes"].to_numpy(dtype=float), (own["truth"] == "yes").to_numpy(dtype=bool), list(own["patient"])
