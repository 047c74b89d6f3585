"""Video: from files to frames of windows."""

__all__ = [
    "camera",
    "clock",
    "container",
    "damage",
    "decode",
    "deinterlace",
    "file_state",
    "frame_cache",
    "frame_entry",
    "pace",
    "perturb",
    "picture",
    "pose",
    "probe",
    "windows",
    "write",
]
