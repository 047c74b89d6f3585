"""The control by a video's length, from its card to a scored run."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from lmms_eval_plugins.assessments.dose.stopwatch import TimedVideo, counts_by_stopwatch
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Outcome, run_plans
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from tests.support.command import Request


def go(request: RunRequest) -> Outcome:
    return run_plans([make_plan(request)], Console(quiet=True))


def predicted(folder: Path) -> dict[str, dict[str, int]]:
    videos = json.loads((folder / "scores.json").read_text(encoding="utf-8"))["videos"]
    return {video["video_id"]: video["count_predicted"] for video in videos}


def test_the_counts_of_other_patients_come_out_of_every_dose_task(request_for: Request) -> None:
    tasks = "strokerehab_primitives_1,strokerehab_primitives_2,strokerehab_primitives_3"
    outcome = go(request_for(models="stopwatch,stopwatch_by_activity", tasks=tasks))
    assert outcome.errors == () and len(outcome.runs) == 6
    for run in outcome.runs:
        assert run.problems == () and run.card.kind == "blind"
        scored = json.loads((run.folder / "scores.json").read_text(encoding="utf-8"))["videos"]
        known = [TimedVideo(video["patient"], 2.0, None, video["count_truth"]) for video in scored]
        expected = dict(zip((video["video_id"] for video in scored), counts_by_stopwatch(known), strict=True))
        assert predicted(run.folder) == expected
        assert not any("do not allow" in note for note in read_run_file(run.folder).notes)


def test_fitted_on_all_other_patients_also_where_few_are_asked(request_for: Request) -> None:
    (whole,) = go(request_for(models="stopwatch")).runs
    (part,) = go(request_for(models="stopwatch", limit=1)).runs
    every, one = predicted(whole.folder), predicted(part.folder)
    assert len(one) == 1 and one.items() <= every.items()


def test_other_tasks_go_on_where_one_has_no_answer(request_for: Request, mini_study: Path) -> None:
    tasks = "strokerehab_ia2_31_33,strokerehab_primitives_3"
    outcome = go(request_for(models="stopwatch", tasks=tasks, data=mini_study))
    assert len(outcome.runs) == 1 and len(outcome.errors) == 1
    assert outcome.errors[0].startswith("stopwatch, strokerehab_ia2_31_33: the length of a video says nothing about a")
