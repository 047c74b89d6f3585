"""The filmed material: trials, manifests, label files, keypoints, selections, the index of a folder, the check."""

__all__ = [
    "check",
    "csv_table",
    "file_names",
    "filters",
    "found_files",
    "index",
    "keypoints",
    "labels",
    "manifest",
    "naming",
    "near_ids",
    "patients",
    "raters",
    "reindex",
    "remarks",
    "selections",
    "text_encoding",
    "trial",
    "truth_tables",
    "words",
]
