"""The folder of a rater in a dataset, ``labels/<rater>/``: whose it is, and what is known of the work on each video."""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path

from lmms_eval_plugins.core.disk import sync_folder, writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.locks import try_lock
from lmms_eval_plugins.core.safe_names import inside, name_key, name_problem, shown
from lmms_eval_plugins.dataset.found_files import REVIEW_RECORDS
from lmms_eval_plugins.dataset.labels.annotations import is_prediction
from lmms_eval_plugins.dataset.labels.of_rater import LABELS_FOLDER, rater_names
from lmms_eval_plugins.dataset.labels.work_record import WorkRecord, read_record, record_path


class RaterFolder:
    """The folder of a rater.

    Attributes:
        rater: the rater's name.
        data: folder of the dataset's manifest.
        path: the folder.
    """

    def __init__(self, data: Path, rater: str) -> None:
        """Name the folder; nothing is written.

        Args:
            data: folder of the dataset's manifest.
            rater: name of the rater.

        Raises:
            UserError: the name cannot be a rater's, or is another's but for case.
        """
        problem = name_problem(rater)
        if not problem and rater.startswith("."):
            problem = "starts with a dot, so that the labels would be hidden"
        if not problem and is_prediction(rater):
            problem = "stands for what a model made"
        if problem:
            raise UserError(f"--rater {shown(rater)}: {problem}; give a rater's name or code")
        self.rater = rater
        self.data = data
        self.path = data / LABELS_FOLDER / rater
        for other in rater_names(data):
            if other != rater and name_key(other) == name_key(rater):
                raise UserError(f"--rater {rater}: {data / LABELS_FOLDER} has a folder {other}; give --rater {other}")

    def open(self, stack: ExitStack) -> None:
        """Make the folder, and keep it for this process until a stack closes.

        Raises:
            UserError: it cannot be written to, it leads elsewhere, or another process has it.
        """
        with writing(self.path, "make it writable, or copy the dataset to where you may write"):
            records = self.path / REVIEW_RECORDS
            records.mkdir(parents=True, exist_ok=True)
            inside(self.data, self.path)
            free = try_lock(records / "lock", stack)
        if not free:
            raise UserError(f"{self.path}: is open in another `strokerehab review`; end that, or give another --rater")

    def write_record(self, name: str, *, done: bool, draft: str | None, active_s: float) -> None:
        """Add to the record of a video or clip.

        Args:
            name: of the video or clip.
            done: whether the rater says that it is finished.
            draft: name of the timeline that the labels began as.
            active_s: seconds of work that come on top.

        Raises:
            OSError: it cannot be written.
            UserError: the one that is there cannot be read.
        """
        before = read_record(self.path, name)
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        record = WorkRecord(
            state="done" if done else "started",
            draft=draft,
            active_s=round((before.active_s if before else 0.0) + active_s, 1),
            first_saved=before.first_saved if before else now,
            last_saved=now,
        )
        self.replace(record_path(self.path, name), record.model_dump_json(indent=1).encode() + b"\n")

    def replace(self, path: Path, content: bytes) -> None:
        """Replace a file of the folder at once; it is on the disk when this returns.

        Raises:
            OSError: it cannot be written; the file is as it was.
            UserError: it would lie elsewhere, by a link.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        inside(self.path, path)
        partial = self.path / REVIEW_RECORDS / f"{path.name}.part"
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
