"""STAND-IN for the package ``llava`` of the VILA code base: its call signatures, nothing of what it knows."""

from llava.entry import load

__all__ = ["load"]
