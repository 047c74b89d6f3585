"""Figures of tiny runs: what is drawn, and that it is the same every time."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.text import Text

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.reports.figures import FIGURES, FORMATS, Drawing, Results, draw
from lmms_eval_plugins.reports.figures.style import COLUMN_MM, PAGE_MM, new_figure, styled
from lmms_eval_plugins.reports.figures.write import write_figures
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.support.logs import row
from tests.support.tiny_runs import STAMP, SYNTHETIC, write_odd_run, write_tiny_runs

DRAWN = sorted(
    name
    for name in FIGURES
    if name not in ("left_right", "decoding", "coverage", "intervals", "sees") and not name.startswith("labelled")
)


@pytest.fixture(scope="module")
def drawings(results: Results) -> dict[str, Drawing]:
    return {name: draw(name, results) for name in DRAWN}


def texts(drawing: Drawing) -> list[str]:
    return [found.get_text() for found in drawing.figure.findobj(Text) if found.get_text()]


@pytest.mark.parametrize("name", DRAWN)
def test_sizes_note_and_axes(drawings: dict[str, Drawing], name: str) -> None:
    figure = drawings[name].figure
    assert round(figure.get_figwidth() * 25.4) in (COLUMN_MM, PAGE_MM)
    assert figure.axes
    for axis in figure.axes:
        assert axis.has_data()
        assert np.isfinite([*axis.get_xlim(), *axis.get_ylim()]).all()
    assert SYNTHETIC in " ".join(texts(drawings[name])).replace("\n", " ")
    assert not [text for text in texts(drawings[name]) if re.search(r"\bnan\b", text, re.IGNORECASE)]


@pytest.mark.parametrize("name", DRAWN)
def test_lines_and_bars_hold_no_nan(drawings: dict[str, Drawing], name: str) -> None:
    for axis in drawings[name].figure.axes:
        for line in axis.lines:
            assert np.isfinite(np.asarray(line.get_xydata(), dtype=float)).all()
        for patch in axis.patches:
            assert np.isfinite(patch.get_path().vertices).all()


@pytest.mark.parametrize("name", DRAWN)
def test_the_texts_lie_inside_the_picture(drawings: dict[str, Drawing], name: str) -> None:
    figure = drawings[name].figure
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.02 and box.x1 <= width + 0.02 and box.y0 >= -0.02 and box.y1 <= height + 0.02


def test_identification_counts(drawings: dict[str, Drawing]) -> None:
    figure = drawings["identification"].figure
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert titles == ["all: 2/4 right (0.500)", "control: 1/1 right (1.000)", "stroke: 1/3 right (0.333)"]
    counts = [int(text.get_text()) for text in figure.axes[0].texts]
    assert sum(counts) == 4
    assert figure.axes[0].get_xticklabels()[-1].get_text() == "no answer"


def test_primitive_confusion_counts(drawings: dict[str, Drawing]) -> None:
    (axis,) = drawings["primitive_confusion"].figure.axes
    counts = [int(text.get_text().split()[0]) for text in axis.texts]
    assert sum(counts) == 23  # one of the 24 windows was answered so that it says no primitive
    assert axis.get_xlabel().startswith("true")


def test_counts_have_a_dot_per_video_and_a_bar_per_cohort(drawings: dict[str, Drawing]) -> None:
    axes = drawings["counts"].figure.axes
    assert [axis.get_title(loc="left") for axis in axes[:5]] == [
        "reach",
        "reposition",
        "transport",
        "stabilize",
        "idle",
    ]
    for axis in axes[:5]:
        assert sum(np.size(line.get_xdata()) for line in axis.lines[1:]) == 4
    assert len(axes[5].patches) == 16  # no true stabilize: no error


def test_rce_and_segment_ratio_show_every_video(drawings: dict[str, Drawing]) -> None:
    for name in ("rce", "segment_ratio"):
        activities, cohorts = drawings[name].figure.axes
        assert [label.get_text() for label in activities.get_xticklabels()] == ["feeding\n(4)"]
        names = [label.get_text().split("\n")[0] for label in cohorts.get_xticklabels()]
        assert names == ["healthy", "stroke", "mild", "moderate", "severe"]


def test_frame_accuracy_never_passes_its_bound(drawings: dict[str, Drawing]) -> None:
    for axis in drawings["frame_accuracy"].figure.axes:
        bounds, values = ([bar.get_width() for bar in group] for group in axis.containers)
        assert len(bounds) == 2
        assert all(value <= bound <= 1 for value, bound in zip(values, bounds, strict=True))


def test_fugl_meyer_totals_and_sections(drawings: dict[str, Drawing]) -> None:
    totals, sections = drawings["fugl_meyer"].figure.axes
    labels = [line.get_label() for line in totals.lines]
    assert labels[0] == "identity"
    assert str(labels[-1]).startswith("fit: ")
    assert [label.get_text() for label in sections.get_yticklabels()] == ["flexor synergy (1 item)", "wrist (1 item)"]


def test_bland_altman_has_the_run_beside_its_control(drawings: dict[str, Drawing]) -> None:
    axes = drawings["bland_altman"].figure.axes
    assert [axis.get_title(loc="left") for axis in axes] == [
        "tiny",
        "stopwatch, by activity",
        "tiny",
        "median of others",
    ]
    for axis, other in ((axes[0], axes[1]), (axes[2], axes[3])):
        assert axis.get_ylim() == other.get_ylim() and axis.get_xlim() == other.get_xlim()
    lines = [float(np.asarray(line.get_ydata())[0]) for line in axes[0].lines[:4]]
    shown = [float(text.get_text()) for text in axes[0].texts]
    assert shown == [round(value, 2) for value in lines[:3]] and lines[1] < lines[0] < lines[2] and lines[3] == 1


def test_timelines_of_chosen_videos(tiny: Path) -> None:
    figure = draw("timelines", Results([str(tiny)], videos=["DS02_feeding1_1", "DC01_feeding1_1"])).figure
    assert [axis.get_title(loc="left").split()[0] for axis in figure.axes] == ["DS02_feeding1_1", "DC01_feeding1_1"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["truth", "predicted"]
    with pytest.raises(UserError, match=r"no video 'DS02_feeding1_2'.*did you mean 'DS02_feeding1_1'"):
        draw("timelines", Results([str(tiny)], videos=["DS02_feeding1_2"]))


def test_durations_and_sampling_have_the_run(drawings: dict[str, Drawing]) -> None:
    left, right = drawings["durations"].figure.axes
    assert len(right.patches) == 5
    assert "window 1 s" in [text.get_text() for text in left.texts]
    (edit, _) = drawings["sampling"].figure.axes
    assert len(edit.containers) == 1


def test_controls_are_shown_only_where_nothing_else_is(tmp_path: Path, tiny: Path) -> None:
    """What a control is says its card, not its name: ``label_reader`` is one, a model called ``markov`` is not."""
    write_tiny_runs(tmp_path, model="label_reader", kind="ceiling")
    run, remarks = Results([str(tmp_path)]).choose(DOSE)
    assert "label_reader" in run
    assert not remarks
    for named in ((), ("dose",)):
        run, remarks = Results([str(tmp_path), str(tiny)], named=named).choose(DOSE)
        assert "tiny" in run and not remarks
    run, _ = Results([str(tmp_path), str(tiny)], named=["label_reader"]).choose(DOSE)
    assert "label_reader" in run
    write_tiny_runs(tmp_path, model="markov")
    run, _ = Results([str(tmp_path)]).choose(DOSE)
    assert "markov" in run
    decoded = Results([str(tmp_path)], decoding=Decoding())
    assert decoded.runs["baseline"].sum() > 3, "the blind control of decoding is one, too"
    assert "markov" in decoded.choose(DOSE)[0]


def test_silence_does_not_make_a_run_the_best(tmp_path: Path) -> None:
    """Three videos of four lack their replies; the one that is left was right."""
    for model in ("whole", "silent"):
        write_tiny_runs(tmp_path, model=model)
    answers = tmp_path / f"dose/silent/{STAMP}/answers.jsonl"
    answers.write_text("".join(line for line in answers.read_text().splitlines(keepends=True) if "DC01" in line))
    results = Results([str(tmp_path)])
    means = {run: results.scores_of(run)["relative_counting_error"].mean() for run in results.of_family(DOSE)["run"]}
    assert min(means, key=means.__getitem__).count("silent") == 1
    assert "whole" in results.choose(DOSE)[0]


def test_a_choice_among_several_runs_is_a_remark(tmp_path: Path) -> None:
    for model in ("a", "b"):
        write_tiny_runs(tmp_path, model=model)
    (remark,) = draw("rce", Results([str(tmp_path)])).remarks
    assert "best of 2 runs by relative counting error" in remark


def test_timelines_of_several_runs_are_named_by_model(tmp_path: Path) -> None:
    for model in ("first", "second"):
        write_tiny_runs(tmp_path, model=model)
    drawing = draw("timelines", Results([str(tmp_path)], ["first", "second"]))
    labels = [label.get_text() for label in drawing.figure.axes[0].get_yticklabels()]
    assert labels == ["truth", "first", "second"]


@pytest.fixture(scope="module")
def twice(tiny: Path) -> list[Drawing]:
    return [draw("counts", Results([str(tiny)])) for _ in range(2)]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_bytes_every_time(twice: list[Drawing], tmp_path: Path, kind: str) -> None:
    for number, drawing in enumerate(twice, start=1):
        drawing.save(tmp_path / f"{number}.{kind}")
    assert (tmp_path / f"1.{kind}").read_bytes() == (tmp_path / f"2.{kind}").read_bytes()


def test_all_that_can_be_drawn(tiny: Path, tmp_path: Path) -> None:
    written = write_figures("all", [str(tiny)], out=tmp_path / "figures", formats=["svg"])
    assert sorted(path.stem for path in written.files) == [name for name in DRAWN if not FIGURES[name].slow]
    assert any(remark.startswith("left_right: left out") for remark in written.remarks)


def test_names_of_files(tiny: Path, tmp_path: Path) -> None:
    written = write_figures("rce", [str(tiny)], out=tmp_path / "a.b.png", formats=["png"])
    assert written.files == (tmp_path / "a.b.png",)
    written = write_figures("rce", [str(tiny)], out=tmp_path / "a", formats=["png", "svg"])
    assert written.files == (tmp_path / "a.png", tmp_path / "a.svg")


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("rcee", {}, "no figure is named 'rcee'.*rce"),
        ("rce", {"formats": ["jpg"]}, "--format jpg"),
        ("rce", {"named": ["nobody"]}, "no run has 'nobody' in its name"),
        ("fugl_meyer", {"named": ["nobody"]}, "no Fugl-Meyer run has 'nobody'"),
        ("left_right", {}, "no left_v_right_activation_results.csv"),
    ],
)
def test_bad_input(
    tiny: Path, tmp_path: Path, name: str, changes: dict[str, list[str]] | dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        write_figures(name, [str(tiny)], out=tmp_path / "x", **changes)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere: no such file"):
        write_figures("rce", [str(tmp_path / "nowhere")])


OF_DOSE = sorted(set(DRAWN) - {"identification", "fugl_meyer", "risk_coverage"})


@pytest.mark.parametrize("name", OF_DOSE)
def test_one_video_of_which_little_is_known(tmp_path: Path, name: str) -> None:
    drawing = draw(name, Results([str(write_odd_run(tmp_path))]))
    drawing.figure.draw_without_rendering()
    assert not [text for text in texts(drawing) if re.search(r"\bnan\b|None", text)]


def test_a_log_of_two_runs_is_named_or_taken_apart(write_log: Callable[..., Path], tmp_path: Path) -> None:
    log = str(write_log(row(), row()))
    with pytest.raises(UserError, match=r"nothing to draw any figure of; .*2 runs of the same videos"):
        write_figures("all", [log], out=tmp_path)
    written = write_figures("timelines", [log], out=tmp_path / "t.svg", named=["#2"], formats=["svg"], split_runs=True)
    assert written.files == (tmp_path / "t.svg",)


def test_videos_without_a_dot_are_a_remark(tmp_path: Path) -> None:
    nothing = Results([str(write_odd_run(tmp_path / "a", said=("perhaps no", "perhaps no")))])
    assert "Without a dot: 1 of 1 videos" in " ".join(texts(draw("segment_ratio", nothing)))


def test_a_run_without_any_reply(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no scored run of a dose task"):
        draw("rce", Results([str(write_odd_run(tmp_path, said=()))]))


def test_signs_in_a_name_are_drawn_as_they_are(tmp_path: Path) -> None:
    """No formula is made of a name with $, and no character in it breaks the XML of an SVG."""
    with styled():
        figure = new_figure(COLUMN_MM, 30)
        figure.text(0.1, 0.5, "a$b_c$ \\frac{ \x1b]0;x\x07 <b>&")
    with pytest.warns(UserWarning, match="Glyph"):
        Drawing(figure).save(tmp_path / "names.svg")
    text = (tmp_path / "names.svg").read_text(encoding="utf-8")
    assert "a$b_c$ \\frac{ \\x1b]0;x\\x07 &lt;b&gt;&amp;" in text and "\x1b" not in text
    ElementTree.fromstring(text)


@pytest.mark.parametrize("name", ["durations", "sampling", "segment_ratio"])
def test_no_tick_of_a_logarithmic_axis_is_a_formula(drawings: dict[str, Drawing], name: str, tmp_path: Path) -> None:
    drawings[name].save(tmp_path / "x.svg")
    assert "$" not in (tmp_path / "x.svg").read_text(encoding="utf-8")


def test_patients_are_named_with_their_counts(results: Results, drawings: dict[str, Drawing]) -> None:
    axes = drawings["patients"].figure.axes
    assert [axis.get_title(loc="left") for axis in axes] == [
        "all",
        "reach",
        "reposition",
        "transport",
        "stabilize",
        "idle",
    ]
    assert {"DC01", "DS03"} <= {name for text in axes[0].texts for name in text.get_text().split(", ")}
    (scores,) = [results.scores[results.scores["edit_score"].notna()]]
    shown = {(x, y) for line in axes[0].lines[1:] for x, y in np.asarray(line.get_xydata())}
    labels = ("reach", "reposition", "transport", "stabilize", "idle")
    assert shown == {
        tuple(own[[f"{side}_{label}" for label in labels]].to_numpy().sum() for side in ("true", "predicted"))
        for _, own in scores.groupby("patient")
    }


def test_figures_of_some_videos_say_so(tiny: Path) -> None:
    only = Results([str(tiny)], only=VideoFilter(patients=("DS01", "DS02")))
    for name in ("rce", "patients", "sampling", "fugl_meyer"):
        assert "only patients DS01, DS02" in " ".join(texts(draw(name, only))).replace("\n", " "), name
    assert set(only.scores["patient"]) == {"DS01", "DS02"}
    with pytest.raises(UserError, match="--patient DS9: no video among those given"):
        draw("rce", Results([str(tiny)], only=VideoFilter(patients=("DS9",))))
