"""Label files: found beside videos, read in the forms that people have them, written in those that their tools open."""

from lmms_eval_plugins.dataset.labels.label_file import (
    LabelContext,
    LabelledHand,
    LabelReading,
    context_of,
    inspect_labels,
    read_labels,
    write_labels,
)

__all__ = [
    "LabelContext",
    "LabelReading",
    "LabelledHand",
    "context_of",
    "inspect_labels",
    "read_labels",
    "write_labels",
]
