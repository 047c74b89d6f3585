"""Any OpenAI-compatible server as an answerer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from lmms_eval_plugins.core.console import say, stderr
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.secret_names import shown_urls
from lmms_eval_plugins.models.answering import Answerer, Failure, Request, RequestReply, Row
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs, WindowSource
from lmms_eval_plugins.models.failures import failure_of, refused_reply
from lmms_eval_plugins.models.server.advice import NO_CLOCK, advice_about, cut_short, wants_trust
from lmms_eval_plugins.models.server.client import Away, Client, ClientStopped, Filtered, Refused, Unanswered
from lmms_eval_plugins.models.server.frames import WindowPayload, payload_of
from lmms_eval_plugins.models.server.lanes import run_in_lanes
from lmms_eval_plugins.models.server.likely import choice_logprobs
from lmms_eval_plugins.models.server.load import Load, load_of
from lmms_eval_plugins.models.server.regime import Regime, regime_for
from lmms_eval_plugins.models.server.requests import Body, Offer, body_of, offer_of
from lmms_eval_plugins.models.server.responses import (
    Completion,
    Nonsense,
    Served,
    Withheld,
    not_served,
    read_completion,
    read_models,
)
from lmms_eval_plugins.models.server.settings import ServerSettings, read_key
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.frame_cache import FrameCache

_COUNTED = ("prompt_tokens", "cached_tokens", "completion_tokens")

_ABOUT_SERVER = (401, 402, 403, 404, 405, 407, 410, 429)
"""Statuses that are about key, account or address more often than about what is in a request."""


class ServerModel(Answerer):
    """A model behind an OpenAI-compatible server.

    Some windows are under way at once, in order. The requests of a window follow each other, each when the one before
    is answered: then a server's prefix cache has the frames.

    Args:
        settings: where the server is, which of its models answers, and how frames are sent.
        frame_cache: see `WindowSource`.

    Attributes:
        source: the windows.

    Raises:
        UserError: no server is there, or it wants another key.
    """

    def __init__(self, settings: ServerSettings, frame_cache: FrameCache | None = None) -> None:
        self._settings = settings
        self._client = Client(settings, read_key(settings.api_key_env), _warn)
        self._listed = read_models(self._client.look("/models"))
        name = settings.model
        served = self._served = next((one for one in self._listed if one.id == name), Served(name))
        self._taken: Body = {}
        regime = self._decide(served)
        settings = self._settings = regime.settings
        self._notes = (regime.note,) if regime.note else ()
        if regime.note and regime.is_choice:
            _warn(f"{settings.base_url}: {regime.note}")
        self._fingerprint = digest("server", served.identity(), settings.changing_answers())
        self._device = f"{shown_urls(settings.base_url)} ({served.owned_by or 'model not in its list'})"
        self._offer: Offer | None = None
        self._load: Load | None = None
        self._tokens: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.source = WindowSource(self._prepare, frame_cache)

    @property
    def fingerprint(self) -> str:
        """Hash of the model's name, root and owner in the server's list, and of the settings that change answers.

        Where the server is does not count, nor how busy it is kept: a model that moves to another machine is the same.
        """
        return self._fingerprint

    @property
    def device(self) -> str:
        """The server's address, and its kind."""
        return self._device

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether the frames are sent in another way than those that the model learned from."""
        return self._notes

    def _prepare(self, frames: Frames, fps: float) -> WindowInputs:
        payload = payload_of(frames, fps, self._settings)
        return WindowInputs((), payload, payload.n_bytes)

    def begin(self, rows: Sequence[Row]) -> None:
        """Count tokens and retries anew."""
        self._tokens.clear()
        self._client.n_retries = 0
        self.source.begin(Stopwatch())

    def identify(self, row: Row) -> str:
        """Return what tells the video file from others."""
        return self.source.identify(row)

    def speed(self, seconds: float) -> dict[str, object]:
        """Return where the time went, what it cost, and how frames were sent.

        ``request`` in ``phase_seconds`` adds up what was under way at once. ``retries`` counts requests that were sent
        again; tokens are as the server counts them, cached ones are among the prompt's, and 0 where it does not say;
        ``top_logprobs`` is 0 where it gives no log-probabilities.
        """
        return {
            **self.source.speed(),
            "concurrency": self._settings.concurrency,
            "frames_as": self._settings.frames_as,
            "retries": self._client.n_retries,
            **{name: self._tokens[name] for name in _COUNTED},
            "top_logprobs": self._offer.top_logprobs if self._offer else None,
        }

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply] | Failure]:
        """Send requests about windows side by side, and hand out every reply when it comes.

        A request that a filter of the service refuses gets a reply that says so. One that fails in another way is left
        without a reply, and named.

        Raises:
            UserError: the server answers nothing any more: it refuses the trial question too, or stays away for longer
                than it is waited for.
        """
        self._offer = self._find_offer(load_of(requests))
        work = partial(self._answers, self._offer)
        for made in run_in_lanes(self.source.shown(requests), work, self._settings.concurrency):
            yield made if isinstance(made, Failure) else [made]

    def _find_offer(self, load: Load) -> Offer:
        """Return what the server takes; it is asked anew where these requests are larger than those before."""
        if self._offer is not None and self._load is not None and self._load.covers(load):
            return self._offer
        try:
            offer = offer_of(self._trial, self._settings, load)
        except Refused as error:
            if wants_trust(str(error)):
                raise Refused(f"{self._settings.base_url}: {NO_CLOCK}", error.status) from error
            advice = advice_about(str(error), load)
            raise Refused(f"{error}{advice or not_served(self._settings.model, self._listed)}", error.status) from error
        self._load = load
        if warning := cut_short(offer.prompt_tokens, self._served.context, load):
            _warn(f"{self._settings.base_url}: {warning}")
        return offer

    def _decide(self, served: Served) -> Regime:
        try:
            return regime_for(self._settings, served, self._trial)
        except Refused as error:
            raise Refused(f"{error}{not_served(served.id, self._listed)}", error.status) from error

    def _trial(self, body: Body) -> Completion:
        """Send a trial question; a filter that refuses grey frames may take others."""
        self._taken = body
        try:
            return read_completion(self._client.post(body, threading.Event(), at_first=True))
        except (Filtered, Withheld):
            return Completion("", has_logprobs=True)
        except Nonsense as error:
            problem = self._client.shown(str(error))
            raise Refused(
                f"{self._settings.base_url}: answers, but not as an OpenAI-compatible server does: {problem}", 200
            ) from error

    def _answers(self, offer: Offer, made: Shown | Failure, stop: threading.Event) -> Iterator[RequestReply | Failure]:
        if isinstance(made, Failure):
            yield made
            return
        for request in made.requests:
            try:
                reply = self._reply(request, made.prepared.inputs, offer, stop)
            except ClientStopped:
                raise
            except Exception as error:
                yield self._without_reply(request, error)
            else:
                yield RequestReply(request, reply)

    def _reply(self, request: Request, payload: WindowPayload, offer: Offer, stop: threading.Event) -> Reply:
        settings, choices = self._settings, tuple(request.row["choices"])
        body = body_of(settings.model, payload, request.text, request.generation, offer, bool(choices), settings.fields)
        with self.source.watch.background("request"):
            completion = read_completion(self._client.post(body, stop))
        with self._lock:
            for name in _COUNTED:
                self._tokens[name] += getattr(completion, name)
        likely = choice_logprobs(completion.tokens, choices)
        return Reply(completion.text, likely, completion.finish_reason, completion.reasoning_content)

    def _without_reply(self, request: Request, error: Exception) -> RequestReply | Failure:
        """Return what becomes of a request after an error; one of the server itself is raised."""
        video_id, window = request.row["video_id"], request.row["window"]
        if isinstance(error, Filtered):
            return RequestReply(request, refused_reply(error.reason))
        if isinstance(error, Withheld):
            return RequestReply(request, refused_reply(self._client.shown(str(error))))
        of_server = isinstance(error, Away) or (isinstance(error, Refused) and error.status in _ABOUT_SERVER)
        if of_server and not self._client.serves(self._taken):
            raise error
        if isinstance(error, Refused):
            return Failure(video_id, error.reason, window, cause=f"HTTP {error.status}")
        if isinstance(error, Nonsense):
            return Failure(video_id, self._client.shown(str(error)), window, cause="nonsense")
        if isinstance(error, Away | Unanswered):
            reason = f"the server fails on it again and again: {error.reason}"
            return Failure(video_id, reason, window, cause="unanswered")
        return failure_of(error, video_id, window)


def _warn(message: str) -> None:
    say(stderr(), message, "yellow")
