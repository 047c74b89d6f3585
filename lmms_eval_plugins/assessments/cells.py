"""What a table shows of a score: headings and cells, by what was scored."""

from __future__ import annotations

from lmms_eval_plugins.assessments.assess import DoseScore, Score
from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.assessments.identification.score import IdentificationScore

NOTHING = "-"

LEGENDS: dict[type, str] = {
    DoseScore: "edit score: higher is better; AER, RCE (errors in dose): lower is better",
    IdentificationScore: "accuracy: videos of patients whose videos did not shape the question; chance is .11",
    FuglMeyerScore: "accuracy over all patients and items; APD, MTSD (points of patients' totals): lower is better",
}
"""How a table is read, by what was scored."""


def cells(score: Score) -> dict[str, str]:
    """Heading → cell."""
    if isinstance(score, IdentificationScore):
        return {
            "n": str(score.n_test),
            "accuracy": percent(score.accuracy),
            "controls": percent(score.metrics["accuracy_control"][0]),
            "stroke": percent(score.metrics["accuracy_stroke"][0]),
            "n, all": str(score.n),
            "accuracy, all": percent(score.accuracy_all),
            "unreadable": percent(score.metrics["unreadable_rate"][0]),
        }
    if isinstance(score, FuglMeyerScore):
        return {
            "patients": str(score.n),
            "items": str(len({result.item for result in score.items})),
            "accuracy": percent(score.metrics["accuracy"][0]),
            "error": format_mean_sem(*score.metrics["mae_item"], 2),
            "APD": format_mean_sem(*score.metrics["apd"], 1),
            "MTSD": format_mean_sem(*score.metrics["mtsd"], 1),
            "kappa": format_mean_sem(*score.metrics["kappa"], 2),
            "unreadable": percent(score.metrics["unreadable_rate"][0]),
        }
    return {
        "n": str(score.n),
        "edit score": format_mean_sem(*score.metrics["edit_score"], 2),
        "AER": format_mean_sem(*score.metrics["action_error_rate"], 3),
        "RCE": format_mean_sem(*score.metrics["relative_counting_error"], 3),
        "unreadable": percent(score.metrics["unreadable_rate"][0]),
    }


def format_mean_sem(mean: float | None, sem: float | None, digits: int) -> str:
    """``50.67 ± 1.20``, without the second part where there is none."""
    if mean is None:
        return NOTHING
    return f"{mean:.{digits}f}" if sem is None else f"{mean:.{digits}f} ± {sem:.{digits}f}"


def percent(share: float | None) -> str:
    """``12.5 %``."""
    return NOTHING if share is None else f"{100 * share:.1f} %"
