"""vLLM, offline and in an environment of its own, as a contestant that answers when it is its turn."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch
from typing_extensions import Self

from benchmarks.loops import MAX_NEW_TOKENS, AskedWindow, asked_about_video
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint

_START = "import sys; sys.path.append(sys.argv[1]); from benchmarks.vllm_side import main; main()"
_ROOT = Path(__file__).parents[1]
_END_S = 30.0


class VllmOffline:
    """vLLM's own `generate` about windows whose frames lie in its memory: it decodes no video.

    Prefixes are cached in blocks of 32 tokens, each window has one name, its questions follow each other; the logits of
    YES and NO are asked for at the first token.

    Args:
        python: the interpreter of an environment with vLLM.
        pretrained: the checkpoint's folder.
        loaded: the same, for the chat template.
        windows: what it is asked.
        eager: whether nothing is compiled.

    Attributes:
        described: its versions, threads and libraries.
        shared: the share of prompts' tokens that the last run took from the cache.

    Raises:
        UserError: it does not start.
    """

    def __init__(
        self, python: Path, pretrained: Path, loaded: LoadedCheckpoint, windows: Sequence[AskedWindow], eager: bool
    ) -> None:
        self.shared = 0.0
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        for place, window in enumerate(windows):
            np.save(folder / f"{place}.npy", window.frames)
        prompts = [[asked_about_video(loaded, text) for text in window.texts] for window in windows]
        spell = loaded.processor.tokenizer
        settings = {
            "pretrained": str(pretrained),
            "dtype": str(loaded.dtype).removeprefix("torch."),
            "eager": eager,
            "threads": torch.get_num_threads(),
            "max_new_tokens": MAX_NEW_TOKENS,
            "choices": [spell(word, add_special_tokens=False)["input_ids"][0] for word in ("YES", "NO")],
            "windows": str(folder),
            "asked": [{"fps": one.fps, "prompts": of} for one, of in zip(windows, prompts, strict=True)],
        }
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment["PATH"] = f"{python.parent}{os.pathsep}{environment.get('PATH', '')}"
        self._log = folder / "log"
        with self._log.open("wb") as log:
            command = [str(python), "-P", "-c", _START, str(_ROOT)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment
            )
        self.described = str(self._ask(settings)["described"])

    def __call__(self) -> list[str]:
        """Answer all questions."""
        made = self._ask({})
        self.shared = made["cached"] / made["tokens"]
        return [str(text) for text in made["texts"]]

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            self._process.wait(_END_S)
            said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise UserError(f"vLLM ended: {said[-1] if said else 'it said nothing'}")
        made: dict[str, Any] = json.loads(line)
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the process: it goes when its pipe is closed, or is killed."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._folder.cleanup()
