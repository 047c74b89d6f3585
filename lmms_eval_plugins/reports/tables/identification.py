"""The table on activity identification: which of its activities a video shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lmms_eval_plugins.assessments.dose.stopwatch import TimedVideo
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.assessments.identification.duration import activities_by_stopwatch
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, groups_of, in_order
from lmms_eval_plugins.questions.coverage import Entered
from lmms_eval_plugins.reports.tables.against import DIFFERENCES, NO_DIFFERENCE, against, note_on_p
from lmms_eval_plugins.reports.tables.chosen import Record, absent, labels, notes_of, records
from lmms_eval_plugins.reports.tables.part import same_videos
from lmms_eval_plugins.reports.tables.published import PROMPTS
from lmms_eval_plugins.reports.tables.table import (
    SHARES,
    UNREADABLE,
    Cell,
    Column,
    ControlOf,
    Table,
    TableRow,
    TableSection,
    Value,
    p_column,
    plain_value,
    share_cell,
)
from lmms_eval_plugins.runs.data_frames.columns import answered, without_answer
from lmms_eval_plugins.statistics.elsewhere import most_frequent_elsewhere
from lmms_eval_plugins.statistics.paired import holm
from lmms_eval_plugins.statistics.proportions import two_groups, two_shares
from lmms_eval_plugins.statistics.summary import mean_sem

OTHERS, TEST_VIDEOS = "fitted on other patients", "fitted on the test videos"
"""On whose videos a control is fitted, which stands in place of its model."""

_FAILED = IDENTIFICATION.primary.failed
"""The accuracy of a video without a reply, where it counts as failed."""


def identification_table(
    runs: pd.DataFrame, scores: pd.DataFrame, every_score: pd.DataFrame, ci: bool, more: bool
) -> list[Table]:
    """Make the table of accuracy by prompt and model on the test videos; with ``more`` also by activity.

    Args:
        runs: the runs.
        scores: the scores of the videos that are shown.
        every_score: the scores of all videos, on which controls are fitted.
        ci: with 95 % intervals.
        more: with the tables by activity and of confusions.
    """
    prompts = {str(run["run"]): prompt_of(run) for run in records(runs)}
    prompt = runs["run"].map(prompts)
    models = {run: label for one in dict.fromkeys(prompt) for run, label in labels(runs[prompt == one]).items()}
    baselines = {str(run["run"]) for run in records(runs) if run["baseline"]}
    paths = {str(run["run"]): str(run["path"]) for run in records(runs)}
    asked = scores[~scores["tuning"].astype(bool)]
    test = answered(asked)
    silent = len(test) < len(asked)
    by_activity: list[Table] = []
    confusions: list[Table] = []
    sections, tests, notes_on_tests = [], [], []
    for title_of, members in same_videos(asked, list(runs["run"])):
        of_members = asked[asked["run"].isin(members)]
        rows = []
        for run in members:
            own = of_members[of_members["run"] == run]
            cells = _cells(own, ci, silent)
            rows.append(TableRow((prompts[run], models[run], *cells), run in baselines, paths[run]))
            if more:
                number, title = len(confusions) + 1, f"{prompts[run]}, {models[run]}"
                by_activity.append(_by_activity(f"identification_activities_{number}", title, answered(own)))
                confusions.append(_confusion(f"identification_confusion_{number}", title, own))
        if not of_members.empty:
            controls = identification_controls(of_members, every_score[every_score["run"].isin(members)])
            whose = tuple(paths[run] for run in members)
            rows += [
                TableRow(
                    (*names, *_cells(control, ci, silent)[:-1], None),
                    reference=True,
                    control=ControlOf(", ".join(names), True, whose),
                )
                for names, control in controls.items()
            ]
            candidates = [run for run in members if run not in baselines]
            compared, note = _differences(prompts, models, test[test["run"].isin(candidates)], controls)
            tests += [TableSection(title_of, compared)] * bool(compared)
            notes_on_tests += [f"{title_of}: {note}" if title_of else note] * bool(compared)
        sections.append(TableSection(title_of, tuple(rows)))
    columns = (
        Column("prompt"),
        Column("model"),
        Column("videos"),
        Column("right"),
        Column("accuracy", 3, "high"),
        *(Column("answered (%)", 1), Column("accuracy, rest failed", 3, "high")) * silent,
        Column("controls", 3, "high"),
        Column("stroke", 3, "high"),
        p_column("p"),
        p_column("p by patient"),
        Column("unreadable (%)", 1),
    )
    chance = f"{1 / len(groups_of(set(scores['truth']), ACTIVITIES)):.3f}".removeprefix("0")
    n_tuning = int(scores[scores["tuning"].astype(bool)]["video_id"].nunique())
    notes = (
        f"Accuracy: videos whose activity is named right; an unreadable reply is not right. Chance is {chance}.",
        "±: standard error over videos; none where all videos or none are right: it would be 0.",
        *(_ON_SILENCE,) * silent,
        UNREADABLE,
        *(f"{n} videos of patients whose videos shaped the question are left out." for n in (n_tuning,) if n),
        "p: controls against stroke, z test of two shares as in the study, which takes videos for independent; by"
        " patient: permutation of which patients are controls, by which such a difference is to be judged.",
        _ON_CONTROLS,
        *(SHARES,) * ci,
    )
    remarks = (
        *absent("identification", runs, prompts.values()),
        *notes_of(runs, {run: f"{prompts[run]}, {model}" for run, model in models.items()}),
    )
    title = "Activity identification"
    main = Table("identification", title, columns, tuple(sections), notes, remarks)
    return [main, *[_differences_table(tests, notes_on_tests)] * (more and bool(tests)), *by_activity, *confusions]


_ON_SILENCE = (
    "Answered: test videos with a reply, over which accuracies are. Rest failed: the others count as not right; by this"
    " runs are marked and the best is found."
)
_ON_CONTROLS = (
    "Controls never see a video: always one activity, the most frequent of the test videos themselves (as the study) or"
    " of other patients; stopwatch: the activity that takes other patients as long as the video lasts."
)


def prompt_of(run: Record) -> str:
    """Return the prompt of an identification run: ``direct``, ``optimized``, or its task's own name."""
    path = str(run["path"])
    folder = next((name for name in PROMPTS if name in path.split("/")), str(run["task"]))
    return PROMPTS.get(folder, folder)


