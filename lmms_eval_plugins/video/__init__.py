"""Video: from files to frames of windows."""

__all__ = [
    "camera",
    "clock",
    "container",
    "damage",
    "decode",
    "deinterlace",
    "frame_cache",
    "pace",
    "picture",
    "pose",
    "probe",
    "windows",
    "write",
]
