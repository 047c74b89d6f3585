"""A network that weighs nothing, for tests of the engine and of the recorder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import md5
from pathlib import Path

from lmms_eval_plugins.models.answering import RequestReply, Session
from lmms_eval_plugins.models.engine.batches import Engine, TooLarge
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.runs.store import AnswerStore
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.frame_cache import FrameCache


class FakeNetwork:
    """Answers with a hash of all that it is given, and checks what a network may rely on.

    Args:
        fingerprint: as it is.
        fits: requests that its memory holds.

    Attributes:
        batches: what it answered.
    """

    device = "nowhere"
    weights: Mapping[str, object] = {}
    hidden = None

    def __init__(self, fingerprint: str = "network", fits: int = 1000) -> None:
        self.fingerprint, self.fits = fingerprint, fits
        self.batches: list[list[Shown]] = []

    def get_ready(self) -> None: ...

    def make_watch(self) -> Stopwatch:
        return Stopwatch()

    def peak_memory(self) -> Mapping[str, float]:
        return {}

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        return WindowInputs((frames.shape,), (frames, fps), frames.nbytes)

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        assert len({shown.prepared.shape for shown in batch}) == 1
        assert len({str(request.generation) for shown in batch for request in shown.requests}) == 1
        if min(at_once, sum(len(shown.requests) for shown in batch)) > self.fits:
            raise TooLarge("no room")
        self.batches.append(list(batch))
        return [
            RequestReply(request, Reply(_hash(shown, request.text))) for shown in batch for request in shown.requests
        ]

    @property
    def frames(self) -> list[tuple[Frames, float]]:
        """What was shown: frames and their rate."""
        return [shown.prepared.inputs for batch in self.batches for shown in batch]

    @property
    def sizes(self) -> list[int]:
        """Requests of each batch."""
        return [sum(len(shown.requests) for shown in batch) for batch in self.batches]


def _hash(shown: Shown, text: str) -> str:
    frames, fps = shown.prepared.inputs
    return md5(f"{frames.tobytes()!r} {fps} {text}".encode()).hexdigest()


class Batched(Recorder):
    """A recorder whose engine has a network that weighs nothing."""

    def __init__(
        self,
        batch_size: int = 1,
        answers: Path | None = None,
        *,
        network: FakeNetwork | None = None,
        frame_cache: FrameCache | None = None,
        store: AnswerStore | None = None,
    ) -> None:
        self.network = network or FakeNetwork()
        self.engine = Engine(self.network, batch_size, frame_cache)
        super().__init__(self.engine, Session(answers=answers, store=store))
