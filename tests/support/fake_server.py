"""A small HTTP server that behaves, or misbehaves, as a test wants, and keeps what it received."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "tiny/model"


@dataclass
class ChatRequest:
    """A chat request."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    began: float
    ended: float = 0.0

    @property
    def content(self) -> list[dict[str, Any]]:
        content: list[dict[str, Any]] = self.body["messages"][0]["content"]
        return content

    @property
    def text(self) -> str:
        return str(self.content[-1]["text"])

    @property
    def frames(self) -> str:
        """What was shown, as one string."""
        return json.dumps(self.content[:-1])

    @property
    def is_trial(self) -> bool:
        return "This is a trial" in self.text


@dataclass
class Response:
    """What is sent back; a dropped one is nothing at all, a dripping one comes byte by byte, this far apart."""

    body: object = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False
    drip_s: float = 0.0


def completion(text: str | None, logprobs: object = None, **message: object) -> Response:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text, **message}}
    usage = {"prompt_tokens": 100, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 60}}
    return Response({"choices": [choice | ({"logprobs": logprobs} if logprobs else {})], "usage": usage})


def hashed(request: ChatRequest) -> Response:
    """A reply that hangs on frames and question."""
    return completion(answer_to(request))


def answer_to(request: ChatRequest) -> str:
    return hashlib.md5((request.frames + request.text).encode()).hexdigest()


class Fake:
    """The server; use it as a context."""

    def __init__(self, port: int = 0) -> None:
        self.reply: Callable[[ChatRequest], Response] = hashed
        self.models: Response = Response({"data": [{"id": MODEL, "root": "/weights", "owned_by": "fake"}]})
        self.before_models: list[Response] = []
        self.received: list[ChatRequest] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # one packet for head and body: two would wait for each other for 40 ms

            def do_GET(self) -> None:
                self.send(fake.before_models.pop() if fake.before_models else fake.models)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send(fake.take(ChatRequest(body, dict(self.headers), time.monotonic())))

            def send(self, response: Response) -> None:
                if response.dropped:
                    self.close_connection = True
                    return
                text = response.body if isinstance(response.body, str | bytes) else json.dumps(response.body)
                data = text if isinstance(text, bytes) else text.encode()
                self.send_response(response.status)
                for name, value in {**response.headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if response.drip_s:
                    self.drip(data, response.drip_s)
                else:
                    self.wfile.write(data)

            def drip(self, data: bytes, every_s: float) -> None:
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(every_s)

            def log_message(self, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"

    def take(self, request: ChatRequest) -> Response:
        with self._lock:
            self.received.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return self.reply(request)
        finally:
            request.ended = time.monotonic()
            with self._lock:
                self._at_once -= 1

    @property
    def questions(self) -> list[ChatRequest]:
        """The requests received, without trials."""
        return [request for request in self.received if not request.is_trial]

    def __enter__(self) -> Fake:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
