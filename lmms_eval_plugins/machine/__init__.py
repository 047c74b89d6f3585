"""What this computer has to run models on: GPUs, memory, environments, versions."""

__all__ = ["detectors", "doctor", "engines", "environments", "fits", "hardware"]
