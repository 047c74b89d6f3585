"""What every program needs: user errors, threads, console, files and folders, digests, secrets, safe names."""

__all__ = [
    "background",
    "column_blocks",
    "console",
    "digest",
    "disk",
    "errors",
    "imports",
    "json_files",
    "locks",
    "numbers",
    "places",
    "redaction",
    "safe_names",
    "secret_names",
    "secrets",
    "temporary",
    "yaml_files",
]
