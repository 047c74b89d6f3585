"""Answers given before, given again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.baselines.rows import _PerVideo
from lmms_eval_plugins.models.recording import Request, digest
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, read_answers

Said = Mapping[tuple[str, str, str], str]
"""(video_id, start of the window in seconds with three decimals, question_id) → answer."""


class Replay(_PerVideo):
    """Repeats the answers of an earlier run; a question it has no answer to stays missing.

    Args:
        source: an answer file or the run folder that holds one.
        said: the answers themselves, instead of ``source``.
        answers: see `RecordingModel`.

    Raises:
        UserError: neither is given, or the file is not there.
    """

    def __init__(
        self,
        source: str | None = None,
        said: Said | None = None,
        answers: str | Path | None = None,
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        device: str | None = None,
    ) -> None:
        super().__init__(answers)
        if said is None:
            if source is None:
                raise UserError("which answers? give them with --model_args source=RUN-FOLDER-OR-LOG")
            said = said_in(Path(source))
        self._given = said
        self._fingerprint = digest("Replay", sorted(said.items()))

    @property
    def fingerprint(self) -> str:
        """Hash of the answers repeated."""
        return self._fingerprint

    def say(self, ask: Request) -> str | None:
        """What was said about the same window."""
        row = ask.row
        return self._given.get((row["video_id"], f"{row['start_s']:.3f}", row["question_id"]))


def said_in(path: Path) -> Said:
    """The answers of a run folder or an answer file.

    Raises:
        UserError: there is no answer file.
    """
    file = path / ANSWERS_NAME if path.is_dir() else path
    if not file.is_file():
        raise UserError(f"{file}: no such answer file; give a run folder, or the log of a published run")
    return {(r.video_id, f"{r.start_s:.3f}", r.question_id): r.text for r in read_answers(file)}
