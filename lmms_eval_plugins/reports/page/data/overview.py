"""Everything on the page but what is known of single videos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lmms_eval_plugins.reports.page.data.families import NamedActivities, PageAssessment
from lmms_eval_plugins.reports.page.data.measured import PageMeasured
from lmms_eval_plugins.reports.page.data.shared import PageScheme, PageTimeline

Family = Literal["dose", "identification", "fugl_meyer", "labelled", "unscored"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A question of a run: its id, its words as a template, kind of answer, and the answers allowed, if closed."""

    id: str
    text: str | None
    kind: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageReplies:
    """What became of the replies of a run; ``n_cut`` of them, read or not, were cut off at the limit of tokens."""

    n_asked: int
    n_read: int
    n_unreadable: int
    n_refused: int
    n_contradictory: int
    n_missing: int
    n_cut: int


@dataclass(frozen=True, slots=True)
class PageRun:
    """A run.

    Attributes:
        name: short and unique.
        task, model: as recorded; ``model`` None where it is not known.
        family: what its answers are scored as.
        baseline: whether its answers are those of a baseline, no model's.
        demo: whether a random or demo model, or painted patients, gave its numbers, so that every view says so.
        perturbation: how the frames of windows were changed; None where they are as they are.
        scheme: place of its scheme in `Overview.schemes`.
        n_videos, n_windows: how much of it there is.
        replies: what became of its replies.
        questions: what was asked.
        facts: what was run, as name and value: windows, declared rate, crop, settings, versions.
        notes: what a reader of its numbers should know.
    """

    name: str
    task: str
    model: str | None
    family: Family
    baseline: bool
    demo: bool
    perturbation: str | None
    scheme: int
    n_videos: int
    n_windows: int
    replies: PageReplies
    questions: tuple[PageQuestion, ...]
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageMetric:
    """A metric of a task: its key, title, better direction, and decimals to show."""

    key: str
    title: str
    better: Better
    decimals: int


@dataclass(frozen=True, slots=True)
class PageEstimate:
    """A mean with its 95 % interval by patients, and of how many it is; None where not determined.

    It is of videos; of Fugl-Meyer runs of patients, and of questions with truths of their own of windows.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A run's row of a task: the run's place in `Overview.runs`, and an estimate per metric (by key)."""

    run: int
    values: Mapping[str, PageEstimate]


@dataclass(frozen=True, slots=True)
class ControlLine:
    """What a task's numbers are measured against: a blind control, the reference of correct answers, or a person.

    Attributes:
        name: of the control.
        kind: ``control`` never saw a video; ``reference`` is made of correct answers; ``rater`` is a further person's
            labels.
        runs: the runs whose windows it is about.
        values: mean per metric (by key).
    """

    name: str
    kind: Literal["control", "reference", "rater"]
    runs: tuple[int, ...]
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PageTask:
    """A task: its metrics, the rows of its runs, its controls, and what is to say about its numbers."""

    task: str
    family: Family
    metrics: tuple[PageMetric, ...]
    rows: tuple[TaskRow, ...]
    lines: tuple[ControlLine, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageVideo:
    """A video.

    Attributes:
        id: its name, as shown.
        patient, cohort, activity, view: where they are known.
        duration_ms: its length.
        file: where its `VideoData` lies: a path relative to the page, or in a single file the id of its element.
        media: a video to play, as a relative address; None where there is none.
    """

    id: str
    patient: str
    cohort: str | None
    activity: str | None
    view: str | None
    duration_ms: int
    file: str
    media: str | None


@dataclass(frozen=True, slots=True)
class VideoScores:
    """The scores of a run by video: places of the videos, and a column per metric (by key), None where not scored."""

    run: int
    videos: tuple[int, ...]
    columns: Mapping[str, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class WrongWindow:
    """A window in which a model is surely wrong.

    Attributes:
        run, video: places.
        window: its index in the run's windows of the video.
        start_ms, end_ms: its time.
        question: id of the question.
        truth, answer: as values.
        probability: of the answer given; None where it was not recorded.
        disagreeing: how many of the answers about the two windows before and the two after differ from it.
        around: the truth and the run's timeline near it, cut to ``from_ms`` to ``to_ms``; empty without timelines.
        from_ms, to_ms: the stretch that is shown.
        picture: its strip of frames, as a relative address; None without frames.
    """

    run: int
    video: int
    window: int
    start_ms: int
    end_ms: int
    question: str
    truth: str
    answer: str
    probability: int | None
    disagreeing: int
    around: tuple[PageTimeline, ...]
    from_ms: int
    to_ms: int
    picture: str | None


@dataclass(frozen=True, slots=True)
class PageFigure:
    """A figure: its name, what it shows, and the drawing as markup of an SVG element without style attributes."""

    name: str
    about: str
    svg: str


@dataclass(frozen=True, slots=True)
class PagePerturbed:
    """Runs of a model that differ in nothing but how the frames of windows were changed.

    Attributes:
        name: what the model is called without a word about frames.
        runs: places; the run with frames as they are first, where there is one.
    """

    name: str
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageTableSection:
    """Rows of a table under a title, their cells in words."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table that the command prints.

    Attributes:
        name, title, columns, sections: its name, what it shows, headings, rows.
        notes: what every reader should know, a sentence each.
        remarks: what is to be known of these runs.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    sections: tuple[PageTableSection, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything but what is known of single videos.

    Attributes:
        schema: version of these types.
        title: of the page.
        program: name and version of what wrote it.
        runs, tasks, schemes, videos: what there is, in the order in which places count.
        scores: by video, for every scored run.
        wrong: the windows in which models are surely wrong, the surest of each run first.
        named: of identification runs.
        assessments: of Fugl-Meyer runs.
        measured: runs of dose tasks as instruments, where that was asked for.
        perturbations: name → what it makes of the frames, of those that runs had, in the order in which they are told.
        perturbed: the runs whose windows were changed, with those that differ from them in nothing else.
        tables: what changing the frames does to the answers, where runs did that.
        figures: drawings.
        problems: what could not be read, a line each.
        deidentified: whether codes of patients and videos are replaced.
    """

    schema: int
    title: str
    program: str
    runs: tuple[PageRun, ...]
    tasks: tuple[PageTask, ...]
    schemes: tuple[PageScheme, ...]
    videos: tuple[PageVideo, ...]
    scores: tuple[VideoScores, ...]
    wrong: tuple[WrongWindow, ...]
    named: tuple[NamedActivities, ...]
    assessments: tuple[PageAssessment, ...]
    measured: tuple[PageMeasured, ...]
    perturbations: Mapping[str, str]
    perturbed: tuple[PagePerturbed, ...]
    tables: tuple[PageTable, ...]
    figures: tuple[PageFigure, ...]
    problems: tuple[str, ...]
    deidentified: bool
