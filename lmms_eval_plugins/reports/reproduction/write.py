"""The report of the check as Markdown; it is the same for the same logs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.reproduction.check import CheckedFact, check
from lmms_eval_plugins.reports.reproduction.evidence import Checkout
from lmms_eval_plugins.reports.reproduction.facts import FactSection, published_sections

_HEAD = """\
# The published numbers, checked

Written by `strokerehab reproduce CHECKOUT`; do not edit it by hand. Every number that the study printed and that the
available logs and tables determine stands here beside ours, computed from the raw replies. It was published in the
article (PLOS Digital Health 5(7):e0001506) or in the notebooks of its code (commit 692f7aa). *equal* means: to every
printed digit. Where the study leaves a definition open and ours was chosen because it gives the printed digits, a note
below the numbers says so: their agreement is then no independent evidence.
"""


def write_report(checkout: Path, target: Path) -> str:
    """Check a checkout, write the report, and return its summary in one sentence.

    Raises:
        UserError: there are no logs, a log is damaged, or the report cannot be written.
    """
    if not checkout.is_dir():
        raise UserError(f"{checkout}: no such folder; give a vlms4rehab checkout")
    checked = check(published_sections(), Checkout(checkout))
    if not any(one.ours for _, facts in checked for one in facts):
        raise UserError(f"{checkout}: neither logs nor tables of the study in it; give a vlms4rehab checkout")
    with writing(target, "choose another place with --out"):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(as_markdown(checked), encoding="utf-8")
    return summarize_checks(checked)


def summarize_checks(checked: Sequence[tuple[FactSection, Sequence[CheckedFact]]]) -> str:
    """Return how many numbers are equal, differ, and cannot be checked."""
    facts = [one for _, facts in checked for one in facts]
    sure = [one for one in facts if one.verdict in ("equal", "differs") and not one.fact.corrected]
    n, n_equal = sum(one.n for one in sure), sum(one.n_equal for one in sure)
    chance = sum(one.n for one in facts if one.verdict == "within range")
    open_ = sum(one.n for one in facts if one.verdict == "not checkable")
    return (
        f"{n_equal} of {n} checked numbers are equal to every printed digit, {n - n_equal} are not;"
        f" {chance} are ranges or depend on chance, and ours lie within; {open_} cannot be checked"
    )


def as_markdown(checked: Sequence[tuple[FactSection, Sequence[CheckedFact]]]) -> str:
    """Return the report as Markdown."""
    parts = [_HEAD, f"**{summarize_checks(checked)}.**", _different(checked)]
    parts += [_section(section, facts) for section, facts in checked]
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join(part.strip() for part in parts if part)) + "\n"


def _different(checked: Sequence[tuple[FactSection, Sequence[CheckedFact]]]) -> str:
    rows = [
        f"- {section.title}: {one.fact.name}: published {one.fact.published or one.fact.corrected}, ours {one.ours}"
        + (f" ({one.fact.remark})" if one.fact.remark else "")
        for section, facts in checked
        for one in facts
        if one.verdict == "differs"
    ]
    return "Not equal:\n\n" + "\n".join(rows) if rows else ""


def _section(section: FactSection, facts: Sequence[CheckedFact]) -> str:
    lines = [f"## {section.title}", "", f"Printed in: {section.printed_in}.", *_logs(facts), ""]
    corrections = any(one.fact.corrected for one in facts)
    known = [one for one in facts if one.ours is not None]
    if known and corrections:
        lines += ["| | published | corrected | why |", "|---|---|---|---|"]
        lines += [_row(one.fact.name, one.fact.published or "", one.ours or "", one.fact.remark or "") for one in known]
    elif known:
        lines += ["| | published | ours | |", "|---|---|---|---|"]
        lines += [_row(one.fact.name, one.fact.published or "", one.ours or "", _outcome(one)) for one in known]
    if section.chosen and known:
        lines += ["", f"Chosen because it gives the printed digits: {section.chosen}."]
    unknown = [one for one in facts if one.ours is None]
    if unknown:
        lines += ["", "Cannot be checked:" if not corrections else "Cannot be corrected here:", ""]
        lines += [_open(one) for one in unknown]
    return "\n".join(lines)


def _logs(facts: Sequence[CheckedFact]) -> list[str]:
    logs = sorted({one.log for one in facts if one.log})
    if not logs:
        return []
    names = [f"`{log}`" for log in logs]
    return ["", f"From {names[0]}." if len(names) == 1 else "From:", *(f"- {name}" for name in names if len(names) > 1)]


def _outcome(one: CheckedFact) -> str:
    return one.verdict + (f"; {one.fact.remark}" if one.fact.remark else "")


def _open(one: CheckedFact) -> str:
    published = f": {one.fact.published}" if one.fact.published else ""
    return f"- {one.fact.name}{published} — {one.why}"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
