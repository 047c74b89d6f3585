"""What makes the engine fast on a processor: its units, where memory comes from, and sums in few passes over it."""

__all__ = ["allocator", "kernels", "units"]
