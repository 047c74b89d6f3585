"""The filmed material: trials, manifests, label files, keypoints, selections, and the index of a folder."""

__all__ = [
    "csv_table",
    "file_names",
    "filters",
    "found_files",
    "index",
    "keypoints",
    "labels",
    "manifest",
    "near_ids",
    "raters",
    "remarks",
    "selections",
    "text_encoding",
    "trial",
]
