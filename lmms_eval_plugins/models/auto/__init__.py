"""Any checkpoint that transformers can ask about pictures: frames as a video or as images, its own chat template."""

__all__ = ["auto_engine", "auto_in_vllm", "auto_model", "generating", "path", "spelling", "suitable"]
