"""Label files: found beside videos, read in the forms that people have them, written in those that their tools open."""

__all__ = [
    "annotations",
    "clock",
    "convert",
    "formats",
    "found",
    "label_file",
    "mapping",
    "markers",
    "of_rater",
    "rater_folders",
    "row_remarks",
    "sides",
    "spans",
    "tool_codes",
    "tool_hands",
    "tool_index",
    "work_record",
    "write_tools",
]
