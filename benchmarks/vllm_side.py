"""vLLM's own offline use, under the Python of its environment: it answers prepared windows again and again on request.

Started by `benchmarks.vllm_offline`. What passes is one JSON object a line: settings first, then for every line that
comes in a run over all windows, and its replies.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_software
from lmms_eval_plugins.models.vllm import offline
from lmms_eval_plugins.models.vllm.surroundings import prepare_import


def main() -> None:
    """Load the checkpoint, say so, and answer until the pipe is closed."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    settings = json.loads(sys.stdin.readline())
    prepare_import(settings["threads"], None)
    offline._inspect_here()
    engine = _Offline(settings)
    _put(answers, {"described": describe_software("vllm", "torch", "transformers")})
    for number, _ in enumerate(sys.stdin):
        _put(answers, engine.run(number))


def _put(answers: Any, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


class _Offline:
    """A checkpoint in vLLM, and what it is asked: see `benchmarks.vllm_offline.VllmOffline`."""

    def __init__(self, settings: dict[str, Any]) -> None:
        from vllm import LLM, SamplingParams

        self._llm = LLM(
            model=settings["pretrained"],
            dtype=settings["dtype"],
            block_size=32,
            enable_prefix_caching=True,
            enforce_eager=settings["eager"],
            max_model_len=2048,
            limit_mm_per_prompt={"image": 0, "video": 1},
            generation_config="vllm",
        )
        self._sampling = SamplingParams(
            temperature=0, max_tokens=settings["max_new_tokens"], logprob_token_ids=settings["choices"]
        )
        self._windows = [
            (np.load(Path(settings["windows"], f"{place}.npy")), one["fps"], one["prompts"])
            for place, one in enumerate(settings["asked"])
        ]

    def run(self, number: int) -> dict[str, Any]:
        """Answer all questions about all windows; nothing is left of another run's windows, which have other names."""
        prompts: list[Any] = []
        for place, (frames, fps, texts) in enumerate(self._windows):
            metadata = {
                "fps": fps,
                "total_num_frames": len(frames),
                "frames_indices": list(range(len(frames))),
                "duration": len(frames) / fps,
                "video_backend": "given",
                "do_sample_frames": False,
            }
            for text in texts:
                prompts.append(
                    {
                        "prompt": text,
                        "multi_modal_data": {"video": [(frames, metadata)]},
                        "multi_modal_uuids": {"video": [f"{number}-{place}"]},
                        "mm_processor_kwargs": {"do_sample_frames": False},
                    }
                )
        made = self._llm.generate(prompts, self._sampling, use_tqdm=False)
        return {
            "texts": [one.outputs[0].text for one in made],
            "tokens": sum(len(one.prompt_token_ids) for one in made),
            "cached": sum(one.num_cached_tokens or 0 for one in made),
        }
