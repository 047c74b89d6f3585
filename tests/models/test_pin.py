from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lmms_eval_plugins.models.pin import with_revision

COMMIT = "c" * 40
CARD = "about: x  # a note\nwrapper: constant\ncheckpoint: org/{name}  # a note\nargs: {{batch_size: 2}}\n"


class Hub(BaseHTTPRequestHandler):
    """Answers like the hub's API: one checkpoint, one gated, nothing else."""

    def do_GET(self) -> None:
        known = {"/api/models/org/here": (200, {"id": "org/here", "sha": COMMIT, "siblings": []})}
        status, body = known.get(self.path.partition("?")[0], (404, {"error": "Repository not found"}))
        self.send_response(status)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def pin(folder: Path, names: list[str], endpoint: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lmms_eval_plugins.cli", "models", *names, "--pin", "--models", str(folder)]
    environment = {"PATH": "", "HOME": str(folder), "HF_ENDPOINT": endpoint}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_commit_is_written_and_the_rest_stays(tmp_path: Path, hub: str) -> None:
    for name in ("here", "gone"):
        (tmp_path / f"{name}.yaml").write_text(CARD.format(name=name))
    (tmp_path / "child.yaml").write_text("base: here\nabout: builds on it\n")
    done = pin(tmp_path, ["here", "gone", "child"], hub)
    assert done.returncode == 3, done.stderr
    assert done.stdout == f"{tmp_path / 'here.yaml'}: {COMMIT} (before: none)\n"
    assert done.stderr == "problem: gone: the hub has no org/gone, or does not show it (`hf auth login`?)\n"
    expected = CARD.format(name="here").replace("args:", f"revision: {COMMIT}\nargs:")
    assert (tmp_path / "here.yaml").read_text() == expected
    assert (tmp_path / "gone.yaml").read_text() == CARD.format(name="gone")
    assert "as before" in pin(tmp_path, ["here"], hub).stdout


def test_no_hub(tmp_path: Path) -> None:
    (tmp_path / "here.yaml").write_text(CARD.format(name="here"))
    done = pin(tmp_path, ["here"], "http://127.0.0.1:9")
    assert done.returncode == 2 and done.stderr.startswith("error: the hub is not reachable (")
    assert (tmp_path / "here.yaml").read_text() == CARD.format(name="here")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("checkpoint: a/b\nx: 1\n", "checkpoint: a/b\nrevision: new\nx: 1\n"),
        ("revision: old  # why\ncheckpoint: a/b\n", "revision: new  # why\ncheckpoint: a/b\n"),
        ("checkpoint: a/b\nrevision: old\n", "checkpoint: a/b\nrevision: new\n"),
    ],
)
def test_where_the_commit_goes(text: str, expected: str) -> None:
    assert with_revision(text, "new") == expected
