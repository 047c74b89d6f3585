"""What this computer has to run models on: GPUs, memory, environments, versions."""

__all__ = ["doctor", "environments", "fits", "hardware"]
