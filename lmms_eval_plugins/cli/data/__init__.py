"""Verbs that make datasets: manifests, label files, keypoints, and the demo."""

__all__ = ["check", "demo", "import_", "index", "localize", "review"]
