"""Any OpenAI-compatible server as a model on the engine."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.models.engine.windowed import FramesModel, Shown, WindowInputs
from lmms_eval_plugins.models.recording import Request, RequestReply, digest
from lmms_eval_plugins.models.server.client import Client, Refused, Unanswered
from lmms_eval_plugins.models.server.completion import Completion, Nonsense, read_completion
from lmms_eval_plugins.models.server.frames import WindowPayload, clip_of
from lmms_eval_plugins.models.server.lanes import run_in_lanes
from lmms_eval_plugins.models.server.likely import choice_logprobs
from lmms_eval_plugins.models.server.request import Offer, body_of
from lmms_eval_plugins.models.server.served import Served, not_served, read_models
from lmms_eval_plugins.models.server.settings import ServerSettings, read_key
from lmms_eval_plugins.models.server.trial import offer_of
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.video.decode import Frames


class ServerModel(FramesModel):
    """A model behind an OpenAI-compatible server.

    Some windows are asked about at once, in order. The questions of a window follow each other, each when the one
    before is answered: then a server's prefix cache has the frames.

    Args:
        base_url: see `ServerSettings`, as the other arguments.
        batch_size: taken because lmms-eval's own command line gives it; `concurrency` is what counts here.
        answers: see `RecordingModel`.

    Raises:
        UserError: an argument is not valid, no server is there, or it wants another key.
    """

    def __init__(
        self,
        base_url: str | None = None,
        model: str | None = None,
        api_key_env: str | None = None,
        frames_as: str | None = None,
        image_format: str | None = None,
        quality: int | None = None,
        max_pixels: int | None = None,
        declared_fps: float | None = None,
        top_logprobs: int | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        request: Mapping[str, Any] | None = None,
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        device: str | None = None,
        answers: str | Path | None = None,
    ) -> None:
        super().__init__(answers)
        self._settings = _settings(
            base_url=base_url,
            model=str(model) if model is not None else None,
            api_key_env=api_key_env,
            frames_as=frames_as,
            image_format=image_format,
            quality=quality,
            max_pixels=max_pixels,
            declared_fps=declared_fps,
            top_logprobs=top_logprobs,
            concurrency=concurrency,
            timeout=timeout,
            patience=patience,
            request=request,
        )
        self._client = Client(self._settings, read_key(self._settings.api_key_env), _say)
        self._listed = read_models(self._client.look("/models"))
        name = self._settings.model
        served = next((one for one in self._listed if one.id == name), Served(name))
        self._fingerprint = digest("server", served.identity(), self._settings.changing_answers())
        self.device_name = f"{self._settings.base_url} ({served.owned_by or 'model not in its list'})"
        self._offer: Offer | None = None
        self._tokens: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """Hash of the model's name, root and owner in the server's list, and of the settings that change answers.

        Where the server is does not count, nor how busy it is kept: a model that moves to another machine is the same.
        """
        return self._fingerprint

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Make pictures or a video of the frames."""
        clip = clip_of(frames, fps, self._settings)
        return WindowInputs((), clip, clip.n_bytes)

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Answer all requests; see `RecordingModel.generate_until`."""
        self._tokens.clear()
        self._client.n_retries = 0
        return super().generate_until(requests)

    def speed(self) -> dict[str, Any]:
        """See `FramesModel.speed`; ``request`` in ``phase_seconds`` adds up what was under way at once.

        ``retries`` counts requests that were sent again; tokens are as the server counts them, cached ones are among
        the prompt's, and 0 where it does not say; ``top_logprobs`` is 0 where it gives no log-probabilities.
        """
        return {
            **super().speed(),
            "concurrency": self._settings.concurrency,
            "retries": self._client.n_retries,
            **{name: self._tokens[name] for name in ("prompt_tokens", "cached_tokens", "completion_tokens")},
            "top_logprobs": self._offer.top_logprobs if self._offer else None,
        }

    def reply(self, asks: Sequence[Request]) -> Iterator[list[RequestReply]]:
        """Ask about windows side by side, and hand out every answer when it comes.

        A question on which the server fails again and again is left unanswered, and its video named.

        Raises:
            UserError: the server refuses, answers nonsense, or stays away for longer than it is waited for.
        """
        if self._offer is None:
            self._offer = self._tried(asks)
        for reply in run_in_lanes(self.shown(asks), partial(self._answers, self._offer), self._settings.concurrency):
            yield [reply]

    def _tried(self, asks: Sequence[Request]) -> Offer:
        n_frames = max(len(ask.row["frames"]) for ask in asks)
        never = threading.Event()
        try:
            return offer_of(
                lambda body: self._completion(body, never, at_first=True), self._settings, n_frames, asks[0].generation
            )
        except Refused as error:
            raise Refused(f"{error}{not_served(self._settings.model, self._listed)}", error.status) from error

    def _answers(self, offer: Offer, shown: Shown, stop: threading.Event) -> Iterator[RequestReply]:
        clip: WindowPayload = shown.prepared.inputs
        for ask in shown.asks:
            choices = tuple(ask.row["choices"])
            body = body_of(
                self._settings.model, clip, ask.text, ask.generation, offer, bool(choices), self._settings.request
            )
            try:
                with self.watch.background("request"):
                    made = self._completion(body, stop)
            except Unanswered as error:
                with self._lock:
                    self._failed(ask.row["video_id"], error)
                continue
            with self._lock:
                for name in ("prompt_tokens", "cached_tokens", "completion_tokens"):
                    self._tokens[name] += getattr(made, name)
            yield RequestReply(ask, Reply(made.text, choice_logprobs(made.tokens, choices)))

    def _completion(self, body: Mapping[str, Any], stop: threading.Event, at_first: bool = False) -> Completion:
        try:
            return read_completion(self._client.ask(body, stop, at_first=at_first))
        except Nonsense as error:
            said = self._client.shown(str(error))
            raise UserError(
                f"{self._settings.base_url}: answers, but not as an OpenAI-compatible server does: {said};"
                " what was answered is kept"
            ) from error


def _settings(**given: Any) -> ServerSettings:
    try:
        return ServerSettings.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise UserError(f"--model_args: {describe_validation(error, ServerSettings)}") from error


def _say(message: str) -> None:
    Console(stderr=True).print(message, style="yellow", markup=False, highlight=False)
