"""Label files: read in the forms that people have them, written in the forms that their tools open."""

__all__ = ["annotations", "found", "label_file"]
