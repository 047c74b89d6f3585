"""A connection to a server: what is tried again, for how long, and which error comes in the end."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

import httpx
from pydantic import SecretStr

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import redacted
from lmms_eval_plugins.models.server.bodies import begins_as_json, decoded_body
from lmms_eval_plugins.models.server.faults import error_in
from lmms_eval_plugins.models.server.settings import ServerSettings

_FIRST_S, _LONGEST_S = 1.0, 30.0


def backoff_s(attempt: int, chance: float) -> float:
    """Return the seconds to wait after a failed attempt: twice as many each time, up to half a minute.

    Args:
        attempt: how many have failed before, from 0.
        chance: a random number from 0 to 1, so that requests that failed together are not sent together again.
    """
    return float(min(_LONGEST_S, _FIRST_S * 2.0 ** min(attempt, 16)) * (0.5 + chance / 2))


def retry_after_s(retry_after: str | None, now: float | None = None) -> float | None:
    """Return the seconds that a ``Retry-After`` header wants, be it as a date; None where it cannot be read.

    Args:
        retry_after: the header.
        now: seconds since 1970; None is now.
    """
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - (time.time() if now is None else now)
        except ValueError:
            return None
    return max(0.0, seconds) if seconds < float("inf") else None


_CONNECT_S = 10.0
_TRY_AGAIN = (408, 425, 429)
"""Statuses below 500 that pass by themselves."""

_NOT_YET = (408, 425, 429, 502, 503, 504)
"""Statuses of a server that is starting, or has too much to do."""

_NO_RESPONSE = 0
"""In place of a status."""

_NEVER_AGAIN = ("insufficient_quota", "billing_hard_limit_reached")
"""Codes that come with one of these statuses and do not pass."""

_WARN_EVERY_S = 60.0

_MUCH = 200
"""Characters of a server's own message that are shown."""


_MOST_BYTES = 64 << 20
"""Of a response: a longer one is no reply."""

_BROKEN_TRIES = 3
"""So often a request is sent whose answer breaks off in the middle; it may be the connection."""


class Refused(UserError):
    """The server does not want the request, and never will.

    Attributes:
        status: of the response; 0 where there was none.
        reason: the message without the address.
    """

    def __init__(self, message: str, status: int, reason: str = "") -> None:
        super().__init__(message)
        self.status, self.reason = status, reason or message


class Filtered(Refused):
    """A filter of the service refuses what is in the request, and will again."""


class Away(UserError):
    """The server was waited for, and did not come back.

    Attributes:
        reason: what it did last.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unanswered(Exception):
    """The server answers others, but fails on this request again and again.

    Attributes:
        reason: how it failed last.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ClientStopped(Exception):
    """Nobody waits for the answer any more."""


class _Later(Exception):
    """It may go better later.

    Attributes:
        status: of the response; 0 where there was none.
        wait_s: after so many seconds, as the server says.
        most: times that it is tried at most; None: as long as the patience lasts.
    """

    def __init__(
        self, what: str, status: int = _NO_RESPONSE, wait_s: float | None = None, most: int | None = None
    ) -> None:
        super().__init__(what)
        self.status, self.wait_s, self.most = status, wait_s, most


