"""A stand-in for vLLM: its offline engine's calls, with tokens that hang on frames and prompt, and its faults."""

import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace

import torch
from transformers import AutoTokenizer

VOCABULARY = 300
"""Tokens that a reply is made of."""


class EngineDeadError(Exception):
    pass


class SamplingParams:
    def __init__(self, **settings):
        self.__dict__.update(settings)


class LLM:
    def __init__(self, model, **settings):
        how = os.environ.get("STAND_IN_LOAD")
        if how == "root cause":
            print("(EngineCore) ValueError: Model architectures ['None'] are not supported for now.", file=sys.stderr)
            raise RuntimeError("Engine core initialization failed. See root cause above.")
        if place := os.environ.get("STAND_IN_CHILD"):
            child = subprocess.Popen(["sleep", "600"])
            Path(place).write_text(f"{os.getpid()} {child.pid}")
        assert settings["enable_prefix_caching"] and settings["block_size"] % 16 == 0
        self.llm_engine = Engine(model, settings["limit_mm_per_prompt"])

    def get_tokenizer(self):
        return self.llm_engine.tokenizer


class Engine:
    def __init__(self, model, most):
        self._most = most
        context = int(os.environ.get("STAND_IN_CONTEXT", "500"))
        self.model_config = SimpleNamespace(max_model_len=context)
        self.tokenizer = AutoTokenizer.from_pretrained(model)
        self._running, self._seen = {}, set()

    def add_request(self, name, prompt, sampling):
        tokens = prompt["prompt_token_ids"]
        if len(tokens) > self.model_config.max_model_len:
            raise ValueError(f"The decoder prompt (length {len(tokens)}) is longer than the maximum model length of 9.")
        ((kind, shown),) = prompt["multi_modal_data"].items()
        uuid, *others = prompt["multi_modal_uuids"][kind]
        if len(shown) > self._most[kind]:
            raise ValueError(f"At most {self._most[kind]} {kind}(s) may be provided in one prompt.")
        assert len({uuid, *others}) == len(shown)
        if kind == "video":
            ((frames, metadata),) = shown
            assert not metadata["do_sample_frames"] and frames.shape[1] == 3
            seed = zlib.crc32(frames.numpy().tobytes()) + zlib.crc32(str(metadata["fps"]).encode())
        else:
            assert "mm_processor_kwargs" not in prompt
            seed = zlib.crc32(b"".join(picture.tobytes() for picture in shown))
        self._running[name] = SimpleNamespace(
            tokens=tokens, seed=seed, sampling=sampling, reply=[], logprobs=[], cached=32 * (uuid in self._seen)
        )
        self._seen.add(uuid)

    def has_unfinished_requests(self):
        return bool(self._running)

    def abort_request(self, names):
        for name in names:
            self._running.pop(name, None)

    def step(self):
        return [self._next(name, one) for name, one in list(self._running.items())]

    def _next(self, name, one):
        words = self.tokenizer.decode(one.tokens)
        if "(die)" in words:
            os.kill(os.getpid(), signal.SIGKILL)
        if "(large)" in words:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if "(dead)" in words:
            print("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 3.00 GiB", file=sys.stderr)
            raise EngineDeadError("EngineCore encountered an issue. See stack trace (above) for the root cause.")
        step = torch.Generator().manual_seed(
            (one.seed + zlib.crc32(str([*one.tokens, *one.reply]).encode())) % (1 << 31)
        )
        likely = torch.rand(len(self.tokenizer), generator=step).mul(9).log_softmax(0)
        allowed = one.sampling.allowed_token_ids or range(VOCABULARY)
        token = max(allowed, key=lambda token: likely[token].item())
        one.reply.append(token)
        listed = one.sampling.logprob_token_ids or (range(len(likely)) if one.sampling.logprobs == -1 else [])
        one.logprobs.append({token: SimpleNamespace(logprob=likely[token].item()) for token in listed})
        finished = token in (one.sampling.stop_token_ids or ()) or len(one.reply) == one.sampling.max_tokens
        if finished:
            del self._running[name]
        made = SimpleNamespace(token_ids=list(one.reply), logprobs=one.logprobs if any(one.logprobs) else None)
        return SimpleNamespace(
            request_id=name,
            outputs=[made],
            finished=finished,
            prompt_token_ids=one.tokens,
            num_cached_tokens=one.cached,
        )
