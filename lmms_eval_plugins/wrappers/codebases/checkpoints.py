"""Where a checkpoint of a code base lies: a folder, or the hub's cache, at one commit. Needs huggingface_hub there."""

from __future__ import annotations

import os


def local_folder(pretrained: str, revision: str | None) -> str:
    """The folder of a checkpoint, downloaded where it is not here; code bases themselves know no revisions."""
    if os.path.isdir(pretrained):  # noqa: PTH112 (one call, and no need for a Path)
        return pretrained
    from huggingface_hub import snapshot_download

    return str(snapshot_download(pretrained, revision=revision))
