from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.joint import join_answers, joint_question
from lmms_eval_plugins.decoding.leave_out import Decoding, decode_leaving_out
from lmms_eval_plugins.decoding.training import Training
from tests.support.decoding import make_videos


def test_each_model_keeps_its_own_questions() -> None:
    first, second = make_videos(patients=2, right=0.9), make_videos(patients=2, right=0.5)
    joined = join_answers([first, second])
    answers = joined[0].windows[7].answers
    assert set(answers) == {"motion", "grasp", "motion#2", "grasp#2"}
    assert answers["grasp#2"] == second[0].windows[7].answers["grasp"]
    assert joint_question("motion", 0) == "motion"


def test_the_useless_of_two_models_is_hardly_trusted() -> None:
    joined = join_answers([make_videos(right=0.9), make_videos(right=0.5)])
    training = Training(joined, [("motion", "grasp"), ("motion#2", "grasp#2")])
    good, bad = training.fit(training.patients, by_activity=False, seed=0).experts
    assert good.trust > 3 * bad.trust
    decoded = decode_leaving_out(joined, training, Decoding("viterbi"))
    assert len(decoded.timelines) == len(joined)


def test_other_windows_are_refused() -> None:
    videos = make_videos(patients=2)
    shorter = [replace(videos[0], windows=videos[0].windows[:-1]), *videos[1:]]
    with pytest.raises(UserError, match="P0_0: the runs are not about the same windows"):
        join_answers([videos, shorter])
    with pytest.raises(UserError, match="P0_0: the runs are not about"):
        join_answers([videos, videos[1:]])
