"""Runs that differ only in how frames were perturbed, and their answers to each question about the same windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError, counted, listed
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.asked import which_enter
from lmms_eval_plugins.reports.tables.chosen import Record, labels, notes_of, records
from lmms_eval_plugins.reports.tables.part import true_timelines
from lmms_eval_plugins.runs.data_frames.build import notes_in, settings_in
from lmms_eval_plugins.runs.data_frames.columns import TableName
from lmms_eval_plugins.runs.data_frames.load import LoadedTables, Paths, load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.runs.shown_name import PERTURB, SET_OTHERWISE, card_name
from lmms_eval_plugins.video.perturb import IN_WORDS, PERTURBATIONS

UNPERTURBED = "as is"
"""What stands for a perturbation where frames are shown as they are."""

STRATUM = "stratum"
"""The column with what a window shows: of dose tasks the true label at its middle, of others the correct answer."""

_NOT_COMPARED = frozenset({PERTURB, "videos"})
"""Settings in which runs of a group may differ: they are compared on the windows that they share."""
_TABLES: tuple[TableName, ...] = ("answers", "scores", "timelines")
_KINDS = ("yes_no", "one_of")
_WHO = ["run", "video_id", "patient", "cohort", "activity", "window", "start_s", "end_s"]
_USED = [*_WHO, "question", "answer_kind", "state", "value", "truth", "right", "p_yes"]


@dataclass(frozen=True, slots=True)
class PerturbedRuns:
    """Runs of one card on one task with the same settings but for the perturbation.

    Attributes:
        label: the model's name, and what tells it from others of the same task.
        task: the task's name.
        of_dose: whether the task is one of dose: its questions name the hand that they are about.
        baseline: whether the answers are no model's.
        runs: `UNPERTURBED`, then each perturbation in their order → the run's name.
        paths: the same → its path.
    """

    label: str
    task: str
    of_dose: bool
    baseline: bool
    runs: Mapping[str, str]
    paths: Mapping[str, str]

    @property
    def name(self) -> str:
        """Whose they are: ``primitives_3, rehab_tiny``."""
        return f"{self.task.removeprefix('strokerehab_')}, {self.label}{', a baseline' * self.baseline}"


@dataclass(frozen=True, slots=True)
class SeenQuestion:
    """A question, and what the runs of a group answered about the windows with a truth.

    Attributes:
        of: the runs.
        question: the question's id.
        kind: ``yes_no`` or ``one_of``.
        by_probability: whether answers of yes or no are ranked by their recorded probabilities, in all of the runs.
        answers: `UNPERTURBED`, then each perturbation → its rows of the table of answers, named by video and window.
    """

    of: PerturbedRuns
    question: str
    kind: str
    by_probability: bool
    answers: Mapping[str, pd.DataFrame]

    @property
    def as_is(self) -> pd.DataFrame:
        """The answers about the frames as they are."""
        return self.answers[UNPERTURBED]

    @property
    def title(self) -> str:
        """Whose question, and how much it is about."""
        patients, n = self.as_is["patient"].nunique(), len(self.as_is)
        return f"{self.of.name}: {self.question} ({counted(n, 'window')}, {counted(patients, 'patient')})"

    def pair(self, perturbation: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows as is and under a perturbation on the windows that both answered, in one order."""
        other = self.answers[perturbation]
        shared = self.as_is.index.intersection(other.index, sort=False)
        return self.as_is.loc[shared], other.loc[shared]


@dataclass(frozen=True, slots=True)
class SeenRuns:
    """The groups and their questions, what was read, what runs' readers should know, and what could not be shown."""

    groups: tuple[PerturbedRuns, ...]
    questions: tuple[SeenQuestion, ...]
    scores: pd.DataFrame
    decoded: LoadedTables | None
    remarks: tuple[str, ...]
    errors: tuple[str, ...]


