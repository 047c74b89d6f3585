"""The command ``strokerehab``: one file per verb."""

from lmms_eval_plugins.cli.app import main

__all__ = ["main"]
