"""``strokerehab reproduce``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from lmms_eval_plugins.cli.options import Checkout, out_option
from lmms_eval_plugins.core.console import put
from lmms_eval_plugins.core.places import working_root


def reproduce(
    checkout: Checkout = Path(),
    out: Annotated[Path | None, out_option("The report  [default: docs/reproduction.md]")] = None,
) -> None:
    """Check the published numbers that a checkout's logs determine.

    The report says of every number whether it is reproduced.
    """
    from lmms_eval_plugins.reports.reproduction.write import write_report

    target = out or working_root() / "docs" / "reproduction.md"
    put(f"{target}: {write_report(checkout, target)}")