def gathered_perturbed(
    paths: Paths,
    *,
    split_runs: bool = False,
    reading: Policy | None = None,
    decoding: Decoding | None = None,
    only: VideoFilter = EVERY_VIDEO,
    loaded: LoadedTables | None = None,
) -> SeenRuns:
    """Return what the runs among some paths say about perturbed frames, beside the same runs as they are.

    Args:
        paths: log files, run folders, folders of them, patterns.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read; None reads our runs as they ask.
        decoding: how dose runs are decoded, too; None leaves them to their own rule.
        only: the videos that are shown.
        loaded: answers, scores and timelines of all of these runs, where they are read already.

    Raises:
        UserError: no run is perturbed, none has one as is beside it, no answer has a truth, or there is no such video.
    """
    loaded = loaded or load_tables(paths, _TABLES, split_runs=split_runs, reading=reading)
    loaded = loaded.of_videos(only)
    errors = [*loaded.errors, *loaded.damage]
    runs = loaded.tables["runs"]
    groups, remarks = _groups(runs, errors)
    if not groups:
        nothing = "table sees: nothing could be read" if runs.empty else _NOTHING
        raise UserError(listed([*(nothing,) * (runs.empty or not errors), *errors], by="; "))
    used = runs[runs["run"].isin([run for group in groups for run in group.runs.values()])]
    tables = loaded.tables
    answers = _with_truth(tables["answers"][tables["answers"]["run"].isin(used["run"])], tables["timelines"], used)
    questions = [one for group in groups for one in _questions(group, answers, errors, remarks)]
    if not questions:
        raise UserError(listed(errors, by="; "))
    decoded = None
    if decoding and any(group.of_dose for group in groups):
        of_dose = [path for group in groups if group.of_dose for path in group.paths.values()]
        decoded = load_tables(of_dose, ("scores",), split_runs=split_runs, reading=reading, decoding=decoding)
        decoded = decoded.of_videos(only)
        errors += decoded.errors
    remarks += _notes(used, groups)
    errors = list(dict.fromkeys(errors))
    return SeenRuns(tuple(groups), tuple(questions), tables["scores"], decoded, tuple(remarks), tuple(errors))


_NOTHING = (
    "table sees: none of the runs given is perturbed; run a task with --model_args perturb=freeze and without, or the"
    " group strokerehab_sees"
)


def _notes(runs: pd.DataFrame, groups: Sequence[PerturbedRuns]) -> tuple[str, ...]:
    """Return the notes of the runs as is, by the models' names, then what is to be known of perturbed ones besides.

    What these say of their settings those as is say, too, but for the perturbation, which stands once under the table.
    """
    notes = {str(run): notes_in(cell) for run, cell in zip(runs["run"], runs["notes"], strict=True)}
    names, kept = {}, {}
    for group in groups:
        as_is = group.runs[UNPERTURBED]
        names[as_is] = group.label
        for how, run in group.runs.items():
            if how != UNPERTURBED:
                names[run] = f"{group.label}, {how}"
                own = [note for note in notes[run] if not note.startswith((SET_OTHERWISE, f"{PERTURB}="))]
                kept[run] = "; ".join(note for note in own if note not in notes[as_is])
    perturbed: pd.DataFrame = runs[runs["run"].isin(list(kept))]
    besides = perturbed.assign(notes=perturbed["run"].map(kept))
    return *notes_of(runs[~runs["run"].isin(list(kept))], names), *notes_of(besides, names)


def what_perturbations_are(groups: Iterable[PerturbedRuns]) -> str:
    """Return what the perturbations of some runs are, as one note."""
    there = {how for group in groups for how in group.runs}
    return f"{'; '.join(f'{how}: {IN_WORDS[how]}' for how in PERTURBATIONS if how in there)}."


def but_for_frames(run: Record) -> tuple[object, ...]:
    """Return what a run has in common with those that differ from it in nothing but how frames were perturbed."""
    settings = settings_in(run["settings"])
    same = tuple(sorted((name, value) for name, value in settings.items() if name not in _NOT_COMPARED))
    return run["task"], card_name(str(run["model"])), run["kind"], same


def _groups(runs: pd.DataFrame, errors: list[str]) -> tuple[list[PerturbedRuns], list[str]]:
    """Return the groups that have a perturbed run and one as is; a line about those that have none."""
    alike: dict[tuple[object, ...], dict[str, list[Record]]] = {}
    for run in records(runs.sort_values("stamp", kind="stable")):
        how = settings_in(run["settings"]).get(PERTURB, UNPERTURBED)
        alike.setdefault(but_for_frames(run), {}).setdefault(how, []).append(run)
    found, remarks = [], []
    for of_group in alike.values():
        perturbed = [how for how in PERTURBATIONS if how in of_group]
        if not perturbed:
            continue
        if UNPERTURBED not in of_group:
            paths = listed([str(of_group[how][-1]["path"]) for how in perturbed])
            errors.append(f"{paths}: no run as is beside it (without perturb, the rest set alike); give that one, too")
            continue
        for how in (UNPERTURBED, *perturbed):
            if len(of_group[how]) > 1:
                last = of_group[how][-1]
                remarks.append(f"Of {counted(len(of_group[how]), 'run')} {how} the newest is shown: {last['run']}.")
        found.append({how: of_group[how][-1] for how in (UNPERTURBED, *perturbed)})
    return _named(runs, found), remarks


