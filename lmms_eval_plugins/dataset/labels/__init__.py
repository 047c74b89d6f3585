"""Label files: found beside videos, read in the forms that people have them, written in those that their tools open."""

__all__ = ["annotations", "clock", "found", "label_file", "markers", "rater_folders", "sides", "spans"]
