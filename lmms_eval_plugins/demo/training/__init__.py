"""Training of the demo model; needs the extra `models`."""

__all__ = ["architecture", "config", "data", "export", "learning", "scoring", "train"]