def _named(runs: pd.DataFrame, found: Sequence[Mapping[str, Record]]) -> list[PerturbedRuns]:
    as_is = runs[runs["run"].isin([group[UNPERTURBED]["run"] for group in found])]
    names = {run: name for _, of_task in as_is.groupby("task", sort=False) for run, name in labels(of_task).items()}
    return [
        PerturbedRuns(
            label=names[group[UNPERTURBED]["run"]],
            task=str(group[UNPERTURBED]["task"]),
            of_dose=group[UNPERTURBED]["method"] in DOSE.method_names,
            baseline=bool(group[UNPERTURBED]["baseline"]),
            runs={how: str(run["run"]) for how, run in group.items()},
            paths={how: str(run["path"]) for how, run in group.items()},
        )
        for group in found
    ]


def _with_truth(answers: pd.DataFrame, timelines: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the answers that came to questions of `_KINDS`, whose truth is known, named by video and window.

    Names are numbers. Of dose tasks those to windows whose middle lies within the labels, as everywhere where answers
    are ranked. A video enters if enough of the replies about it came. `STRATUM` is a column of them.
    """
    known = answers[answers["truth"].notna() & answers["answer_kind"].isin(_KINDS)][_USED]
    own = known[which_enter(known) & (known["state"] != "missing").to_numpy(dtype=bool)]
    numbers = own["window"].to_numpy(dtype=np.int64)
    own = own.set_index(pd.Index(pd.factorize(own["video_id"])[0] * (1 + numbers.max(initial=0)) + numbers))
    of_dose = own["run"].isin(runs[runs["method"].isin(DOSE.method_names)]["run"])
    truths = true_timelines(timelines)
    windows = own[of_dose][["video_id", "start_s", "end_s"]]
    windows = windows[~windows.index.duplicated()]
    labels_of = {
        key: truths[video].at((start_s + end_s) / 2) if video in truths else None
        for key, video, start_s, end_s in windows.itertuples(name=None)
    }
    strata = own["truth"].where(~of_dose, own.index.to_series().map(labels_of))
    kept: pd.DataFrame = own.assign(**{STRATUM: strata})[strata.notna().to_numpy()]
    return kept


def _questions(
    group: PerturbedRuns, answers: pd.DataFrame, errors: list[str], remarks: list[str]
) -> list[SeenQuestion]:
    by_run = dict(list(answers.groupby("run", sort=False)))
    of_runs = {how: by_run.get(run, answers.iloc[:0]) for how, run in group.runs.items()}
    as_is = of_runs.pop(UNPERTURBED)
    if as_is.empty:
        errors.append(f"{group.paths[UNPERTURBED]}: no answer of yes and no, or of options, has a known truth")
        return []
    for how in list(of_runs):
        if as_is.index.intersection(of_runs[how].index).empty:
            errors.append(
                f"{group.paths[how]}: is about none of the windows of the run as is; give runs on one dataset"
            )
            del of_runs[how]
    of_questions = {how: dict(list(rows.groupby("question", sort=False))) for how, rows in of_runs.items()}
    found = []
    for question, own in as_is.groupby("question", sort=False):
        others = {how: asked[question] for how, asked in of_questions.items() if question in asked}
        shared = {how: rows for how, rows in others.items() if not own.index.intersection(rows.index).empty}
        parts = {UNPERTURBED: own, **shared}
        by_probability = all(rows["p_yes"].notna().any() for rows in parts.values())
        if len(parts) > 1:
            found.append(SeenQuestion(group, str(question), str(own["answer_kind"].iloc[0]), by_probability, parts))
            remarks += _fewer(found[-1])
    return found


def _fewer(question: SeenQuestion) -> list[str]:
    """Return a remark on perturbed runs that answered fewer of the windows."""
    n = len(question.as_is)
    shared = {how: len(question.pair(how)[0]) for how in question.answers if how != UNPERTURBED}
    fewer = [f"{how} {count:,}" for how, count in shared.items() if count < n]
    named = f"{question.of.name}: {question.question}: compared on fewer than {counted(n, 'window')}: {listed(fewer)}."
    return [named] if fewer else []
