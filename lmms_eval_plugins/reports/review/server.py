"""The review's server: for pages of its own address only, behind a random token, on this machine only."""

from __future__ import annotations

import errno
import html
import mimetypes
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import uvicorn
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lmms_eval_plugins.core.errors import UserError, describe_validation, error_line
from lmms_eval_plugins.reports import page
from lmms_eval_plugins.reports.review.data import DrawnSegment, SaveClip, SaveDone, SaveRefused, SaveVideo
from lmms_eval_plugins.reports.review.desk import Desk
from lmms_eval_plugins.reports.review.storage import SaveConflict

HOST = "127.0.0.1"

_BUNDLE = Path(page.__file__).parent / "bundle"
_ASSETS = {"app.js": "text/javascript", "app.css": "text/css"}

_MOST_BYTES = 8_000_000
"""No save is longer: a hundred thousand segments."""

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_STRANGER = "This address is not that of a review in progress: open the one that `strokerehab review` printed."

BodyModel = TypeVar("BodyModel", bound=BaseModel)


def new_token() -> str:
    """Return a random token for an address, which nobody guesses."""
    return secrets.token_urlsafe(24)


def bound_socket(port: int) -> socket.socket:
    """Return a socket that listens on this machine's own address.

    Args:
        port: its port; 0 for any that is free.

    Raises:
        UserError: the port is in use, or may not be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise UserError(f"port {port} {why}; end what uses it, or give another with --port") from None
    return listener


def serve_review(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until a signal ends it."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",  # what goes wrong is said on the page
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listener])


def make_app(desk: Desk, token: str, port: int) -> ASGIApp:
    """Return the server of a desk; its page lies at ``/<token>/``.

    Args:
        desk: what is reviewed.
        token: the secret part of the address.
        port: of the address.
    """
    api = _Api(desk)
    below = [
        Route("/", api.page),
        Route("/{name:str}", _asset),
        Route("/api/session", api.session),
        Route("/api/videos/{place:int}", api.video),
        Route("/api/videos/{place:int}", api.save_video, methods=["PUT"]),
        Route("/api/clips/{place:int}", api.clip),
        Route("/api/clips/{place:int}", api.save_clip, methods=["PUT"]),
        Route("/media/{kind:str}/{place:int}", api.media),
    ]
    app = Starlette(
        routes=[Mount(f"/{token}", routes=below)],
        exception_handlers={
            HTTPException: _refuse_http,
            SaveConflict: _refuse_conflict,
            UserError: _refuse_input,
            OSError: _refuse_disk,
            Exception: _refuse_bug,
        },
    )
    app.router.redirect_slashes = False
    return _Guard(app, token, port)


class _Guard:
    """Answers pages of its own address only, and adds the headers of every response."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{HOST}:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers")
                assert isinstance(headers, list)
                own = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*headers, *own]}
            await send(message)

        request = Request(scope)
        app = self._app if self._is_own(request) else _refusal(403, _STRANGER, as_text=True)
        await app(scope, receive, with_headers)  # type: ignore[arg-type]

    def _is_own(self, request: Request) -> bool:
        """Return whether a request comes from this page, or from the address bar, and knows the token."""
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "same-origin")
        given = request.url.path.split("/")[1]
        return (
            host in self._hosts
            and (origin is None or origin == f"http://{host}")
            and (origin is not None or request.method in ("GET", "HEAD"))
            and (site == "same-origin" or (site == "none" and request.method == "GET"))
            and secrets.compare_digest(given.encode(), self._token.encode())
        )


class _Api:
    """The desk's methods as endpoints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def page(self, request: Request) -> Response:
        title = html.escape(f"Review of {self._desk.dataset}")
        return HTMLResponse(
            f'<!doctype html>\n<html lang="en" data-mode="review">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<title>{title}</title>\n<link rel="icon" href="data:,">\n'
            '<link rel="stylesheet" href="app.css">\n<script src="app.js" defer></script>\n</head>\n<body>\n'
            '<div id="app"></div>\n<noscript>This page needs JavaScript.</noscript>\n</body>\n</html>\n'
        )

    def session(self, request: Request) -> Response:
        return _json(self._desk.session())

    def video(self, request: Request) -> Response:
        return _json(self._desk.video(_place(request, self._desk.videos, "video")))

    async def save_video(self, request: Request) -> Response:
        place = _place(request, self._desk.videos, "video")
        given = await _body(request, SaveVideo, DrawnSegment)
        return _json(SaveDone(revision=await run_in_threadpool(self._desk.save_video, place, given)))

    def clip(self, request: Request) -> Response:
        return _json(self._desk.clip(_place(request, self._desk.clips, "clip")))

    async def save_clip(self, request: Request) -> Response:
        place = _place(request, self._desk.clips, "clip")
        given = await _body(request, SaveClip)
        return _json(SaveDone(revision=await run_in_threadpool(self._desk.save_clip, place, given)))

    def media(self, request: Request) -> Response:
        """Return a video of the dataset, or the part of it that is asked for."""
        kind = request.path_params["kind"]
        if kind == "videos":
            path = self._desk.videos[_place(request, self._desk.videos, "video")].path
        elif kind == "clips":
            path = self._desk.clips[_place(request, self._desk.clips, "clip")].path
        else:
            raise HTTPException(404, "there is no such page")
        if not path.is_file():
            raise HTTPException(404, f"{path.name}: is not where the manifest says; put it back, or index again")
        return FileResponse(path, media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream")


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        raise HTTPException(404, "there is no such page")
    return FileResponse(_BUNDLE / name, media_type=_ASSETS[name])


def _place(request: Request, among: Sequence[object], what: str) -> int:
    place: int = request.path_params["place"]
    if place >= len(among):
        raise HTTPException(404, f"there is no {what} number {place} in this review")
    return place


async def _body(request: Request, model: type[BodyModel], *parts: type[BaseModel]) -> BodyModel:
    """Return the body of a request.

    Raises:
        HTTPException: it is not what is understood.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(400, "what is saved comes as application/json")
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MOST_BYTES:
        raise HTTPException(400, f"what is saved has at most {_MOST_BYTES:,} bytes and says how many")
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(400, describe_validation(error, model, *parts)) from None


def _json(value: BaseModel) -> Response:
    return Response(value.model_dump_json(), media_type="application/json")


def _refusal(status: int, message: str, revision: str | None = None, *, as_text: bool = False) -> Response:
    if as_text:
        return PlainTextResponse(message + "\n", status)
    return Response(SaveRefused(message=message, revision=revision).model_dump_json(), status, None, "application/json")


async def _refuse_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _refusal(error.status_code, error.detail)


async def _refuse_conflict(request: Request, error: Exception) -> Response:
    assert isinstance(error, SaveConflict)
    return _refusal(409, str(error), error.revision)


async def _refuse_input(request: Request, error: Exception) -> Response:
    return _refusal(400, str(error))


async def _refuse_disk(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    where = f"{Path(error.filename).name}: " if isinstance(error.filename, str) else ""
    return _refusal(507, f"{where}not saved: {error.strerror or error}; make room, and it is tried again")


async def _refuse_bug(request: Request, error: Exception) -> Response:
    return _refusal(500, error_line(error))
