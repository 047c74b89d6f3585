"""What every program needs: user errors, the console, places, YAML files, JSON lines, digests, secrets, safe names."""

__all__ = [
    "console",
    "digest",
    "errors",
    "json_files",
    "locks",
    "places",
    "safe_names",
    "secrets",
    "yaml_files",
]
