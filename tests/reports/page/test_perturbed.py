"""Runs whose frames were changed: beside which others they are shown, and what they are kept out of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.reports.page import overview
from lmms_eval_plugins.reports.page.data.overview import Overview, PagePerturbed
from lmms_eval_plugins.reports.page.perturbed import page_perturbed, page_tables
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection, Value
from tests.reports.page.conftest import overview_of
from tests.support.tiny_runs import STAMP, write_tiny_runs


def perturbed(folder: Path, how: str) -> None:
    """Write a copy of the dose run of a model as one whose frames were changed."""
    run = folder / f"dose/tiny/{STAMP}"
    other = Path(shutil.copytree(run, run.with_name(f"20250102_{len(list(run.parent.iterdir())):06}")))
    file = other / "run.json"
    values = json.loads(file.read_text())
    settings = values.get("settings", {}) | {"perturb": how}
    file.write_text(json.dumps(values | {"settings": settings, "model": f"tiny [{how}]"}))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Overview:
    """The overview of the dose runs of two models, one of them under two perturbations; without figures."""
    folder = write_tiny_runs(tmp_path_factory.mktemp("changed"), model="tiny")
    write_tiny_runs(folder, model="other")
    for family in ("assessment", "identification"):
        shutil.rmtree(folder / family)
    perturbed(folder, "freeze")
    perturbed(folder, "blank")
    for file in folder.glob("dose/*/*/run.json"):
        values = json.loads(file.read_text())
        questions = [question | {"truth": question["id"]} for question in values["questions"]]
        file.write_text(json.dumps(values | {"questions": questions}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overview, "page_figures", figures)
        return overview_of(folder)


def figures(paths: list[str], loaded: object, *, measured: bool = False, names: tuple[str, ...] = ()) -> object:
    """Draw nothing; say which runs the figures would be drawn from."""
    return (), (f"{', '.join(names) or 'figures'} of {len(paths)} runs",)


def test_they_come_last_and_stand_beside_the_run_with_frames_as_they_are(changed: Overview) -> None:
    assert [run.perturbation for run in changed.runs] == [None, None, "freeze", "blank"]
    (group,) = changed.perturbed
    as_is, *others = group.runs
    assert changed.runs[as_is].perturbation is None and group.name == changed.runs[as_is].name
    assert [changed.runs[run].perturbation for run in others] == ["blank", "freeze"]
    assert list(changed.perturbations) == ["blank", "freeze"]


def test_their_errors_are_no_models_and_their_scores_stand_apart(changed: Overview) -> None:
    assert changed.wrong and all(changed.runs[window.run].perturbation is None for window in changed.wrong)
    of_dose = {task.task: {changed.runs[row.run].perturbation for row in task.rows} for task in changed.tasks}
    assert of_dose["dose"] == {None} and of_dose["dose, frames changed"] == {"blank", "freeze"}


def test_figures_are_of_frames_as_they_are_and_the_table_of_both(changed: Overview) -> None:
    assert {"figures of 2 runs", "sees of 4 runs"} <= set(changed.problems)
    assert changed.tables[0].name == "sees"
    assert {row[0] for section in changed.tables[0].sections for row in section.rows} == {"as is", "blank", "freeze"}


def row(task: str, model: str, **settings: object) -> dict[str, object]:
    return {"task": task, "model": model, "kind": "run", "settings": json.dumps(settings)}


def test_what_else_differs_tells_groups_apart_and_one_may_be_without_a_run_as_is() -> None:
    rows = [
        row("a", "m"),
        row("b", "m"),
        row("a", "m [cropped]", crop="yes"),
        row("a", "m [blank]", perturb="blank"),
        row("b", "n [swap]", perturb="swap"),
        row("a", "m [cropped, mirror]", crop="yes", perturb="mirror"),
    ]
    assert page_perturbed(rows, [str(one["model"]) for one in rows]) == (
        PagePerturbed("m", (0, 3)),
        PagePerturbed("m [cropped]", (2, 5)),
        PagePerturbed("n", (4,)),
    )
    assert page_perturbed(rows[:3], ["m", "m", "m [cropped]"]) == ()


def test_a_table_is_shown_as_in_a_terminal() -> None:
    columns = (Column("frames"), Column("AUC", 2), Column("never"))
    cells = ("blank", Value(0.5, low=0.4, high=0.6), None)
    table = Table("sees", "Seen", columns, (TableSection("motion", (TableRow(cells),)),), ("note",), ("remark",))
    (made,) = page_tables([table])
    assert made.columns == ("frames", "AUC") and made.sections[0].rows == (("blank", "0.50 [0.40, 0.60]"),)
    assert made.notes == ("note",) and made.remarks[0] == "remark"
