"""Frozen video encoders, which know no language: they answer nothing and give hidden states only."""

__all__ = [
    "encoder",
    "encoder_model",
    "networks",
]
