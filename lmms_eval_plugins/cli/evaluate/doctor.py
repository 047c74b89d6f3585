"""``strokerehab doctor``."""

from __future__ import annotations

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import CardFolders
from lmms_eval_plugins.core.console import plain_table, stdout, styled_cell
from lmms_eval_plugins.core.places import RUNS, default_data, shipped

_STYLES = {"ok": "green", "note": "yellow", "problem": "red"}


def doctor(folders: CardFolders = []) -> None:  # noqa: B006
    """Check environments, GPU, disk and data, and say what to do."""
    from lmms_eval_plugins.machine.doctor import examine_machine
    from lmms_eval_plugins.machine.hardware import this_machine
    from lmms_eval_plugins.models.cards import all_cards

    cards = all_cards([*folders, shipped("models")])
    findings = examine_machine(cards, this_machine(), default_data(), RUNS.absolute())
    table = plain_table("kind", "what", "message", words=("what", "message"), header=False)
    for finding in findings:
        table.add_row(styled_cell(finding.kind, _STYLES[finding.kind]), finding.what, finding.message)
    stdout().print(table)
    if any(finding.kind == "problem" for finding in findings):
        raise typer.Exit(WITH_PROBLEMS)