def _cells(asked: pd.DataFrame, ci: bool, silent: bool) -> list[Cell]:
    """Return the cells of a run, or of a control, from a row for each test video that it was asked about."""
    own = answered(asked)
    stroke = asked["stroke"]
    groups = [asked[~stroke.fillna(True).astype(bool)], asked[stroke.fillna(False).astype(bool)]]
    came = int(own["n_answers"].sum())
    entered = Entered(len(own), len(asked) - len(own))
    accuracy = _accuracy(asked, ci)
    failed = entered.with_failed(accuracy and accuracy.value, _FAILED)
    share = entered.share
    controls, others = (answered(group) for group in groups)
    known = own[own["stroke"].notna()]
    return [
        len(own),
        _right(own),
        accuracy,
        *(plain_value(None if share is None else 100 * share), plain_value(failed)) * silent,
        *(_accuracy(group, ci) for group in groups),
        plain_value(two_shares((_right(controls), _right(others)), (len(controls), len(others)))),
        plain_value(
            two_groups(known["right"].astype(float), list(known["patient"]), list(~known["stroke"].astype(bool)))
        ),
        plain_value(100 * without_answer(own) / came if came else None),
    ]


def _right(own: pd.DataFrame) -> int:
    return int(own["right"].astype(bool).sum())


def _accuracy(asked: pd.DataFrame, ci: bool) -> Value | None:
    """Return the accuracy ± SEM over videos; without SEM where all is right or nothing is: it would say no error."""
    own = answered(asked)
    cell = share_cell(list(own["right"].astype(bool)), list(own["patient"]), ci)
    if cell is None:
        return None
    _, sem = mean_sem([float(right) for right in own["right"]])
    entered = Entered(len(own), len(asked) - len(own))
    ranked = entered.with_failed(cell.value, _FAILED) if entered.n_left_out else None
    return cell._replace(sem=sem if 0 < cell.value < 1 else None, ranked=ranked)


