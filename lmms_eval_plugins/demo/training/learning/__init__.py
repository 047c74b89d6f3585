"""Training loop: forward pass, auxiliary heads, optimiser, checkpoints."""

__all__ = ["forward", "optimiser", "trainer"]
