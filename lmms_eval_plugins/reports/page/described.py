"""A run, described: what was run, what was asked, and what became of the replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pandas as pd

from lmms_eval_plugins.assessments.registry import families
from lmms_eval_plugins.reports.figures.source import SYNTHETIC
from lmms_eval_plugins.reports.page.data.overview import Family, PageQuestion, PageReplies, PageRun
from lmms_eval_plugins.reports.page.runs import RunTables, perturbation_of
from lmms_eval_plugins.reports.tables.chosen import Record
from lmms_eval_plugins.runs.answers import CUT_OFF
from lmms_eval_plugins.runs.data_frames.build import notes_in, settings_in, text_in

_SHOWN_ABOVE = frozenset({"sampling_strategy", "sampling_fps", "max_frames_num", "overlap_frames_num", "declared_fps"})
"""Settings that facts of their own are made of."""


def page_run(run: RunTables, scheme: int) -> PageRun:
    """Return a run as the page shows it; ``scheme`` is the place of that of its labels."""
    row = run.row
    notes = tuple(notes_in(row["notes"]))
    return PageRun(
        name=run.name,
        task=str(row["task"]),
        model=text_in(row["model"]),
        family=family_of(row),
        baseline=bool(row["baseline"]),
        demo=any(SYNTHETIC in note for note in notes) or bool(run.file and run.file.card.get("demo_only")),
        perturbation=perturbation_of(row),
        scheme=scheme,
        n_videos=int(row["n_videos"]),
        n_windows=int(row["n_windows"]),
        replies=replies_of(run.answers),
        questions=tuple(_questions(run)),
        facts=tuple(_facts(run)),
        notes=notes,
    )


def family_of(row: Record) -> Family:
    """Return what the answers of a run are scored as, by its row of the runs table."""
    known = {family.name for family in families() if row["method"] in family.method_names}
    family: Family = next((name for name in get_args(Family) if name in known), "unscored")
    return family


def replies_of(answers: pd.DataFrame) -> PageReplies:
    """Return what became of the replies of a run, by the default reading, from its rows of the answers table."""
    counts = answers["state"].value_counts()

    def n(state: str) -> int:
        return int(counts.get(state, 0))

    return PageReplies(
        n_asked=len(answers),
        n_read=n("read"),
        n_unreadable=n("unreadable"),
        n_refused=n("refused"),
        n_contradictory=n("contradictory"),
        n_missing=n("missing"),
        n_cut=int((answers["finish_reason"] == CUT_OFF).sum()),
    )


def _questions(run: RunTables) -> Iterator[PageQuestion]:
    recorded = {question.id: question for question in run.file.questions} if run.file else {}
    kinds = run.answers.drop_duplicates("question").set_index("question")["answer_kind"]
    for name in run.asked:
        own = recorded.get(name)
        kind = str(own.kind if own else kinds[name])
        text = (own.text or None) if own else None
        yield PageQuestion(name, text, kind, ("yes", "no") if kind == "yes_no" else own.options if own else ())


def _facts(run: RunTables) -> Iterator[tuple[str, str]]:
    """Yield name and value of what was run: first what a reader asks for, then every setting and version."""
    row = run.row
    settings = settings_in(row["settings"])
    yield "run", str(row["run"])
    yield "from", str(row["kind"])
    yield "windows", _windows(row)
    yield from _declared_rate(row, settings)
    for name, title in (
        ("crop", "cropped to the hand"),
        ("conditional", "told the state before"),
        ("postprocess", "smoothed"),
    ):
        if not pd.isna(row[name]):
            yield title, "yes" if row[name] else "no"
    yield "labels", str(row["scheme"])
    if not pd.isna(row["method"]):
        yield "scoring", str(row["method"])
    yield "reading of replies", str(row["policy"])
    if run.file:
        for title, value in (("started", run.file.started), ("finished", run.file.finished)):
            if value:
                yield title, value
    told = {"crop", "conditional", "postprocess", "scheme", "method", "reading", *_SHOWN_ABOVE}
    yield from ((name, value) for name, value in settings.items() if name not in told)
    yield from settings_in(row["versions"]).items()


def _windows(row: Record) -> str:
    """Return how windows were made, as in ``8 frames at 15 per second; 0.533 s long, one every 0.533 s``."""
    frames: str = "" if pd.isna(row["frames"]) else f"{row['frames']:d} frames"
    if frames:
        frames += " over the whole video" if pd.isna(row["fps"]) else f" at {row['fps']:g} per second"
    length: str = "" if pd.isna(row["window_s"]) else f"{row['window_s']:.3f} s long"
    every: str = "" if pd.isna(row["stride_s"]) else f", one every {row['stride_s']:.3f} s"
    return "; ".join(filter(None, (frames, length + every))) or "not known"


def _declared_rate(row: Record, settings: dict[str, str]) -> Iterator[tuple[str, str]]:
    declared = settings.get("declared_fps")
    if declared:
        yield "declared rate", f"{declared} frames per second"
    elif row["kind"] == "run" and not row["baseline"]:
        yield "declared rate", "the true rate of the frames shown"
