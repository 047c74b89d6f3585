"""A small report's data, which the page's own tests show: ``python -m tests.support.page_sample`` writes it again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.reports.page.data.families import (
    ItemAnswer,
    NamedActivities,
    PageAssessment,
    PageItem,
    PageTotal,
)
from lmms_eval_plugins.reports.page.data.measured import (
    PageCoverage,
    PageDose,
    PageMeasured,
    PageSession,
    PageVideoDoses,
)
from lmms_eval_plugins.reports.page.data.overview import (
    ControlLine,
    Overview,
    PageEstimate,
    PageFigure,
    PageMetric,
    PagePerturbed,
    PageQuestion,
    PageReplies,
    PageRun,
    PageTable,
    PageTableSection,
    PageTask,
    PageVideo,
    TaskRow,
    VideoScores,
    WrongWindow,
)
from lmms_eval_plugins.reports.page.data.shared import SCHEMA, PageScheme, PageTimeline
from lmms_eval_plugins.reports.page.data.video import AskedQuestion, VideoData, WindowGrid

SAMPLE = Path(__file__).parents[2] / "web" / "src" / "fixtures" / "sample.json"

WINDOW_MS, N_WINDOWS = 500, 24
HOSTILE = 'no</script><img src=x onerror="document.title=1"> ‮ \x1b[31m <b>grasp</b>'
"""A reply of markup, a mark that turns the direction of writing, and what steers a terminal."""

_MOTION = PageQuestion("motion", "Does the {hand} hand move in this clip?", "yes_no", ("yes", "no"))
_GRASP = PageQuestion("grasp", "Does the {hand} hand hold something?", "yes_no", ("yes", "no"))
_PRIMITIVE = PageQuestion(
    "primitive", "Which of these does the {hand} hand do?", "one_of", tuple(primitives_scheme().names)
)
_ACTIVITY = PageQuestion("activity", "Which activity is shown?", "one_of", ("drinking", "pouring", "shelf"))


def _run(
    name: str,
    task: str,
    family: str,
    questions: tuple[PageQuestion, ...],
    *,
    baseline: bool = False,
    perturbation: str | None = None,
) -> PageRun:
    return PageRun(
        name=name,
        task=task,
        model=name,
        family=family,  # type: ignore[arg-type]
        baseline=baseline,
        demo=True,
        perturbation=perturbation,
        scheme=0,
        n_videos=3,
        n_windows=3 * N_WINDOWS,
        replies=PageReplies(144, 138, 3, 1, 1, 1, 2),
        questions=questions,
        facts=(("windows", "8 frames at 15 per second, 0.533 s"), ("declared rate", "15"), ("transformers", "5.23.0")),
        notes=("synthetic patients",),
    )


RUNS = (
    _run("rehab_tiny", "strokerehab_primitives_2", "dose", (_MOTION, _GRASP)),
    _run("bot", "strokerehab_primitives_2", "dose", (_MOTION, _GRASP)),
    _run("markov", "strokerehab_primitives_2", "dose", (_PRIMITIVE,), baseline=True),
    _run("rehab_tiny activity", "strokerehab_identification", "identification", (_ACTIVITY,)),
    _run("rehab_tiny fugl-meyer", "strokerehab_fugl_meyer", "fugl_meyer", (_MOTION,)),
    *(
        _run(f"{model} [{how}]", "strokerehab_primitives_2", "dose", (_MOTION, _GRASP), perturbation=how)
        for model, how in (("rehab_tiny", "freeze"), ("rehab_tiny", "blank"), ("bot", "freeze"))
    ),
)
PERTURBED = (PagePerturbed("rehab_tiny", (0, 5, 6)), PagePerturbed("bot", (1, 7)))

LENGTH_MS = WINDOW_MS * N_WINDOWS

VIDEOS = tuple(
    PageVideo(f"P0{n}_drinking_1", f"P0{n}", cohort, "drinking", "1", LENGTH_MS, f"data-video-{n - 1}", None)
    for n, cohort in ((1, "healthy"), (2, "mild"), (3, "severe"))
)


def _timeline(kind: str, name: str, run: int | None, shift: int) -> PageTimeline:
    edges = [min(max(0, at + shift * (at > 0)), LENGTH_MS) for at in range(0, 12001, 1500)]
    return PageTimeline(
        kind=kind,  # type: ignore[arg-type]
        name=name,
        run=run,
        scheme=0,
        hand="right",
        starts=tuple(edges[:-1]),
        ends=tuple(edges[1:]),
        labels=tuple((place * 2 + (shift > 300)) % 5 for place in range(8)),
    )


def _asked(run: int, question: int, n: int) -> AskedQuestion:
    wrong = [(window + run + question + n) % 5 == 0 for window in range(N_WINDOWS)]
    states = ["a"] * N_WINDOWS
    states[3], states[7], states[11] = "u", "r", "-"
    answers = [(window + is_wrong) % 2 for window, is_wrong in enumerate(wrong)]
    known = [state == "a" for state in states]
    return AskedQuestion(
        run=run,
        question=question,
        grid=0,
        states="".join(states),
        texts=tuple(
            answer if is_known else -1 if window == 11 else 2 + (window == 7)
            for window, (answer, is_known) in enumerate(zip(answers, known, strict=True))
        ),
        values=tuple(answer if is_known else -1 for answer, is_known in zip(answers, known, strict=True)),
        truths=tuple(window % 2 for window in range(N_WINDOWS)),
        rights="".join(
            "0" if not is_known or is_wrong else "1" for is_known, is_wrong in zip(known, wrong, strict=True)
        ),
        choices=("yes", "no"),
        probabilities=tuple(
            (100 + 20 * window, 900 - 20 * window) if answer else (900 - 20 * window, 100 + 20 * window)
            for window, answer in enumerate(answers)
        ),
    )


LEVELS = (50, 80, 90)


def _doses(n: int, times: int = 1) -> tuple[PageDose, ...]:
    """Return doses of the five labels and of all, so many times those of a video."""
    counts = [times * count for count in (4 + n, 3, 6 + n, 2, 5)]
    widths = (0.15, 0.35, 0.6)
    return tuple(
        PageDose(
            true=count + place % 3 - 1,
            rule=count + 3 - place,
            count=count + 0.25,
            ends=tuple((int(count * (1 - width)), int(count * (1 + width)) + 1) for width in widths),
            seconds=None if place == 5 else 0.8 * count,
            seconds_ends=None
            if place == 5
            else tuple((round(0.8 * count * (1 - width), 1), round(0.8 * count * (1 + width), 1)) for width in widths),
        )
        for place, count in enumerate((*counts, sum(counts)))
    )


def _session(n: int, date: str) -> PageSession:
    video = VIDEOS[n]
    return PageSession(video.patient, video.cohort, date, None, (n,), LENGTH_MS, _doses(n))


def _measured() -> tuple[PageMeasured, ...]:
    ways = {"fused": (2, 0.7), "stopwatch, by activity": (1, 0.9)}
    return (
        PageMeasured(
            run=0,
            why_not=None,
            levels=LEVELS,
            n_others=7,
            coverage=tuple(
                PageCoverage(way, level, min(3, n_held + (level > 50)), 3, width * level / 90)
                for way, (n_held, width) in ways.items()
                for level in LEVELS
            ),
            sessions=tuple(_session(n, f"day {14 * n}") for n in range(len(VIDEOS))),
            problems=("P09_shelf_1: no window of it was answered, so there is nothing to measure",),
        ),
        PageMeasured(1, "labels of 2 patients besides P01: measuring learns from at least 3 others", (), 0, (), (), ()),
    )


def sample_video(n: int) -> VideoData:
    """Return the data of the video at a place."""
    return VideoData(
        schema=SCHEMA,
        video=n,
        fps=30.0,
        timelines=(
            _timeline("truth", "truth", None, 0),
            _timeline("rater", "MB", None, 120),
            _timeline("rule", "rehab_tiny", 0, 240),
            _timeline("decoded", "rehab_tiny, decoded", 0, 60),
            _timeline("rule", "bot", 1, 480),
            *(_timeline("rule", RUNS[run].name, run, 60 * run) for run in (5, 6, 7)),
        ),
        grids=(
            WindowGrid(
                tuple(range(0, LENGTH_MS, WINDOW_MS)),
                tuple(range(WINDOW_MS, LENGTH_MS + 1, WINDOW_MS)),
            ),
        ),
        texts=("yes", "no", HOSTILE, "I cannot help with that."),
        asked=tuple(_asked(run, question, n) for run in (0, 1, 5, 6, 7) for question in (0, 1)),
        strips=(),
        doses=(PageVideoDoses(0, LENGTH_MS, _doses(n), ("its activity (drinking) is in no other video",) * (n == 2)),),
    )


def _wrong(run: int, video: int, window: int, probability: int | None) -> WrongWindow:
    start = window * WINDOW_MS
    return WrongWindow(
        run=run,
        video=video,
        window=window,
        start_ms=start,
        end_ms=start + WINDOW_MS,
        question="motion",
        truth="no",
        answer="yes",
        probability=probability,
        disagreeing=3,
        around=(_timeline("truth", "truth", None, 0), _timeline("rule", RUNS[run].name, run, 240)),
        from_ms=max(0, start - 2500),
        to_ms=start + 3000,
        picture=None,
    )


def sample_overview() -> Overview:
    """Return the overview of the sample."""
    metrics = (
        PageMetric("edit_score", "edit score", "higher", 1),
        PageMetric("action_error_rate", "action error rate", "lower", 3),
        PageMetric("relative_counting_error", "relative counting error", "lower", 3),
    )
    means = {0: (75.9, 0.292, 0.322), 1: (40.2, 0.71, 0.55)}
    rows = tuple(
        TaskRow(
            run,
            {
                metric.key: PageEstimate(mean, mean * 0.9, mean * 1.1, 3)
                for metric, mean in zip(metrics, of_run, strict=True)
            },
        )
        for run, of_run in means.items()
    )
    lines = (
        ControlLine("Markov chain", "control", (0, 1), {"edit_score": 47.4, "action_error_rate": 0.61}),
        ControlLine("stopwatch", "control", (0, 1), {"relative_counting_error": 0.41}),
        ControlLine("reference", "reference", (0, 1), {"edit_score": 93.7, "relative_counting_error": 0.08}),
    )
    accuracy = PageMetric("accuracy", "accuracy", "higher", 1)
    exact = PageMetric("accuracy", "exact items, %", "higher", 1)
    return Overview(
        schema=SCHEMA,
        title="Sample report",
        program="strokerehab-eval 0.0",
        runs=RUNS,
        tasks=(
            PageTask("strokerehab_primitives_2", "dose", metrics, rows, lines, ("Painted patients, a demo model.",)),
            PageTask(
                "strokerehab_identification",
                "identification",
                (accuracy,),
                (TaskRow(3, {"accuracy": PageEstimate(66.7, 20.0, 93.5, 3)}),),
                (ControlLine("duration", "control", (3,), {"accuracy": 33.3}),),
                (),
            ),
            PageTask(
                "strokerehab_fugl_meyer",
                "fugl_meyer",
                (exact,),
                (TaskRow(4, {"accuracy": PageEstimate(71.6, 60.1, 80.2, 6)}),),
                (ControlLine("most frequent score", "control", (4,), {"accuracy": 64.0}),),
                (),
            ),
        ),
        schemes=(PageScheme.of(primitives_scheme()),),
        videos=VIDEOS,
        scores=tuple(
            VideoScores(
                run,
                (0, 1, 2),
                {
                    "edit_score": (80.0 - run * 30, 75.0, 72.5 - run * 60),
                    "action_error_rate": (0.2 + run * 0.3, 0.3, None),
                    "relative_counting_error": (0.25, 0.3 + run * 0.2, 0.4),
                },
            )
            for run in (0, 1)
        ),
        wrong=tuple(
            _wrong(run, place % 3, 2 + place * 2, 990 - 40 * place if run == 0 else None)
            for run in (0, 1)
            for place in range(6)
        ),
        named=(NamedActivities(3, _ACTIVITY.choices, (0, 1, 2), (0, 0, 0), (0, 1, -1)),),
        assessments=(
            PageAssessment(
                4,
                tuple(
                    PageItem(
                        patient=f"P0{n}",
                        item=item,
                        title=f"Shoulder flexion {item}",
                        true=true,
                        score=score,
                        rule="2 if it moves in all clips, 1 if in some, else 0",
                        clips=(n - 1,),
                        answers=(ItemAnswer(n - 1, "motion", "yes" if score else "no", 800),),
                    )
                    for n in (1, 2, 3)
                    for item, true, score in ((3, 2, 2), (4, 1, 2), (5, 0, None))
                ),
                tuple(PageTotal(f"P0{n}", "mild", 3.0 * n, 2.5 * n + 1, 3, 6) for n in (1, 2, 3)),
            ),
        ),
        measured=_measured(),
        perturbations={"blank": "all frames are grey", "freeze": "the middle frame is shown in place of every other"},
        perturbed=PERTURBED,
        tables=(
            PageTable(
                "sees",
                "What answers live on: windows whose frames were changed",
                ("frames", "AUC", "difference", "yes, %"),
                (
                    PageTableSection(
                        "rehab_tiny: motion",
                        (
                            ("as is", ".913", "–", "52.1"),
                            ("freeze", ".615 [.540, .690]", "-.298 [-.380, -.210]", "61.8"),
                            ("blank", ".500", "-.413 [-.480, -.350]", "100.0"),
                        ),
                    ),
                ),
                ("rehab_tiny: motion answers keep 28 % of their AUC above .5 when one frame is repeated.",),
                ("rehab_tiny, freeze: 1 of 3 videos left out of means",),
            ),
        ),
        figures=(
            PageFigure(
                "errors",
                "counting errors by primitive",
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 40"><rect x="5" y="5" width="60" height="10"'
                ' fill="#0072B2"/><text x="5" y="30" font-size="8">reach</text></svg>',
            ),
        ),
        problems=("runs/x/answers.jsonl, line 3: not an answer record; it is left out",),
        deidentified=False,
    )


def sample_text() -> str:
    """Return the sample as the text of its file."""
    whole = {"overview": asdict(sample_overview()), "videos": [asdict(sample_video(n)) for n in range(len(VIDEOS))]}
    return json.dumps(whole, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    SAMPLE.write_text(sample_text(), encoding="utf-8")
