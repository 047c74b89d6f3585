"""A model for tests of interrupted runs: slow, and failing on request."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lmms_eval.models.registry_v2 import ModelManifest

from lmms_eval_plugins.models.recording import RecordingModel, Request, RequestReply
from lmms_eval_plugins.runs.answers import Reply

MANIFESTS = [ModelManifest(model_id="slow", chat_class_path=f"{__name__}.Slow")]

ENTRY_POINTS = f"[lmms_eval.models]\nslow = {__name__}:MANIFESTS\n"
METADATA = "Metadata-Version: 2.1\nName: strokerehab-slow\nVersion: 0\n"


def install(folder: Path) -> Path:
    """Make a folder that registers the model with lmms-eval when it is on PYTHONPATH."""
    described = folder / "strokerehab_slow-0.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text(METADATA)
    (described / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


class Slow(RecordingModel):
    """A model that replies to one request at a time.

    Args:
        seconds: for each reply.
        fails_on: part of the name of a video on which it fails; empty for none.
        until: a file that it waits for before its second reply; empty for none.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        fails_on: str = "",
        until: str = "",
        answers: str | Path | None = None,
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        device: str | None = None,
    ) -> None:
        super().__init__(answers)
        self._seconds_each, self._fails_on, self._until = float(seconds), fails_on, until

    @property
    def fingerprint(self) -> str:
        return "slow"

    def reply(self, requests: Sequence[Request]) -> Iterator[list[RequestReply]]:
        for number, request in enumerate(requests):
            while number and self._until and not Path(self._until).exists():
                time.sleep(0.2)
            if self._fails_on and self._fails_on in request.row["video_id"]:
                raise RuntimeError(f"the device is gone while looking at {request.row['video_id']}")
            time.sleep(self._seconds_each)
            yield [RequestReply(request, Reply("yes" if (request.row["window"] + len(request.text)) % 3 else "no"))]
