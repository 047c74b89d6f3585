"""The page of a patient in a format by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.reports.patient.html import patient_html
from lmms_eval_plugins.reports.patient.latex import patient_latex
from lmms_eval_plugins.reports.patient.report import PatientReport
from lmms_eval_plugins.reports.patient.text import patient_text

PAGE_FORMATS: Mapping[str, Callable[[PatientReport], str]] = {
    "text": patient_text,
    "html": patient_html,
    "latex": patient_latex,
}
"""Format → how the page is written in it."""


def rendered_page(report: PatientReport, form: str) -> str:
    """Render the page of a patient in one of `PAGE_FORMATS`.

    Raises:
        UserError: there is no such format.
    """
    if form not in PAGE_FORMATS:
        raise UserError(f"--format {form}: a patient's page is written as {listed(PAGE_FORMATS)}")
    return PAGE_FORMATS[form](report)
