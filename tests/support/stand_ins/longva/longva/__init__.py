"""STAND-IN for the package ``longva``: its call signatures, nothing of what it knows."""
