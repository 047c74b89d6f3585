"""In what runs differ.

- `apart`: what tells several runs from each other, by their settings
- `log_arguments`: what a published log's model was given
- `recorded`: what may change the answers or the scores of a run, from its file
"""

__all__ = ["apart", "log_arguments", "recorded"]
