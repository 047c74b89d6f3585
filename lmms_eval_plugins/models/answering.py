"""What passes between a recorder and whoever answers: requests, replies, failures, and what a run lends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.assessments.assessment import ScoringMethod
from lmms_eval_plugins.assessments.registry import AnyAssessment
from lmms_eval_plugins.domain.vocabulary import PRIMITIVE_RULE
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.sets import Question
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.runs.store import AnswerStore
from lmms_eval_plugins.video.frame_cache import FrameCache

Row = Mapping[str, Any]  # lmms-eval hands rows over as plain dictionaries
"""A row's values by column (see `lmms_eval_plugins.tasks.rows.RequestRow`)."""

Generation = Mapping[str, Any]  # whatever a task's YAML has
"""Generation settings by name."""

WindowReplies = Mapping[tuple[str, str, str], str]
"""(video_id, start of the window in seconds with three decimals, question_id) → reply."""

_LOCATION = frozenset({"row", "path"})
"""Columns that say where a row and its video lie, not what they are."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question about one window.

    Attributes:
        key: hash of everything that can change the reply.
        row: the row.
        text: the prompt's words.
        generation: generation settings, as the task gives them.
        window_key: hash of everything that can change what a network makes of the window alone; empty where no hidden
            states are kept.
    """

    key: str
    row: Row
    text: str
    generation: Generation
    window_key: str = ""


@dataclass(frozen=True, slots=True)
class HiddenPlaces:
    """The hidden states that an answerer gives: of every window, behind its last visual token.

    Attributes:
        layers: behind which layers, by number from 1, sorted.
        of_questions: whether also of every question, at its prompt's last token.
    """

    layers: tuple[int, ...]
    of_questions: bool = True


@dataclass(frozen=True, slots=True)
class LayerState:
    """A network's hidden state behind one layer.

    Attributes:
        layer: number of the layer, from 1.
        values: (width,).
        behind_frames: whether it is the window's, behind its last visual token; else the question's, at its last.
    """

    layer: int
    values: npt.NDArray[np.float32]
    behind_frames: bool = False


@dataclass(frozen=True, slots=True)
class RequestReply:
    """A model's reply to one request.

    Attributes:
        request: the request.
        reply: the reply.
        states: the question's hidden states where they are kept; of one request about a window the window's, too.
    """

    request: Request
    reply: Reply
    states: tuple[LayerState, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be shown to the model, or not be answered by it.

    Attributes:
        video_id: the video.
        reason: why, in one line.
        window: the index of the window; None where it is the video, wholly or from some window on.
        n_requests: how many requests about the window stay without a reply.
        cause: the same for failures that may be one fault of whoever answers; empty where the fault is the video's.
    """

    video_id: str
    reason: str
    window: int | None = None
    n_requests: int = 1
    cause: str = ""


@dataclass(frozen=True, slots=True)
class KnownTask:
    """What a baseline that fits on other patients may know of a task: rows do not tell counts or lengths of videos.

    Attributes:
        assessment: its family.
        method: how it is scored; None where it is not.
        questions: its questions.
        videos: its videos with their truths and windows, without answers.
        others: the same of patients who are not among the task's.
    """

    assessment: AnyAssessment
    method: ScoringMethod | None
    questions: tuple[Question, ...]
    videos: tuple[AnsweredVideo[object], ...]
    others: tuple[AnsweredVideo[object], ...] = ()


def never() -> bool:
    """Return False: the default of a `Session` that nobody stops."""
    return False


@dataclass(frozen=True, slots=True)
class Session:
    """What a run lends a model.

    Attributes:
        answers: the file that answers are appended to, or None to keep them in memory; answers found there (and in
            the ``answers*.jsonl`` files beside it) are not computed again.
        store: the model's answers of other runs, shared with them.
        stop: checked after each batch; True ends the call by `Stopped`.
        frame_cache: decoded frames are looked up and kept there; None decodes every time.
        python: the interpreter of the environment that the model's code lives in, where that is not this one.
        vllm: the interpreter of vLLM's environment, where it is made.
        trusted: whether the model's checkpoint may run Python of its own, as its card says.
        training: labelled rows of subjects outside the evaluated ones.
        known: the task, for a model that fits on other subjects and is made for one task.
        replies: replies to repeat.
        carrying: the dataset's label for a hand that moves and holds an object; None where it has none.
    """

    answers: Path | None = None
    store: AnswerStore | None = None
    stop: Callable[[], bool] = never
    frame_cache: FrameCache | None = None
    python: Path | None = None
    vllm: Path | None = None
    trusted: bool = False
    training: Sequence[Row] = ()
    known: KnownTask | None = None
    replies: WindowReplies | None = None
    carrying: str | None = PRIMITIVE_RULE.carries


NOTHING_LENT = Session()


class Answerer(ABC):
    """Whoever answers requests: an engine with a network, a server, a baseline."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of the model, its weights and its settings; final once `begin` was called."""

    @abstractmethod
    def answer(self, requests: Sequence[Request]) -> Iterator[Sequence[RequestReply] | Failure]:
        """Answer requests in any order, in batches; each is recorded before the next is computed.

        A request that fails, alone or with its video, stays without a reply, and the others are answered.

        Raises:
            UserError: whoever answers can answer nothing any more.
        """

    @property
    def device(self) -> str | None:
        """Where the model runs, for people; None where it does not matter."""
        return None

    @property
    def weights(self) -> Mapping[str, object] | None:
        """Which weights answer, as ``run.json`` states it; None where there are none."""
        return None

    @property
    def hidden(self) -> HiddenPlaces | None:
        """Which hidden states every reply comes with; None where there are none."""
        return None

    @property
    def numerics(self) -> Mapping[str, Any]:
        """What can move a reply by a rounding step: ``batch_size``, ``device``, ``versions``, where any of it can."""
        return {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of this model's answers should know; decided when the model is made."""
        return ()

    def begin(self, rows: Sequence[Row]) -> None:  # noqa: B027 (most need nothing)
        """Prepare for a call about these rows, answered before or not."""

    def identify(self, row: Row) -> object:
        """Return what of the row can change its reply, beside frames and text.

        The default is all of the row but its location: right for a model that answers from the row alone.

        Raises:
            UserError: the row's video cannot be used.
        """
        return {name: value for name, value in row.items() if name not in _LOCATION}

    def get_ready(self) -> None:  # noqa: B027 (most need nothing)
        """Load what answering needs; called before the first request of a call, and not where there is none."""

    def speed(self, seconds: float) -> Mapping[str, object]:
        """Return how the last call went, beside the recorder's own counts.

        Args:
            seconds: the call's time in `answer`.
        """
        return {}
