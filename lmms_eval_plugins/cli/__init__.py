"""The command line ``strokerehab``: one file per verb, in rooms by what users do; shared options declared once."""

from lmms_eval_plugins.cli.app import main

__all__ = ["app", "commands", "data", "evaluate", "exits", "labels", "main", "options", "results"]
