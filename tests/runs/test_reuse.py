from __future__ import annotations

from lmms_eval_plugins.runs.reuse import (
    AnsweredUnder,
    ReusedAnswers,
    count_reused,
    describe_reuse,
    is_worth_a_note,
    together,
)

VERSIONS = {"torch": "2.15.0", "transformers": "5.23.0"}
OWN = AnsweredUnder(
    run="t/m/2", since="2026-02-02T10:00:00+00:00", batch_size=32, device="cuda (H200)", versions=VERSIONS
)
ALIKE = OWN.model_copy(update={"run": "t/m/1", "since": "2026-02-01T10:00:00+00:00"})
SMALLER = ALIKE.model_copy(update={"run": "t/m/0", "batch_size": 1, "device": "cpu"})


def reused(*parts: tuple[int, AnsweredUnder | None]) -> tuple[ReusedAnswers, ...]:
    return tuple(ReusedAnswers(answers=answers, under=under) for answers, under in parts)


def test_a_run_that_repeats_another_says_so() -> None:
    parts = reused((1200, ALIKE))
    assert describe_reuse(parts, OWN, 0) == (
        "all 1,200 answers reused from t/m/1 (2026-02-01), nothing was asked, under the same settings"
        " (batch_size=32 on cuda (H200), torch 2.15.0, transformers 5.23.0)"
    )
    assert is_worth_a_note(parts, OWN, 0)


def test_answers_given_otherwise_are_counted_with_both_settings() -> None:
    parts = reused((400, SMALLER), (12, ALIKE))
    assert describe_reuse(parts, OWN, 88) == (
        "412 answers reused from t/m/0 (2026-02-01), t/m/1 (2026-02-01), 400 of them answered with batch_size=1 on cpu,"
        " torch 2.15.0, transformers 5.23.0, this run has batch_size=32 on cuda (H200), torch 2.15.0,"
        " transformers 5.23.0"
    )
    assert is_worth_a_note(parts, OWN, 88) and not is_worth_a_note(reused((12, ALIKE)), OWN, 88)


def test_a_resumed_run_speaks_only_of_what_it_answered_otherwise() -> None:
    assert describe_reuse(reused((50, OWN)), OWN, 50) == "" and not is_worth_a_note(reused((50, OWN)), OWN, 0)
    before = OWN.model_copy(update={"batch_size": 8})
    assert describe_reuse(reused((50, before)), OWN, 50).startswith(
        "50 answers reused, 50 of them answered with batch_size=8"
    )
    assert is_worth_a_note(reused((50, before)), OWN, 50)


def test_what_is_not_recorded_is_said() -> None:
    assert describe_reuse(reused((7, None)), OWN, 1).startswith(
        "7 answers reused, 7 of them under settings that are not recorded, this run has batch_size=32"
    )


def test_a_server_has_no_settings_of_that_kind() -> None:
    one, other = AnsweredUnder(run="t/s/1"), AnsweredUnder(run="t/s/2")
    assert describe_reuse(reused((3, one)), other, 0) == "all 3 answers reused from t/s/1, nothing was asked"


def test_counts_of_processes_add_up() -> None:
    same = AnsweredUnder.model_validate(ALIKE.model_dump())
    parts = together([*count_reused([ALIKE, same, SMALLER, None]), *reused((5, SMALLER))])
    assert parts == reused((6, SMALLER), (2, ALIKE), (1, None))
    assert count_reused([]) == ()
