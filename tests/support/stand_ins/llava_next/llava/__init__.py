"""STAND-IN for the package ``llava``: its call signatures, nothing of what it knows."""
