"""A model for tests of interrupted runs: slow, and failing on request."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lmms_eval.models.registry_v2 import ModelManifest

from lmms_eval_plugins.models.answering import NOTHING_LENT, Answerer, Request, RequestReply, Session
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.settings import ModelSettings
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


class SlowSettings(ModelSettings):
    """Settings of the slow model.

    Attributes:
        seconds: for each answer.
        fails_on: part of the name of a video that it cannot be shown; empty for none.
        until: a file for which it waits before its second answer; empty for none.
    """

    seconds: float = 0.0
    fails_on: str = ""
    until: str = ""


class SlowAnswerer(Answerer):
    """Answers yes or no, one request at a time."""

    def __init__(self, settings: SlowSettings) -> None:
        self._settings = settings

    @property
    def fingerprint(self) -> str:
        return "slow"

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply]]:
        settings = self._settings
        for number, request in enumerate(requests):
            while number and settings.until and not Path(settings.until).exists():
                time.sleep(0.2)
            if settings.fails_on and settings.fails_on in request.row["video_id"]:
                raise RuntimeError(f"the device is gone while looking at {request.row['video_id']}")
            time.sleep(settings.seconds)
            text = "yes" if (request.row["window"] + len(request.text)) % 3 else "no"
            yield [RequestReply(request, Reply(text))]


class Slow(Recorder):
    """The slow model as lmms-eval's registry makes it."""

    settings_type = SlowSettings

    def __init__(self, session: Session = NOTHING_LENT, **args: object) -> None:
        super().__init__(SlowAnswerer(SlowSettings.of(args)), session)
