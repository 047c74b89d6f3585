"""Networks that run in their own code base, in a process and an environment of its own."""

__all__ = [
    "causal",
    "identity",
    "llava_next",
    "outside",
    "process",
    "vila",
    "wire",
    "worker",
]
