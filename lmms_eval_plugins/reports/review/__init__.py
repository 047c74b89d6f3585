"""The review: the page with a pen, served to this machine only.

- `data`: what the page and its server say to each other
- `rater_folder`: the folder of a rater, and the record of the work
- `storage`, `clips`: labels and Fugl-Meyer marks on disk
- `drafts`, `order`: what a run gives to start from, and which videos need a person most
- `desk`: a rater at work on a dataset
- `server`: the desk over HTTP
- `summary`: what the work took, and how far raters agree
"""

__all__ = ["clips", "data", "desk", "drafts", "order", "rater_folder", "server", "storage", "summary"]
