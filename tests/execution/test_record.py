from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.record import describe_run, requests_hash
from lmms_eval_plugins.runs.run_file import read_run_file, write_run_file
from tests.conftest import make_dataset
from tests.support.command import Request

SECRET = "hunter2"


def test_no_secret_is_written(request_for: Request) -> None:
    plan = make_plan(request_for())
    names = ("hf_token", "api_key", "apikey", "token", "OPENAI_API_KEY", "password", "client_secret", "use_auth")
    secrets = dict.fromkeys(names, SECRET)
    card = plan.cards[0].model_copy(update={"args": secrets})
    described = describe_run(card, {**secrets, "max_new_tokens": 16, "keyframes": 2, "tokenizer": "x"}, plan.tasks[0])
    assert SECRET not in repr(described)
    shown = {key: value for key, value in described.wrapper_args.items() if value != "(hidden)"}
    assert shown == {"max_new_tokens": 16, "keyframes": 2, "tokenizer": "x"}


def test_what_is_described(request_for: Request) -> None:
    plan = make_plan(request_for(model_args="seed=7,max_frames_num=4"))
    described = describe_run(plan.cards[0], plan.wrapper_args, plan.tasks[0])
    assert described.wrapper_args == {"seed": 7} and described.sampling["frames"] == 4
    assert [question.id for question in described.questions] == ["motion", "grasp"]
    assert len(described.videos) == 3 and described.videos[0].truth.startswith("reach@")
    assert described.videos[0].windows and described.scoring
    assert described.seeds and described.versions["lmms-eval"]
    assert described.question_set and described.question_set.version


def test_what_is_read_back_is_what_was_written(request_for: Request, mini_study: Path, tmp_path: Path) -> None:
    for request in (request_for(), request_for(tasks="strokerehab_ia2_31_33", data=mini_study)):
        plan = make_plan(request)
        described = describe_run(plan.cards[0], {"folder": "x"}, plan.tasks[0])
        write_run_file(tmp_path, described)
        again = read_run_file(tmp_path)
        assert again == described and requests_hash(again) == requests_hash(described)


def test_what_is_described_of_a_clip_and_of_questions_about_items(request_for: Request, mini_study: Path) -> None:
    plan = make_plan(request_for(tasks="strokerehab_ia2_31_33", data=mini_study))
    described = describe_run(plan.cards[0], {}, plan.tasks[0])
    other = described.videos[1]
    assert (other.video_id, other.arm, other.truth) == ("P01_FM31_33_H_F", "other", "5=2;13=2;31=2;32=2;33=2")
    assert other.asked == ("item33_other_knee", "item33_other_nose")
    knee = described.questions[-2]
    assert (knee.id, knee.item, knee.arm, knee.reaches) == ("item33_other_knee", 33, "other", 4)
    assert described.scoring and described.scoring.method == "fugl_meyer"


def test_another_truth_is_another_description(request_for: Request) -> None:
    task = make_plan(request_for()).tasks[0]
    video = task.prepared.videos[0]
    relabelled = replace(task, prepared=replace(task.prepared, videos=(replace(video, truth=None),)))
    card = make_plan(request_for()).cards[0]
    assert describe_run(card, {}, relabelled).videos[0].truth == ""
    assert requests_hash(describe_run(card, {}, relabelled)) != requests_hash(describe_run(card, {}, task))


def test_labels_of_a_second_rater_are_recorded_and_make_no_other_plan(request_for: Request, tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "data")
    plain = describe_run((plan := make_plan(request_for(data=data))).cards[0], {}, plan.tasks[0])
    assert all("raters" not in video.model_dump(exclude_unset=True) for video in plain.videos)
    anna = data / "labels" / "anna"
    anna.mkdir(parents=True)
    first = plain.videos[0]
    (anna / f"{first.video_id}.csv").write_text("Time_s,MarkerNames\n0.0,r_reach\n1.0,r_idle\n1.5,\n")
    (anna / f"{plain.videos[2].video_id}.csv").write_text("Time_s,MarkerNames\nsoon,r_reach\n")
    rated = describe_run((plan := make_plan(request_for(data=data))).cards[0], {}, plan.tasks[0])
    assert [dict(video.raters) for video in rated.videos] == [{"anna": "reach@0.000;idle@1.000;idle@1.500"}, {}, {}]
    assert requests_hash(rated) == requests_hash(plain)
    assert [note for note in rated.notes if "of this video the labels of anna are left out" in note]
