from __future__ import annotations

from lmms_eval_plugins.execution.record import describe_speed
from lmms_eval_plugins.runs.run_file import Speed

SPEED = Speed(
    questions=200,
    windows=100,
    seconds=4.0,
    questions_per_s=50.0,
    windows_per_s=25.0,
    answers_reused=0,
    device_busy=0.9,
    phase_seconds={"decode": 1.0, "prefill": 3.0, "generate": 0.01},
    frames_reused=3,
    peak_memory_mib=2048.0,
)


def test_one_line() -> None:
    assert describe_speed([SPEED]) == (
        "100 windows, 200 questions in 4.0 s: 25.0 windows/s, 50.0 questions/s; device busy 90%;"
        " seconds of decode 1.0, prefill 3.0; 3 frames reused; peak memory 2.0 GiB"
    )


def test_processes_side_by_side_add_up() -> None:
    line = describe_speed([SPEED, SPEED.model_copy(update={"seconds": 5.0, "device_busy": 0.7})])
    assert line.startswith("200 windows, 400 questions in 5.0 s: 40.0 windows/s, 80.0 questions/s; device busy 80%")


def test_no_questions_make_no_line() -> None:
    assert describe_speed([]) == describe_speed([SPEED.model_copy(update={"questions": 0})]) == ""
