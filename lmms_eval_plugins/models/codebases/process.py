"""Our end of the pipe: starts the process of a code base, talks to it, and reports clearly how it came to its end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import lmms_eval_plugins
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.codebases.wire import Message, NotAMessage, receive, send

# Of all that lies beside this package only the package itself must be importable there: in a wheel, its neighbours are
# another Python's torch and numpy.
_START = """
import importlib.machinery, importlib.util, sys
spec = importlib.machinery.PathFinder.find_spec("lmms_eval_plugins", [sys.argv[1]])
package = sys.modules["lmms_eval_plugins"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from lmms_eval_plugins.models.codebases.worker import serve_codebase
serve_codebase()
"""
# Ends the process and all that it started as soon as nobody holds the other end of its standard input: also where this
# process was killed and could end nothing any more.
_GUARD = ("/bin/sh", "-c", 'cat >/dev/null; kill -s KILL -- "-$1" 2>/dev/null', "guard")
_ERROR = re.compile(r"\b[A-Z]\w*(Error|Exception)\b: .+")
_FOLLOWS = re.compile(r"root cause|EngineDead", re.IGNORECASE)
"""An error that says that there was another one."""

_GRACE_S = 10.0
_LAST_LINES = 3


class Worker:
    """A running process of a code base; it ends with `stop`, with this object, or when this process ends, however.

    So do the processes that it has started.

    Args:
        python: the interpreter of the code base's environment.
        name: the environment's, for messages.

    Raises:
        UserError: the interpreter cannot be started.
    """

    def __init__(self, python: Path, name: str) -> None:
        self._name = name
        self._output: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        place = str(Path(lmms_eval_plugins.__file__).resolve().parent.parent)
        try:
            self._process = subprocess.Popen(
                [str(python), "-I", "-c", _START, place],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._output,
                env=os.environ | {"TOKENIZERS_PARALLELISM": "false"},
                start_new_session=True,
            )
            guard = subprocess.Popen(
                [*_GUARD, str(self._process.pid)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(f"{python}: cannot be started ({error.strerror}); make it anew: {self._remake}") from error
        self.stop = weakref.finalize(self, _stop, self._process, guard)

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def request(self, message: Message) -> Message:
        """Send a message and wait for the reply.

        Raises:
            UserError: the process has ended, or what comes is no message; with its last words.
        """
        assert self._process.stdin and self._process.stdout
        reply, wrong, patience_s = None, "nothing, and lives on", _GRACE_S
        with suppress(OSError):  # nobody reads there any more
            try:
                send(self._process.stdin, message)  # type: ignore[arg-type]
                reply = receive(self._process.stdout)  # type: ignore[arg-type]
            except (NotAMessage, ValueError) as error:
                wrong, patience_s = str(error), 1.0
        if reply is not None:
            return reply
        raise UserError(self._obituary(wrong, patience_s))

    def _obituary(self, wrong: str, patience_s: float) -> str:
        try:
            code = self._process.wait(patience_s)
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit status {code}"
            hint = "; was there too little memory?" if code == -9 else ""
        except subprocess.TimeoutExpired:
            self.stop()
            how, hint = f"sent what is no message ({wrong})", ""
        return (
            f"the process of {self._name} {how}{hint}; its last words: {self._last_words()}; what was answered is kept"
        )

    def last_error(self) -> str | None:
        """Return the last error that it wrote down and that is the cause of others; None where there is none."""
        found = [match[0] for line in self._said() if (match := _ERROR.search(line)) and not _FOLLOWS.search(line)]
        return found[-1][:500] if found else None

    def _last_words(self) -> str:
        return " | ".join(self._said()[-_LAST_LINES:]) or "nothing"

    def _said(self) -> list[str]:
        self._output.seek(0, os.SEEK_END)
        self._output.seek(max(0, self._output.tell() - 65536))
        return [line.strip() for line in self._output.read().decode(errors="replace").splitlines() if line.strip()]

    @property
    def _remake(self) -> str:
        return f"bash setup_envs.sh {self._name}"


def _stop(process: subprocess.Popen[bytes], guard: subprocess.Popen[bytes]) -> None:
    """Close the pipe, which ends the process, and see to it that it does, with all that it has started."""
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(OSError):  # what could not be written any more
                stream.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    guard.kill()
    guard.communicate()