def identification_controls(asked: pd.DataFrame, every_score: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """Return (control, on whom it is fitted) → a row for every video; none of a control that has nobody to fit on.

    Args:
        asked: scores of the test videos that are shown.
        every_score: scores of all videos, on which controls are fitted; those that shaped the question are passed over.
    """
    test = every_score[~every_score["tuning"].astype(bool)]
    videos = test.drop_duplicates("video_id").assign(n_answers=1, n_missing=0)
    durations = videos["duration_s"].astype(float)
    timed = [
        TimedVideo(patient, seconds, truth)
        for patient, seconds, truth in zip(videos["patient"], durations, videos["truth"], strict=True)
    ]
    usual = str(videos["truth"].value_counts().index[0])
    named: dict[tuple[str, str], Sequence[str | None]] = {
        (f"always {usual}", TEST_VIDEOS): [usual] * len(videos),
        ("always the most frequent", OTHERS): most_frequent_elsewhere(
            list(videos["truth"]), list(videos["patient"]), ACTIVITIES
        ),
    }
    if (durations > 0).all():
        named["stopwatch", OTHERS] = activities_by_stopwatch(timed)
    right = {
        names: videos.assign(right=[name == truth for name, truth in zip(own, videos["truth"], strict=True)])
        for names, own in named.items()
        if None not in own
    }
    shown = videos["video_id"].isin(asked["video_id"])
    return {names: of_all[shown] for names, of_all in right.items()}


_COMPARED_WITH = "a control"


def _differences_table(sections: Sequence[TableSection], notes: Sequence[str]) -> Table:
    columns = (
        *(Column("prompt"), Column("model")),
        *(Column("accuracy − best", 3), p_column("p (Holm)")),
        *(Column("accuracy − control", 3), p_column("p, control (Holm)")),
    )
    title = "Differences of accuracy"
    return Table("identification_differences", title, columns, tuple(sections), (DIFFERENCES, *notes))


def _differences(
    prompts: Mapping[str, str],
    models: Mapping[str, str],
    test: pd.DataFrame,
    controls: Mapping[tuple[str, str], pd.DataFrame],
) -> tuple[tuple[TableRow, ...], str]:
    """Return every model against the best one and against the strongest control fitted on others, and a note on both.

    Args:
        prompts: run → its prompt.
        models: run → its name.
        test: the rows of models' videos that enter means.
        controls: see `identification_controls`.
    """
    right = {str(run): own.set_index("video_id")["right"].astype(float) for run, own in test.groupby("run", sort=False)}
    if not right:
        return (), ""
    every = set(next(iter(controls.values()))["video_id"])
    best = max(right, key=lambda run: float(right[run].sum()) / len(every))
    fitted = [names for names in controls if names[1] == OTHERS]
    patients = dict(zip(test["video_id"], test["patient"], strict=True))
    found = against(right, best, patients)
    note = note_on_p(len(set(patients.values())), max(1, len(found)))
    with_control = {}
    if fitted:
        strongest = max(fitted, key=lambda names: _right(controls[names]))
        blind = controls[strongest].set_index("video_id")["right"].astype(float)
        with_control = against({**right, _COMPARED_WITH: blind}, _COMPARED_WITH, patients)
        note = (
            f"Control: {', '.join(strongest)}, the strongest here."
            f" {note_on_p(len(set(patients.values())), max(len(found), len(with_control)))}"
        )
    elif not found:
        return (), ""
    rows = []
    for run in right:
        first, second = found.get(run, NO_DIFFERENCE), with_control.get(run, NO_DIFFERENCE)
        rows.append(TableRow((prompts[run], models[run], first.value, first.p, second.value, second.p)))
    return tuple(rows), note


def _by_activity(name: str, title: str, own: pd.DataFrame) -> Table:
    groups = [own[own["stroke"].fillna(not stroke).astype(bool) == stroke] for stroke in (False, True)]
    counts = []
    for activity in _present(own):
        parts = [group[group["truth"] == activity] for group in groups]
        counts.append((activity, (_right(parts[0]), _right(parts[1])), (len(parts[0]), len(parts[1]))))
    p_values = [two_shares(right, n) for _, right, n in counts]
    rows = [
        TableRow(
            (activity, *(_share(r, m) for r, m in zip(right, n, strict=True)), plain_value(p), plain_value(corrected))
        )
        for (activity, right, n), p, corrected in zip(counts, p_values, holm(p_values), strict=True)
    ]
    columns = (Column("activity"), Column("controls", 3), Column("stroke", 3), p_column("p"), p_column("p (Holm)"))
    return Table(name, f"Accuracy by activity: {title}", columns, (TableSection("", tuple(rows)),))


def _confusion(name: str, title: str, own: pd.DataFrame) -> Table:
    present = _present(own)
    answers = own["answer"].fillna(own["answer_state"])
    others = [
        name for name in ("unreadable", "refused", "contradictory", "missing") if (own["answer_state"] == name).any()
    ]
    columns = [*present, *sorted(set(answers) - set(present) - set(others)), *others]
    rows = [
        TableRow((truth, *(int(((own["truth"] == truth) & (answers == column)).sum()) for column in columns)))
        for truth in present
    ]
    heads = (Column("shown \\ said"), *(Column(str(column)) for column in columns))
    return Table(name, f"Confusions: {title}", heads, (TableSection("", tuple(rows)),))


def _present(own: pd.DataFrame) -> Sequence[str]:
    """Return the activities shown, in the vocabulary's order, then others."""
    return in_order(set(own["truth"]), ACTIVITIES)


def _share(right: int, n: int) -> Value | None:
    return Value(right / n) if n else None
