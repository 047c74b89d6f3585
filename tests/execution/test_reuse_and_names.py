"""Two checkpoints under one card, and answers of earlier runs, as a user sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.execution.outcome import show_outcome
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Finished, Outcome, run_plans
from lmms_eval_plugins.runs.data_frames import load_tables
from lmms_eval_plugins.runs.run_file import RunFile, read_run_file
from lmms_eval_plugins.runs.store import STORE_NAME
from tests.support.command import Request, shown
from tests.support.tiny_checkpoints import make_tiny_qwen2_5_vl

CARD = "about: Tiny 1B Instruct\nwrapper: rehab_qwen2_5_vl\ncheckpoint: {}\n"
ARGS = "args: {device: cpu, min_pixels: 3136, max_pixels: 12544, batch_size: 4}\n"

Go = Callable[..., tuple[Finished, RunFile, list[str]]]


@pytest.fixture
def go(request_for: Request, tiny_qwen: Path, tmp_path: Path) -> Go:
    """Run the card of a tiny checkpoint; returns the run, its file, and what was printed."""
    cards = tmp_path / "cards"
    cards.mkdir()
    (cards / "tiny.yaml").write_text(CARD.format(tiny_qwen) + ARGS)

    def run(model_args: str = "", **changes: object) -> tuple[Finished, RunFile, list[str]]:
        console = Console(record=True, width=400, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
        request = request_for(models="tiny", model_folders=(cards,), model_args=model_args, limit=2, **changes)
        outcome = run_plans([make_plan(request)], console)
        assert outcome.errors == ()
        (done,) = outcome.runs
        show_outcome(Outcome(outcome.finished, ()), [], console)
        return done, read_run_file(done.folder), shown(console)

    return run


def test_another_checkpoint_under_a_cards_name_is_never_shown_without_a_word(
    go: Go, tiny_qwen: Path, tmp_path: Path
) -> None:
    other = make_tiny_qwen2_5_vl(tmp_path / "other", seed=1)
    own, file, lines = go()
    assert (
        file.shown_model == "tiny" and file.label == "Tiny 1B Instruct" and "differences" not in file.model_fields_set
    )
    assert "tiny: Tiny 1B Instruct" in lines
    done, file, lines = go(f"pretrained={other},dtype=bfloat16,sampling_fps=10")
    name = file.shown_model
    assert name.startswith("tiny [") and name.endswith(", bfloat16, 8 frames at 10 fps]")
    assert f"{name}: {file.label}" in lines and "tiny: Tiny 1B Instruct" not in lines
    (note,) = (note for note in file.notes if note.startswith("set otherwise than card and task say: "))
    assert f"pretrained is {other} (card: {tiny_qwen})" in note and "windows have 8 frames at 10 fps (task: " in note
    assert file.model == "tiny" and done.folder.parent == own.folder.parent
    runs = load_tables([str(own.folder), str(done.folder)], ["runs"]).tables["runs"]
    assert list(runs["model"]) == ["tiny", name]
    assert note in runs["notes"][1] and "set otherwise" not in runs["notes"][0]


def test_a_repeated_run_says_from_which_its_answers_are(go: Go) -> None:
    first, file, lines = go()
    assert file.reused == () and not any("reused" in note for note in file.notes)
    second, file, lines = go()
    assert second.folder != first.folder and second.n_asked == 0
    (reused,) = file.reused
    assert reused.under and reused.under.run == "/".join(first.folder.parts[-3:])
    assert reused.answers == first.n_asked and reused.under.batch_size == 4 and reused.under.device == "cpu"
    (note,) = (note for note in file.notes if "reused" in note)
    assert note.startswith(f"all {first.n_asked} answers reused from {reused.under.run} (")
    assert "nothing was asked, under the same settings (batch_size=4 on cpu, torch " in note
    assert f"tiny, strokerehab_primitives_3: {note}" in lines


def test_answers_of_another_batch_size_are_named_with_it(go: Go) -> None:
    go("batch_size=1", tasks="strokerehab_primitives_3")
    _, file, _ = go("batch_size=32", tasks="strokerehab_primitives_3")
    (note,) = (note for note in file.notes if "reused" in note)
    assert "of them answered with batch_size=1 on cpu, torch " in note and "this run has batch_size=32 on cpu" in note
    assert file.shown_model == "tiny"


def test_answers_of_a_store_from_before_are_of_settings_that_are_not_recorded(go: Go) -> None:
    first, _, _ = go()
    for origin in (first.folder.parents[2] / STORE_NAME).glob("*/*.json"):
        origin.unlink()
    _, file, _ = go()
    (note,) = (note for note in file.notes if "reused" in note)
    assert note.startswith(
        f"all {first.n_asked} answers reused, nothing was asked, {first.n_asked} of them under settings"
    )
