"""vLLM as an engine: our side of it, and what runs in its own environment."""

__all__ = ["asked", "offline", "positions", "refusals", "surroundings", "vllm_model"]
