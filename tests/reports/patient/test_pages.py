"""The page of a patient in every format, as golden files; and that nothing in a name is markup.

After a change that is meant: `strokerehab patient RUNS P02 --format … --out tests/reports/patient/golden/P02.…`, where
RUNS is a folder with those in `conftest.py`; of HTML what is below the style.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.patient.frames import read_patient_frames
from lmms_eval_plugins.reports.patient.render import PAGE_FORMATS, rendered_page
from lmms_eval_plugins.reports.patient.report import PatientReport, patient_report
from lmms_eval_plugins.reports.patient.text import WIDTH, letters_of, strip_of

GOLDEN = Path(__file__).with_name("golden")
ENDINGS = {"text": "txt", "html": "html", "latex": "tex"}
EVIL = '<b onload="x">&\'\\input{/etc/passwd}$%#_^~\x1b[2J'


@pytest.fixture(scope="module")
def report(runs: Path) -> PatientReport:
    return patient_report(read_patient_frames([runs]), "P02")


def body_of(page: str) -> str:
    return page[page.index("<main>") :] if "<main>" in page else page


@pytest.mark.parametrize("form", PAGE_FORMATS)
def test_the_page(report: PatientReport, form: str) -> None:
    assert body_of(rendered_page(report, form)) == (GOLDEN / f"P02.{ENDINGS[form]}").read_text(encoding="utf-8")


def test_text_fits_a_terminal(report: PatientReport) -> None:
    assert max(map(len, rendered_page(report, "text").splitlines())) <= WIDTH


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[tuple[str, frozenset[str]]] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, frozenset(name for name, _ in attrs)))


def evil(report: PatientReport) -> PatientReport:
    """The report with markup in every text."""
    runs = tuple(
        replace(
            run,
            run=EVIL,
            task=EVIL,
            model=EVIL,
            notes=(EVIL,),
            videos=tuple(replace(video, video_id=EVIL, activity=EVIL, view=EVIL) for video in run.videos),
            identified=tuple(replace(video, video_id=EVIL, answer=EVIL, truth=EVIL) for video in run.identified),
            questions=tuple(replace(one, question=EVIL) for one in run.questions),
            wrong=tuple(replace(one, video_id=EVIL, question=EVIL, truth=EVIL, answer=EVIL) for one in run.wrong),
        )
        for run in report.runs
    )
    items = tuple(replace(one, run=EVIL, task=EVIL, model=EVIL, notes=(EVIL,)) for one in report.assessments)
    return replace(report, patient=EVIL, cohort=EVIL, activities=(EVIL,), views=(EVIL,), runs=runs, assessments=items)


def test_nothing_in_a_name_is_markup(report: PatientReport) -> None:
    page = rendered_page(evil(report), "html")
    assert Tags(page).found <= Tags(rendered_page(report, "html")).found
    assert "\x1b" not in page and "http" not in page and "url(" not in page and "@import" not in page
    latex, text = (rendered_page(evil(report), form) for form in ("latex", "text"))
    assert r"\input{" not in latex and "\\textbackslash{}input\\{" in latex and "\x1b" not in latex
    assert not re.search(r"(?<!\\)[#$^~]", latex.replace("}~", "}"))
    assert "\x1b" not in text


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex")
def test_latex_compiles_by_the_document_of_the_guide(report: PatientReport, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "patient.md").read_text(encoding="utf-8")
    (document,) = re.findall(r"```latex\n(.*?)```", guide, flags=re.DOTALL)
    (tmp_path / "DS0001.tex").write_text(rendered_page(evil(report), "latex"), encoding="utf-8")
    (tmp_path / "page.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "page.tex"],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_an_unknown_patient_and_format_are_named(runs: Path, report: PatientReport) -> None:
    frames = read_patient_frames([runs])
    with pytest.raises(UserError, match=r"no patient is named 'P2' .* did you mean 'P02'\? \(there are P01, P02, P03"):
        patient_report(frames, "P2")
    with pytest.raises(UserError, match="--format pdf: a patient's page is written as text, html, latex"):
        rendered_page(report, "pdf")


def test_a_strip_has_the_label_in_the_middle_of_each_stretch() -> None:
    letters = letters_of(primitives_scheme().names)
    assert letters == {"reach": "r", "reposition": "e", "transport": "t", "stabilize": "s", "idle": "i"}
    timeline = Timeline.from_text("reach@0.000;idle@1.000;idle@2.000")
    assert strip_of(timeline, 4.0, letters, 8) == "rrii····"
    assert strip_of(Timeline(()), 4.0, letters, 3) == "···"
    assert letters_of(("aa", "a", "ab")) == {"aa": "a", "a": "b", "ab": "c"}
