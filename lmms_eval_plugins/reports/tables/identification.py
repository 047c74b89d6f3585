"""The table on activity identification: which of the nine activities a video shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lmms_eval_plugins.domain.vocabulary import ACTIVITIES
from lmms_eval_plugins.reports.tables.against import DIFFERENCES, NO_DIFFERENCE, against
from lmms_eval_plugins.reports.tables.chosen import Record, absent, labels, notes_of, records
from lmms_eval_plugins.reports.tables.part import same_videos
from lmms_eval_plugins.reports.tables.published import PROMPTS
from lmms_eval_plugins.reports.tables.table import (
    SHARES,
    UNREADABLE,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    p_column,
    plain_value,
    share_cell,
)
from lmms_eval_plugins.runs.data_frames.columns import answered, without_answer
from lmms_eval_plugins.statistics.paired import holm
from lmms_eval_plugins.statistics.proportions import two_shares
from lmms_eval_plugins.statistics.summary import mean_sem


def identification_table(runs: pd.DataFrame, scores: pd.DataFrame, ci: bool, more: bool) -> list[Table]:
    """Make the table of accuracy by prompt and model on the test videos; with ``more`` also by activity."""
    prompts = {str(run["run"]): prompt_of(run) for run in records(runs)}
    prompt = runs["run"].map(prompts)
    models = {run: label for one in dict.fromkeys(prompt) for run, label in labels(runs[prompt == one]).items()}
    of_test = scores[~scores["tuning"].astype(bool)]
    test = answered(of_test)
    by_activity: list[Table] = []
    confusions: list[Table] = []
    sections, tests = [], []
    for title_of, members in same_videos(of_test, list(runs["run"])):
        of_members = test[test["run"].isin(members)]
        rows = []
        for run in members:
            own = test[test["run"] == run]
            rows.append(TableRow((prompts[run], models[run], *_cells(own, ci))))
            if more:
                number, title = len(confusions) + 1, f"{prompts[run]}, {models[run]}"
                by_activity.append(_by_activity(f"identification_activities_{number}", title, own))
                asked = of_test[of_test["run"] == run]
                confusions.append(_confusion(f"identification_confusion_{number}", title, asked))
        if not of_members.empty:
            rows.append(_majority(of_members, ci))
            if len(members) > 1:
                tests.append(TableSection(title_of, _differences(prompts, models, of_members)))
        sections.append(TableSection(title_of, tuple(rows)))
    columns = (
        Column("prompt"),
        Column("model"),
        Column("videos"),
        Column("right"),
        Column("accuracy", 3, "high"),
        Column("controls", 3, "high"),
        Column("stroke", 3, "high"),
        p_column("p"),
        Column("unreadable (%)", 1),
    )
    n_tuning = int(scores[scores["tuning"].astype(bool)]["video_id"].nunique())
    notes = (
        "Accuracy: videos whose activity is named right; an unreadable reply is not right. Chance is .111.",
        "±: standard error over videos; none where all videos or none are right: it would be 0.",
        UNREADABLE,
        *(f"{n} videos of patients whose videos shaped the question are left out." for n in (n_tuning,) if n),
        "p: controls against stroke, z test of two shares as in the study, which takes videos for independent.",
        *(SHARES,) * ci,
        *absent("identification", runs, prompts.values()),
        *notes_of(runs, {run: f"{prompts[run]}, {model}" for run, model in models.items()}),
    )
    title = "Activity identification"
    main = Table("identification", title, columns, tuple(sections), notes)
    return [main, *[_differences_table(tests)] * (more and bool(tests)), *by_activity, *confusions]


def prompt_of(run: Record) -> str:
    """Return the prompt of an identification run: ``direct``, ``optimized``, or its task's own name."""
    path = str(run["path"])
    folder = next((name for name in PROMPTS if name in path.split("/")), str(run["task"]))
    return PROMPTS.get(folder, folder)


def _cells(own: pd.DataFrame, ci: bool) -> list[Cell]:
    groups = own[~own["stroke"].fillna(True).astype(bool)], own[own["stroke"].fillna(False).astype(bool)]
    n = len(groups[0]), len(groups[1])
    p = two_shares((_right(groups[0]), _right(groups[1])), n)
    came = int(own["n_answers"].sum())
    return [
        len(own),
        _right(own),
        *(_accuracy(group, ci) for group in (own, *groups)),
        plain_value(p),
        plain_value(100 * without_answer(own) / came if came else None),
    ]


def _right(own: pd.DataFrame) -> int:
    return int(own["right"].astype(bool).sum())


def _accuracy(own: pd.DataFrame, ci: bool) -> Value | None:
    """Return the accuracy ± SEM over videos; without SEM where all is right or nothing is: it would say no error."""
    cell = share_cell(list(own["right"].astype(bool)), list(own["patient"]), ci)
    _, sem = mean_sem([float(right) for right in own["right"]])
    return cell and cell._replace(sem=sem if 0 < cell.value < 1 else None)


def _majority(test: pd.DataFrame, ci: bool) -> TableRow:
    """Return the row of a baseline that always answers the most frequent activity."""
    videos = test.drop_duplicates("video_id")
    activity = str(videos["truth"].value_counts().index[0])
    constant = videos.assign(right=videos["truth"] == activity)
    cells = [*_cells(constant, ci)[:-1], None]
    return TableRow((f"always {activity}", "", *cells), reference=True)


def _differences_table(sections: Sequence[TableSection]) -> Table:
    columns = (Column("prompt"), Column("model"), Column("accuracy − best", 3), p_column("p (Holm)"))
    title = "Differences of accuracy"
    return Table("identification_differences", title, columns, tuple(sections), (DIFFERENCES,))


def _differences(prompts: Mapping[str, str], models: Mapping[str, str], test: pd.DataFrame) -> tuple[TableRow, ...]:
    """Return every run against the one of the highest accuracy."""
    right = {str(run): own.set_index("video_id")["right"].astype(float) for run, own in test.groupby("run", sort=False)}
    best = max(right, key=lambda run: float(right[run].mean()))
    found = against(right, best, dict(zip(test["video_id"], test["patient"], strict=True)))
    rows = []
    for run in right:
        difference = found.get(run, NO_DIFFERENCE)
        rows.append(TableRow((prompts[run], models[run], difference.value, difference.p)))
    return tuple(rows)


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
    shown = set(own["truth"])
    return [*(one for one in ACTIVITIES if one in shown), *sorted(shown - set(ACTIVITIES))]


def _share(right: int, n: int) -> Value | None:
    return Value(right / n) if n else None
