"""What a run answers to each wording: asked in one pass, recorded, and read in the question's terms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Finished, run_plans
from lmms_eval_plugins.execution.status import progress_of
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.runs.data_frames.load import load_tables
from lmms_eval_plugins.runs.run import read_run
from lmms_eval_plugins.runs.run_file import RUN_NAME, read_run_file
from lmms_eval_plugins.runs.wordings.worded import with_answers_of, worded_questions
from tests.support.command import Request
from tests.support.worded_runs import worded


def go(
    request_for: Request, models: str, model_args: str = "variants=true", task: str = "primitives_3"
) -> list[Finished]:
    outcome = run_plans(
        [make_plan(request_for(tasks=f"strokerehab_{task}", models=models, model_args=model_args))], Console(quiet=True)
    )
    assert outcome.errors == ()
    return outcome.runs


def test_correct_answers_are_right_in_every_wording_and_scores_read_the_base(request_for: Request) -> None:
    (plain,) = go(request_for, "omniscient", "")
    runs = go(request_for, "omniscient,always_transport,most_frequent")
    assert runs[0].scores and plain.scores and runs[0].scores.score == plain.scores.score
    files = [read_run_file(run.folder) for run in (plain, *runs)]
    assert files[0].questions == files[1].questions and not files[0].variants and "variants" not in files[0].settings
    assert files[0].plan != files[1].plan
    assert "variants" not in json.loads((plain.folder / RUN_NAME).read_bytes())
    for run in runs:
        progress = progress_of(run.folder)
        assert progress.asked == progress.answered == 8 * 12
        assert run.problems == ()
    motion, grasp = worded_questions(read_run(runs[0].folder))
    assert motion.names == ("base", "goes", "first_last", "still") and len(grasp.windows) == 12
    assert [wording.polarity for wording in motion.wordings] == [1, 1, 1, -1]
    for question in (motion, grasp):
        assert all(set(row) == {true} for row, true in zip(question.answers, question.truth, strict=True))
        assert np.isnan(question.log_p).all()
    always, _ = worded_questions(read_run(runs[1].folder))
    assert set(always.answers) == {(True, True, True, False)}, "yes to whatever is asked"
    usual, _ = worded_questions(read_run(runs[2].folder))
    assert all(len(set(row)) == 1 for row in usual.answers), "the usual answer, whatever the words"
    answers = load_tables(str(runs[0].folder), ("answers",)).tables["answers"]
    assert set(answers["question"]) == {"motion", "grasp"}


def test_options_of_other_words_and_orders(request_for: Request) -> None:
    (run,) = go(request_for, "omniscient", task="primitives_2")
    (primitive,) = worded_questions(read_run(run.folder))
    assert all(set(row) == {true} for row, true in zip(primitive.answers, primitive.truth, strict=True))
    renamed = next(one for one in read_run_file(run.folder).variants if one.name == "other_words")
    assert renamed.answer.options == ("approach", "transport", "return", "hold", "rest")


def test_a_variant_of_no_question_is_one_line(request_for: Request) -> None:
    (run,) = go(request_for, "omniscient")
    path = run.folder / RUN_NAME
    path.write_text(path.read_text(encoding="utf-8").replace('"variant_of": "grasp"', '"variant_of": "grip"'))
    with pytest.raises(UserError, match=r"run.json: grasp\.fingers is a variant of 'grip', which is no question"):
        worded_questions(read_run(Path(run.folder)))


def test_majority_and_averages() -> None:
    question = worded(
        [True] * 4,
        {
            "base": [True, False, UNREADABLE, None],
            "goes": [False, False, True, None],
            "still": [False, True, False, UNREADABLE],
            "here": [True, True, UNREADABLE, None],
        },
        "AABB",
        {"base": [0.9, 0.5, np.nan, np.nan], "still": [0.1, 0.8, 0.2, np.nan]},
    )
    assert question.majority() == [True, False, True, None], "of equally many the base's, of none the base's reply"
    log_p = question.averaged()
    np.testing.assert_allclose(np.exp(log_p[:3, 0]), [0.5, 2 / 3, 0.2])
    assert np.isnan(log_p[3]).all()
    assert question.said_by(log_p)[1:] == [True, False, None]
    assert question.of_videos({"vB"}).windows == (("vB", 2), ("vB", 3))


def test_answers_to_another_wording_take_the_place_of_the_base(request_for: Request) -> None:
    (run,) = go(request_for, "always_transport")
    read = read_run(run.folder)
    motion, _ = worded_questions(read)
    videos = [read.answered(video, "default") for video in read.file.videos]
    changed = with_answers_of(videos, motion, motion.column(3))
    assert {window.answers["motion"] for video in changed for window in video.windows} == {False}
    assert {window.answers["grasp"] for video in changed for window in video.windows} == {True}
    assert all(window.answers["motion"] is True for video in videos for window in video.windows)
