"""Tables, figures and notebooks about labels other than the primitives, alone and beside the primitives."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.colors import to_rgb, to_rgba_array

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.scheme import Scheme, SchemeLabel
from lmms_eval_plugins.reports.figures import Results, draw
from lmms_eval_plugins.reports.notebooks import Show
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.render import rendered
from tests.support.schemes import make_scheme
from tests.support.tiny_runs import write_own_run, write_tiny_runs

OWN = make_scheme("reach:m grasp:g carry:mg let_go:m rest")
MANY = make_scheme(" ".join(f"label_{number}" for number in range(9)), "many")
"""More labels than primitives, of which nothing is said."""

FEW = make_scheme("on off", "few")


def own_run(folder: Path, scheme: Scheme = OWN) -> Path:
    return write_own_run(folder / scheme.name, scheme)


def test_tables_have_columns_and_baselines_of_the_labels(tmp_path: Path) -> None:
    models, standing, *_, cohorts, counts, segments = make_tables("dose_models", own_run(tmp_path), more=True).tables
    assert models.title == "Dose of labels by model"
    assert [row.cells[0] for row in models.sections[0].rows] == [
        "tiny",
        *("reference", "Markov, decomposed", "Markov, direct", "always carry", "stopwatch", "stopwatch, by activity"),
        *("blind control", "blind control, by activity"),
    ]
    assert [column.heading for column in counts.columns][1:6] == list(OWN.names)
    counted = ("stopwatch", "stopwatch, by activity")
    assert all((row.cells[4] is None) == (row.cells[0] in counted) for row in segments.sections[0].rows)
    assert standing.sections and cohorts.sections


@pytest.mark.parametrize("scheme", [MANY, FEW], ids=lambda scheme: scheme.name)
def test_a_scheme_that_says_nothing_of_motion_and_grasp_has_tables_without_them(tmp_path: Path, scheme: Scheme) -> None:
    models, *_, segments = make_tables("dose_models", own_run(tmp_path, scheme), more=True).tables
    assert [row.cells[0] for row in models.sections[0].rows] == [
        *("tiny", "reference", "Markov, direct", "stopwatch", "stopwatch, by activity"),
        *("blind control", "blind control, by activity"),
    ]
    for row in (row for row in segments.sections[0].rows if not str(row.cells[0]).startswith("stopwatch")):
        assert row.cells[1] is not None and row.cells[2] is None and row.cells[3] is None
    (decoding, *_) = make_tables("decoding", own_run(tmp_path / "again", scheme)).tables
    assert decoding.sections


def test_runs_of_two_schemes_stand_in_sections_of_their_own(tmp_path: Path) -> None:
    paths = [str(write_tiny_runs(tmp_path / "primitives")), str(own_run(tmp_path))]
    made = make_tables("dose_models", paths, more=True)
    models, *_, counts, _ = made.tables
    assert made.errors == ()
    assert sorted(section.title.partition(", labels of ")[2] for section in models.sections) == ["own", "primitives"]
    heads = [column.heading for column in counts.columns][1:]
    assert set(heads[:9]) == {*OWN.names, "reposition", "transport", "stabilize", "idle"}
    by_title = {section.title.partition(", labels of ")[2]: section.rows for section in counts.sections}
    assert all(row.cells[1 + heads.index("idle")] is None for row in by_title["own"])
    assert all(row.cells[1 + heads.index("carry")] is None for row in by_title["primitives"])
    assert all(row.cells[1 + heads.index("carry")] is not None for row in by_title["own"])
    assert "always carry" in rendered(made.tables, "text") and "always transport" in rendered(made.tables, "text")


@pytest.mark.parametrize("scheme", [OWN, MANY, FEW], ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("name", ["counts", "timelines", "primitive_confusion", "durations", "rce", "segment_ratio"])
def test_figures_are_of_the_labels(tmp_path: Path, name: str, scheme: Scheme) -> None:
    drawing = draw(name, Results([str(own_run(tmp_path, scheme))]))
    texts = {text.get_text() for axis in drawing.figure.axes for text in axis.get_xticklabels()}
    titles = {axis.get_title(loc=place) for axis in drawing.figure.axes for place in ("left", "center")}
    if name == "counts":
        assert set(scheme.names) <= titles
    if name in ("counts", "primitive_confusion", "durations"):
        assert set(scheme.names) <= texts
    drawing.save(tmp_path / f"{name}.png")


def test_timelines_are_in_the_schemes_colours(tmp_path: Path) -> None:
    colours = ("#ff0000", "#00ff00", "#0000ff")
    own = Scheme(
        name="rgb",
        labels={name: SchemeLabel(colour=colour) for name, colour in zip("abc", colours, strict=True)},
    )
    figure = draw("timelines", Results([str(own_run(tmp_path, own))])).figure
    (legend,) = figure.legends
    patches = {
        text.get_text(): to_rgb(patch.get_facecolor())
        for text, patch in zip(legend.get_texts(), legend.get_patches(), strict=True)
    }
    assert patches == {"a": (1, 0, 0), "b": (0, 1, 0), "c": (0, 0, 1)}
    shown = {tuple(to_rgba_array(one.get_facecolor())[0, :3]) for one in figure.axes[0].collections}
    assert shown == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}


def test_motion_and_grasp_over_time_need_a_scheme_that_tells_them(tmp_path: Path) -> None:
    draw("frame_accuracy", Results([str(own_run(tmp_path))]))
    with pytest.raises(UserError, match="the scheme 'many' does not say in which labels a hand moves"):
        draw("frame_accuracy", Results([str(own_run(tmp_path, MANY))]))
    assert Show(own_run(tmp_path / "show")).detections() is not None


def test_one_figure_shows_runs_of_the_same_labels_only(tmp_path: Path) -> None:
    paths = [str(own_run(tmp_path)), str(own_run(tmp_path, FEW))]
    with pytest.raises(UserError, match=r"their labels differ \((own|few): .*; name runs of the same labels"):
        draw("timelines", Results(paths, named=("tiny",)))
    draw("decoding", Results(paths[:1], decoding=Decoding("mbr")))


def test_a_scheme_before_and_after_a_change_is_two(tmp_path: Path) -> None:
    changed = {
        "labels": make_scheme("reach:m grasp:g carry:mg let_go:m at_rest"),
        "meaning": make_scheme("reach:m grasp:g carry:mg let_go rest"),
    }
    for what, scheme in changed.items():
        paths = [str(own_run(tmp_path / what / "before")), str(own_run(tmp_path / what / "after", scheme))]
        models = make_tables("dose_models", paths).tables[0]
        titles = sorted(section.title.partition(", labels of ")[2] for section in models.sections)
        assert titles == ["own, version 1", "own, version 2"]


def test_notes_speak_of_labels(tmp_path: Path) -> None:
    own = make_tables("dose_models", own_run(tmp_path / "own"), more=True).tables
    assert not any("primitive" in note for table in own for note in table.notes)
    study = make_tables("dose_models", write_tiny_runs(tmp_path / "study"), more=True).tables
    assert any("Counting error of each primitive, pooled" in note for table in study for note in table.notes)


def test_a_ceiling_that_is_no_better_than_the_blind_gives_no_place(tmp_path: Path) -> None:
    alike = make_scheme("a:m b:m c:m d:g e:mg f")
    standing = make_tables("dose_models", own_run(tmp_path, alike), more=True).tables[1]
    (row,) = standing.sections[0].rows
    places = {c.heading: cell for c, cell in zip(standing.columns, row.cells, strict=True) if "place" in c.heading}
    assert places["place ES"] is None
