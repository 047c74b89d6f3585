"""Video: from files to frames of windows."""

__all__ = ["container", "decode", "frame_cache", "pose", "probe", "windows", "write"]
