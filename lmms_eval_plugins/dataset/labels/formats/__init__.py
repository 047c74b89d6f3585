"""Label files of other tools: one module per format, and the table that knows them all."""

__all__ = [
    "boris",
    "boris_project",
    "boris_tables",
    "contents",
    "cvat",
    "elan",
    "known",
    "label_studio",
    "start_stop",
    "via",
]
