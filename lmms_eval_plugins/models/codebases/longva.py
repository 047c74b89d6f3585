"""The LongVA code base (github.com/EvolvingLMMs-Lab/LongVA, package ``longva``): LLaVA-NeXT's, always in float16."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lmms_eval_plugins.models.codebases.llava_next import LlavaLike


def load(settings: Mapping[str, Any]) -> LlavaLike:
    """Load a checkpoint of LongVA."""
    return LlavaLike("longva", settings)