class Client:
    """A connection to a server, for several threads.

    Args:
        settings: where it is, and how long it is waited for.
        key: sent along where there is one.
        warn: called now and then with a message that the server cannot answer.

    Attributes:
        n_retries: requests that were sent again.
    """

    def __init__(self, settings: ServerSettings, key: SecretStr | None, warn: Callable[[str], None]) -> None:
        self._settings, self._key, self._warn = settings, key, warn
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        self._http = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(settings.timeout, connect=min(_CONNECT_S, settings.timeout)),
            limits=httpx.Limits(max_connections=settings.concurrency),
        )
        self.n_retries = 0
        self._lock = threading.Lock()
        self._not_before = self._last_answer = self._warned = float("-inf")

    def look(self, path: str) -> object:
        """Return the decoded JSON at a path; None where there is nothing. A server that is starting is waited for.

        Raises:
            UserError: the server is not there, wants another key, or is no such server.
        """
        try:
            return self._persist("GET", path, None, threading.Event(), lambda status: status in _NOT_YET)
        except Refused as error:
            if error.status == _NO_RESPONSE:
                raise UserError(
                    f"{self._settings.base_url}: no server answers there ({error.__cause__});"
                    " start it, or mend base_url"
                ) from error
            if error.status in (200, 401, 403):
                raise
            return None

    def post(self, body: Mapping[str, object], stop: threading.Event, *, at_first: bool = False) -> object:
        """Send a chat request and return the decoded JSON of the response; what may pass is waited for.

        Args:
            body: of the request.
            stop: ends the waiting.
            at_first: nothing was ever answered: a server that breaks on the request is not expected to recover.

        Raises:
            Refused: the server never will, or is no such server; where a filter of the service does, `Filtered`.
            Away: it did not answer anybody for as long as it was waited for.
            Unanswered: it answers others in that time.
            ClientStopped: `stop` was set.
        """

        def passes(status: int) -> bool:
            return not at_first or status in (_NO_RESPONSE, 200, *_NOT_YET)

        return self._persist("POST", "/chat/completions", body, stop, passes)

    def serves(self, body: Mapping[str, object]) -> bool:
        """Return whether the server answers a request, which it answered before, at the first try."""
        try:
            value = self._send("POST", "/chat/completions", body)
        except (Refused, _Later):
            return False
        with self._lock:
            self._last_answer = time.monotonic()
        return error_in(value) is None

    def _persist(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        stop: threading.Event,
        passes: Callable[[int], bool],
    ) -> object:
        began, attempt = None, 0
        while True:
            if stop.wait(max(0.0, self._not_before - time.monotonic())):
                raise ClientStopped
            try:
                value = self._send(method, path, body)
            except _Later as problem:
                if not passes(problem.status) or attempt + 1 == problem.most:
                    where = f"{self._settings.base_url}{path}"
                    raise Refused(f"{where}: {problem}", problem.status, str(problem)) from problem
                began = time.monotonic() if began is None else began
                self._wait(problem, began, attempt, stop)
                attempt += 1
            else:
                with self._lock:
                    self._last_answer = time.monotonic()
                return value

    def _wait(self, problem: _Later, began: float, attempt: int, stop: threading.Event) -> None:
        patience, now = self._settings.patience, time.monotonic()
        # Among many, one may have bad luck for long; a server that lets others in is not away.
        since = max(began, self._last_answer) if problem.status == 429 else began
        left = since + patience - now
        wait = min(backoff_s(attempt, random.random()), left) if problem.wait_s is None else problem.wait_s
        if left <= 0 or wait > left:
            if self._last_answer > began:
                raise Unanswered(str(problem)) from problem
            raise Away(
                f"{self._settings.base_url}: {problem}, for {now - began:.0f} s"
                f"{f', and asks to wait {wait:.0f} s' if wait > left > 0 else ''}; what was answered is kept,"
                " the same command goes on from there (patience=SECONDS waits longer)",
                str(problem),
            ) from problem
        with self._lock:
            self.n_retries += 1
            if warn := now > self._warned + _WARN_EVERY_S:
                self._warned = now
            if problem.wait_s is not None:
                self._not_before = max(self._not_before, now + wait)
        if warn:
            self._warn(f"{self._settings.base_url}: {problem}; trying again for {patience:.0f} s")
        if stop.wait(wait):
            raise ClientStopped

    def _send(self, method: str, path: str, body: Mapping[str, object] | None) -> object:
        url = self._settings.base_url + path
        status, headers, content = self._received(method, url, body)
        value = decoded_body(content, headers.get("content-type", "").partition("charset=")[2].strip(" \"'") or None)
        error = error_in(value)
        if status == 200 and error and error.status:  # as routers to other servers hand on their errors
            status = error.status
        if status == 200 and value is not None:
            return value
        text = error.message if error else content[: 4 * _MUCH].decode(errors="replace")
        what = f"HTTP {status}" + (f": {self.shown(text)}" if text.strip() else "")
        if error and status != 200 and error.refuses(status):
            raise Filtered(f"{url}: {what}", status, what)
        never_again = error is not None and not set(_NEVER_AGAIN).isdisjoint(error.codes)
        if (status in _TRY_AGAIN or status >= 500) and not never_again:
            raise _Later(what, status, retry_after_s(headers.get("Retry-After")))
        if 300 <= status < 400:
            where = self.shown(headers.get("Location", "")) or "elsewhere"
            reason = f"HTTP {status}: it redirects to {where}; frames are sent to base_url only: is it right?"
            raise Refused(f"{url}: {reason}", status, reason)
        if status == 200:
            if begins_as_json(content):
                raise _Later(f"its answer breaks off: {self.shown(text)}", status, most=_BROKEN_TRIES)
            reason = f"no JSON: {self.shown(text)}"
            raise Refused(
                f"{url}: answers, but not as an OpenAI-compatible server does ({reason}); is base_url right?",
                status,
                f"its reply is {reason}",
            )
        reason = f"{what}{self._advice(status)}"
        raise Refused(f"{url}: {reason}", status, reason)

    def _received(
        self, method: str, url: str, body: Mapping[str, object] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request and return status, headers and body of the response, which has the timeout for all of it."""
        latest = time.monotonic() + self._settings.timeout
        content = bytearray()
        try:
            with self._http.stream(method, url, json=body) as response:
                for part in response.iter_bytes():
                    content += part
                    if len(content) > _MOST_BYTES:
                        reason = f"its answer is longer than {_MOST_BYTES >> 20} MiB"
                        raise Refused(f"{url}: {reason}", response.status_code, reason)
                    if time.monotonic() > latest:
                        raise _Later("gives no answer in time")
                return response.status_code, response.headers, bytes(content)
        except httpx.TimeoutException as error:
            raise _Later("gives no answer in time") from error
        except httpx.DecodingError as error:
            raise _Later("sends what cannot be decompressed", most=_BROKEN_TRIES) from error
        except httpx.HTTPError as error:
            raise _Later(f"cannot be reached: {self.shown(str(error)) or type(error).__name__}") from error

    def _advice(self, status: int) -> str:
        variable = self._settings.api_key_env
        if status in (401, 403):
            if self._key:
                return f"; the key in {variable} is not accepted"
            return f"; set {variable} to the server's key, or name another variable with api_key_env"
        if status == 404 and not self._settings.base_url.endswith("/v1"):
            return "; the address of most servers ends in /v1"
        if status == 413:
            return "; make requests smaller: max_pixels, image_format=jpeg"
        return ""

    def shown(self, text: str) -> str:
        """Put somebody else's words on one line, cut short and without secrets."""
        line = redacted(" ".join(text.split()))
        return line if len(line) <= _MUCH else line[:_MUCH] + "…"
