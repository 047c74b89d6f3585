"""``strokerehab doctor``."""

from __future__ import annotations

import typer
from rich.text import Text

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import Models
from lmms_eval_plugins.core.console import plain_table, stdout
from lmms_eval_plugins.core.places import default_data, shipped, working_root

_STYLES = {"ok": "green", "note": "yellow", "problem": "red"}


def doctor(folders: Models = []) -> None:  # noqa: B006
    """Look at environments, GPU, disk, data and the hub's cache, and say what to do."""
    from lmms_eval_plugins.machine.doctor import examine_machine
    from lmms_eval_plugins.machine.hardware import this_machine
    from lmms_eval_plugins.models.cards import all_cards

    cards = all_cards([*folders, shipped("models")])
    found = examine_machine(cards, this_machine(), default_data(), working_root() / "runs")
    table = plain_table(header=False)
    for finding in found:
        table.add_row(Text(finding.kind, _STYLES[finding.kind]), Text(finding.what), Text(finding.message))
    stdout().print(table)
    if any(finding.kind == "problem" for finding in found):
        raise typer.Exit(WITH_PROBLEMS)
