"""Figure of what models see: the worth of answers under each perturbation of the frames, a panel for each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE_MM,
    PURPLE,
    SKY,
    VERMILLION,
    Drawing,
    add_foot,
    panels,
)
from lmms_eval_plugins.reports.tables.sees.gathered import (
    UNPERTURBED,
    SeenQuestion,
    gathered_perturbed,
    what_perturbations_are,
)
from lmms_eval_plugins.reports.tables.sees.measured import seen_under
from lmms_eval_plugins.video.perturb import PERTURBATIONS

_MARKS = tuple(zip((BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY), "os^Dvp", strict=True))
_OF_BASELINES = ((GREY, "x"), (GREY, "+"))
_MOST_PANELS = 6
_HEIGHT_MM = 52.0
_SPREAD = 0.6
"""Of the marks of several models, as a share of the place of one perturbation."""

Mark = tuple[str, str]
"""The colour and sign of a model's marks."""


def draw_sees(results: Results) -> Drawing:
    """Draw AUC (of other answers than yes and no balanced accuracy) as is and under each perturbation.

    A panel for each question of a task, a mark for each model, with 95 % intervals by patients; dashed is chance.
    """
    seen = gathered_perturbed(
        results.paths,
        split_runs=results.split_runs,
        reading=results.reading,
        only=results.only,
        loaded=results.with_answers,
    )
    questions = [question for question in seen.questions if _is_named(question, results.named)]
    if not questions:
        wanted = ", ".join(repr(part) for part in results.named)
        raise UserError(
            f"no perturbed run has {wanted} in its name"
            f"{nearest(results.named[0], [question.of.label for question in seen.questions])}"
        )
    asked: dict[tuple[str, str], list[SeenQuestion]] = {}
    for question in questions:
        asked.setdefault((question.of.task, question.question), []).append(question)
    shown = list(asked.items())[:_MOST_PANELS]
    marks = _marks([question for _, of_panel in shown for question in of_panel])
    remarks = [f"{question}: left out, for want of room" for (_, question), _ in list(asked.items())[_MOST_PANELS:]]
    remarks += [f"{question.of.name}: left out" for question in questions if question.of.name not in marks]
    figure, axes = panels(PAGE_MM, _HEIGHT_MM * len(shown), len(shown))
    for axis, ((task, name), of_panel) in zip(axes, shown, strict=True):
        axis.set_title(f"{task.removeprefix('strokerehab_')}: {name}", loc="left")
        _panel(axis, [one for one in of_panel if one.of.name in marks], marks)
    lines = {line.get_label(): line for axis in axes for line in axis.get_legend_handles_labels()[0]}
    figure.legend(handles=list(lines.values()), loc="outside upper right", ncols=3, borderaxespad=0.2)
    add_foot(
        figure, [results.only.described, what_perturbations_are([question.of for question in questions]), *seen.remarks]
    )
    return Drawing(figure, tuple(dict.fromkeys(remarks)))


def _is_named(question: SeenQuestion, named: Sequence[str]) -> bool:
    names = (question.of.name, *question.of.runs.values())
    return not named or any(part in name for part in named for name in names)


def _marks(questions: Sequence[SeenQuestion]) -> dict[str, Mark]:
    """Return who is shown → their mark: models in colours, baselines in grey; who finds none is left out."""
    models = dict.fromkeys(question.of.name for question in questions if not question.of.baseline)
    baselines = dict.fromkeys(question.of.name for question in questions if question.of.baseline)
    return dict(zip(models, _MARKS, strict=False)) | dict(zip(baselines, _OF_BASELINES, strict=False))


def _panel(axis: Axes, questions: Sequence[SeenQuestion], marks: Mapping[str, Mark]) -> None:
    ways = [how for how in (UNPERTURBED, *PERTURBATIONS) if any(how in question.answers for question in questions)]
    for number, question in enumerate(questions):
        beside = _SPREAD * ((number + 0.5) / len(questions) - 0.5)
        colour, sign = marks[question.of.name]
        found = [under for under in seen_under(question) if under.worth.value is not None]
        places = [ways.index(under.perturbation) + beside for under in found]
        values = [under.worth.value or 0.0 for under in found]
        for place, worth in zip(places, (under.worth for under in found), strict=True):
            if worth.low is not None and worth.high is not None:
                axis.vlines(place, worth.low, worth.high, color=colour, linewidth=1)
        axis.plot(places, values, sign, color=colour, markersize=4, label=question.of.name.partition(", ")[2])
        axis.axhline(found[0].chance, color=GREY, linewidth=0.7, linestyle="--", zorder=1)
    axis.axvline(0.5, color=GREY, linewidth=0.5)
    axis.set_xticks(range(len(ways)), [how.replace("_", " ") for how in ways])
    axis.set_xlim(-0.5, len(ways) - 0.5)
    axis.set_ylim(top=1.02)
    axis.set_ylabel("AUC" if questions[0].kind == "yes_no" else "balanced accuracy")
    axis.tick_params(axis="x", length=0)
    axis.grid(axis="y")
