"""vLLM itself, in an environment of its own: loads a checkpoint, and answers the windows of a batch together.

Runs under the Python of vLLM's environment; see `lmms_eval_plugins.models.codebases.worker`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

import torch
from PIL import Image

from lmms_eval_plugins.models.codebases.wire import Generation, LoadSettings
from lmms_eval_plugins.models.codebases.worker import AskedWindow, WorkerReply
from lmms_eval_plugins.models.engine.choices import Choices, Tokens
from lmms_eval_plugins.models.vllm.asked import Asked, QuestionRequests, question_requests
from lmms_eval_plugins.models.vllm.surroundings import is_cpu_build, prepare_import
from lmms_eval_plugins.questions.reading import answer_line_ended

ENDED, CUT_OFF = "stop", "length"
"""The same words as `lmms_eval_plugins.runs.answers` has, which cannot be imported here."""

_LIMIT = 1024
"""Tokens of a reply where neither a task nor the checkpoint sets a limit."""

_MOST_LISTED = 128
"""Tokens whose log-probabilities vLLM lists by number."""

_BLOCK = 32
"""Tokens of a block of its cache: a prefix is shared by whole blocks."""

_POSITIONS = "lmms_eval_plugins.models.vllm.positions.TextBehindPicture"


class TooLong(ValueError):
    """A window and its question have more tokens than the context."""


def load_vllm(settings: LoadSettings) -> OfflineModel:
    """Load a checkpoint into vLLM."""
    prepare_import(settings["threads"], settings["gpu"])
    return OfflineModel(settings)


class OfflineModel:
    """A checkpoint in vLLM.

    Args:
        settings: see `lmms_eval_plugins.models.vllm.vllm_model.VllmModel`.
    """

    def __init__(self, settings: LoadSettings) -> None:
        from vllm import LLM

        on_cpu = is_cpu_build()
        if on_cpu:
            _inspect_here()
        self._llm = LLM(
            settings["pretrained"],
            revision=settings["revision"],
            trust_remote_code=False,
            dtype=settings["dtype"],
            quantization=settings["quantization"],
            tensor_parallel_size=settings["gpus"],
            block_size=_BLOCK,
            enable_prefix_caching=True,
            max_model_len=-1,
            max_logprobs=-1,
            enforce_eager=on_cpu,
            skip_mm_profiling=on_cpu,
            mm_device_do_normalize=False,
            limit_mm_per_prompt={"image": settings["images"], "video": 0 if settings["images"] else 1},
            mm_processor_cache_gb=1,
            generation_config="vllm",
            worker_extension_cls=_POSITIONS,
        )
        self._tokenizer = self._llm.get_tokenizer()
        self._shown = _as_images if settings["images"] else _as_video
        self._end, self._penalty = list(settings["end"]), settings["repetition_penalty"]
        self._limit = settings["max_new_tokens"] or _LIMIT
        self._choices = lru_cache(maxsize=4096)(self._make_choices)
        self._tokens = lru_cache(maxsize=4096)(self._spell)
        self._numbers = count()
        self._prompt_tokens = self._cached_tokens = 0

    def answer_windows(self, windows: Sequence[AskedWindow], generation: Generation) -> list[list[WorkerReply]]:
        """Answer the questions about some windows, all of them at once."""
        if (generation.get("num_beams") or 1) > 1:
            raise ValueError("num_beams: vLLM searches with no beams; leave it out, or take engine=transformers")
        questions = [self._questions(window, generation.get("max_new_tokens") or self._limit) for window in windows]
        self._run([one for of_window in questions for question in of_window for one in question.all], generation)
        return [
            [(self._text(one.asked.reply), one.log_probabilities(), one.asked.done) for one in of_window]
            for of_window in questions
        ]

    def _questions(self, window: AskedWindow, limit: int) -> list[QuestionRequests]:
        name = str(next(self._numbers))
        shown = self._shown(window, name)
        asked = zip(window.questions, window.choices, strict=True)
        return [
            question_requests(
                f"{name}-{place}",
                shown,
                self._tokens(prompt),
                self._choices(tuple(allowed)) if allowed else None,
                limit,
            )
            for place, (prompt, allowed) in enumerate(asked)
        ]

    def told(self) -> Mapping[str, float]:
        """Return how many tokens prompts had so far, windows included, and how many of them the cache spared."""
        return {"prompt_tokens": self._prompt_tokens, "prompt_tokens_cached": self._cached_tokens}

    def _run(self, requests: Sequence[Asked], generation: Generation) -> None:
        engine, asked = self._llm.llm_engine, {one.name: one for one in requests}
        try:
            for one in requests:
                prompt = {"prompt_token_ids": one.tokens, **one.shown}
                try:
                    engine.add_request(one.name, prompt, self._sampling(one, generation))
                except ValueError as error:
                    raise self._as_too_long(error) from error
            while engine.has_unfinished_requests():
                for output in engine.step():
                    self._take(asked[output.request_id], output)
        except BaseException:
            engine.abort_request(list(asked))
            raise

    def _as_too_long(self, error: ValueError) -> ValueError:
        if "maximum model length" not in str(error):
            return error
        context = self._llm.llm_engine.model_config.max_model_len
        return TooLong(
            f"a window and its question have more tokens than the context of {context} ({error}); show fewer frames or"
            " smaller ones, or give vLLM more memory"
        )

    def _take(self, one: Asked, output: Any) -> None:
        """Take what has come of a request, and end it where the rest is of no use."""
        (made,) = output.outputs
        step = 0 if one.forced is None else 1
        if not one.likely and len(made.logprobs or ()) > step:
            one.likely = {token: value.logprob for token, value in made.logprobs[step].items()}
        if one.done is None:
            one.done = self._ended(one, list(made.token_ids)[len(one.reply) :]) or (
                CUT_OFF if output.finished else None
            )
        if one.done and not output.finished:
            self._llm.llm_engine.abort_request([one.name])
        if one.done:
            self._prompt_tokens += len(output.prompt_token_ids)
            self._cached_tokens += output.num_cached_tokens or 0

    def _ended(self, one: Asked, tokens: Sequence[int]) -> str | None:
        """Add tokens to a reply as far as it goes; return why it ended, if it did by itself."""
        for token in tokens:
            if one.forced is None and token in self._end:
                return ENDED
            one.reply.append(token)
            if one.forced is None and self._is_complete(one.reply):
                return ENDED
        return None

    def _is_complete(self, reply: Sequence[int]) -> bool:
        return "\n" in self._text(reply[-1:]) and answer_line_ended(self._text(reply))

    def _sampling(self, one: Asked, generation: Generation) -> Any:
        from vllm import SamplingParams

        temperature = 0.0 if one.forced is not None else generation.get("temperature") or 0.0
        return SamplingParams(
            temperature=temperature,
            top_p=(generation.get("top_p") or 1.0) if temperature else 1.0,
            repetition_penalty=1.0 if one.forced is not None else self._penalty,
            max_tokens=one.limit,
            ignore_eos=True,
            stop_token_ids=self._end if one.forced is None else None,
            allowed_token_ids=None if one.forced is None else [one.forced],
            logprob_token_ids=one.listed if 0 < len(one.listed) <= _MOST_LISTED else None,
            logprobs=-1 if len(one.listed) > _MOST_LISTED else None,
            detokenize=False,
        )

    def _text(self, tokens: Sequence[int]) -> str:
        decode = self._tokenizer.decode
        return str(decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _spell(self, prompt: str) -> Tokens:
        begun = self._tokenizer.bos_token and prompt.startswith(self._tokenizer.bos_token)
        return tuple(self._tokenizer(prompt, add_special_tokens=not begun)["input_ids"])

    def _make_choices(self, answers: tuple[str, ...]) -> Choices:
        return Choices(
            answers,
            lambda text: self._tokenizer(text, add_special_tokens=False)["input_ids"],
            lambda token: not self._tokenizer.decode([token]).strip(),
        )


def _as_images(window: AskedWindow, uuid: str) -> dict[str, Any]:
    """Return what vLLM is given of a window beside the prompt: its frames as images, each with a name of its own."""
    return {
        "multi_modal_data": {"image": [Image.fromarray(frame) for frame in window.frames]},
        "multi_modal_uuids": {"image": [f"{uuid}-{place}" for place in range(len(window.frames))]},
    }


def _as_video(window: AskedWindow, uuid: str) -> dict[str, Any]:
    """Return what vLLM is given of a window beside the prompt: a video with its own clock, and its name."""
    frames = torch.from_numpy(window.frames).permute(0, 3, 1, 2)
    metadata = {
        "fps": window.fps,
        "total_num_frames": len(frames),
        "frames_indices": list(range(len(frames))),
        "duration": len(frames) / window.fps,
        "video_backend": "given",
        "do_sample_frames": False,
    }
    return {
        "multi_modal_data": {"video": [(frames, metadata)]},
        "multi_modal_uuids": {"video": [uuid]},
        "mm_processor_kwargs": {"do_sample_frames": False, "input_data_format": "channels_first", **window.processor},
    }


def _inspect_here() -> None:
    """Let vLLM look at its classes in this process: another one would not find what `prepare_import` gave this one."""
    from vllm.model_executor.models import registry

    registry._run_in_subprocess = lambda look: look()
