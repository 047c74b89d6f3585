"""What every program needs: user errors, the console, places, YAML files, JSON lines, digests, secrets."""

__all__ = [
    "console",
    "digest",
    "errors",
    "json_files",
    "locks",
    "places",
    "secrets",
    "yaml_files",
]
