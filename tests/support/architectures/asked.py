"""What `--model auto` answers about a few windows, asked of a checkpoint as a run asks it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.execution.harness import make_lmms_model
from lmms_eval_plugins.models.answering import Session
from lmms_eval_plugins.models.auto.auto_model import AutoModel
from lmms_eval_plugins.models.auto.path import AnsweringPath
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.runs.answers import AnswerRecord
from tests.support.requests import GREEDY, ask, recorded, rows_in

LIMIT = 4
"""Tokens of a reply."""

Rows = Sequence[dict[str, Any]]


def rows_of(dataset: Path) -> Rows:
    """Return closed questions and an open one about windows of one, three and eight frames.

    The last two but one are the same words about windows of two videos.
    """
    motion, *later = [row for row in rows_in(dataset) if len(row["frames"]) == 8]
    open_ended = {"question_id": "open", "text": "What does the left hand do, and with what?", "choices": ()}
    which = {"question_id": "which", "text": "Which is it, then?", "choices": ("reach", "reposition", "idle")}
    other = next(row for row in later if row["video_id"] != motion["video_id"]) | {"text": motion["text"]}
    windows = {1: (motion, motion | which), 3: (motion, motion | open_ended), 8: (motion, other, other | open_ended)}
    return [
        row | {"frames": row["frames"][:n_frames], "window": row["window"] + 100 * n_frames}
        for n_frames, asked_of_it in windows.items()
        for row in asked_of_it
    ]


def asked(folder: Path, rows: Rows, answers: Path) -> tuple[list[AnswerRecord], AnsweringPath]:
    """Ask a checkpoint; returns its answers by row, and the way in which it gave them."""
    model = make_lmms_model(
        "rehab_auto", {"pretrained": str(folder), "device": "cpu", "batch_size": 4}, Session(answers=answers)
    )
    assert isinstance(model, Recorder) and isinstance(model.answerer, Engine)
    network = model.answerer.model
    assert isinstance(network, AutoModel)
    ask(model, rows, GREEDY | {"max_new_tokens": LIMIT})
    assert network.path
    found = {(one.video_id, one.window, one.prompt_hash): one for one in recorded(answers)}
    return [found[row["video_id"], row["window"], digest(row["text"])] for row in rows], network.path
