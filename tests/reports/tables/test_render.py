from __future__ import annotations

import io
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.formats.cells import cell_text
from lmms_eval_plugins.reports.tables.render import FORMATS, rendered, show, titles_and_notes
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection, Value, p_column

TABLE = Table(
    name="dose_models",
    title="Dose by model & input",
    columns=(Column("model"), Column("videos"), Column("ES", 2, "high"), Column("RCE", 2, "low")),
    sections=(
        TableSection(
            "90 videos",
            (
                TableRow(("tiny_a", 90, Value(46.6949, 1.62), Value(0.65, 0.06, 0.5, 0.8))),
                TableRow(("b|c <7B>", 88, Value(34.2, 1.98), None)),
                TableRow(("omniscient", 90, Value(88.47), Value(0.11)), reference=True),
            ),
        ),
    ),
    notes=("Note: ≤ 30 %.",),
)

GOLDEN = {
    "text": """\
Dose by model & input

model       videos             ES                       RCE
-----------------------------------------------------------
[90 videos]
tiny_a          90  46.69 ± 1.62*  0.65 ± 0.06 [0.50, 0.80]
b|c <7B>        88  34.20 ± 1.98+                         -
omniscient      90          88.47                      0.11

* best, + second best

Note: ≤ 30 %.
""",
    "md": """\
**Dose by model & input**

| model | videos | ES | RCE |
| --- | ---: | ---: | ---: |
| _90 videos_ |  |  |  |
| tiny_a | 90 | **46.69 ± 1.62** | 0.65 ± 0.06 [0.50, 0.80] |
| b\\|c <7B> | 88 | <u>34.20 ± 1.98</u> | - |
| omniscient | 90 | 88.47 | 0.11 |

Note: ≤ 30 %.
""",
    "csv": """\
section,model,videos,ES,ES SEM,RCE,RCE SEM,RCE low,RCE high
90 videos,tiny_a,90,46.6949,1.62,0.65,0.06,0.5,0.8
90 videos,b|c <7B>,88,34.2,1.98,,,,
90 videos,omniscient,90,88.47,,0.11,,,
""",
    "latex": r"""% needs \usepackage{booktabs,tabularx}
\begin{table}[htbp]
\centering\footnotesize\setlength{\tabcolsep}{3pt}
\caption{Dose by model \& input.}
\label{tab:dose-models}
\begin{tabularx}{\linewidth}{@{}>{\raggedright\arraybackslash}Xrrr@{}}
\toprule
model & videos & ES & RCE \\
\midrule
\multicolumn{4}{@{}l}{\emph{90 videos}} \\
tiny\_a & 90 & \textbf{46.69 $\pm$ 1.62} & 0.65 $\pm$ 0.06 [0.50, 0.80] \\
b\textbar{}c \textless{}7B\textgreater{} & 88 & \underline{34.20 $\pm$ 1.98} & - \\
omniscient & 90 & 88.47 & 0.11 \\
\bottomrule
\end{tabularx}
\par\smallskip\parbox{\linewidth}{\raggedright\scriptsize Bold: best; underlined: second best. Note: $\leq$ 30 \%.}
\end{table}
""",
    "html": """\
<table class="dose_models">
<caption>Dose by model &amp; input</caption>
<thead><tr><th>model</th><th>videos</th><th>ES</th><th>RCE</th></tr></thead>
<tbody>
<tr><th colspan="4">90 videos</th></tr>
<tr><td>tiny_a</td><td>90</td><td><b>46.69 ± 1.62</b></td><td>0.65 ± 0.06 [0.50, 0.80]</td></tr>
<tr><td>b|c &lt;7B&gt;</td><td>88</td><td><u>34.20 ± 1.98</u></td><td>-</td></tr>
<tr><td>omniscient</td><td>90</td><td>88.47</td><td>0.11</td></tr>
</tbody>
</table>
<p>Note: ≤ 30 %.</p>
""",
}

NASTY = "\\ & % $ # _ { } ~ ^ ± − < > | Σ é « 模型"


@pytest.mark.parametrize("form", FORMATS)
def test_golden(form: str) -> None:
    assert rendered([TABLE], form).replace("30 %.  \n", "30 %.\n") == GOLDEN[form]


def test_every_format_has_a_golden_file() -> None:
    assert set(GOLDEN) == set(FORMATS)


def test_tables_stand_under_each_other() -> None:
    assert rendered([TABLE, TABLE], "text") == f"{GOLDEN['text']}\n{GOLDEN['text']}"


def test_csv_can_be_read_back() -> None:
    rows = pd.read_csv(io.StringIO(rendered([TABLE], "csv")))
    assert list(rows["model"]) == ["tiny_a", "b|c <7B>", "omniscient"]
    assert list(rows["ES"]) == [46.6949, 34.2, 88.47]
    notes = "Dose by model & input\nNote: ≤ 30 %.\n"
    assert titles_and_notes([TABLE, TABLE]) == f"{notes}\n{notes}"


def test_html_is_balanced() -> None:
    open_tags: list[str] = []

    class Check(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Check().feed(rendered([TABLE], "html"))
    assert not open_tags


def nasty() -> Table:
    return Table(
        "nasty", NASTY, (Column(NASTY), Column(NASTY)), (TableSection(NASTY, (TableRow((NASTY, NASTY)),)),), (NASTY,)
    )


def test_latex_has_no_bare_special_sign() -> None:
    for table in (TABLE, nasty()):
        lines = rendered([table], "latex").splitlines()[1:]
        environments = [re.findall(r"\\(begin|end)\{(\w+)\}", line) for line in lines]
        assert [pair for line in environments for pair in line] == [
            *(("begin", "table"), ("begin", "tabularx"), ("end", "tabularx"), ("end", "table"))
        ]
        for line in lines:
            bare = re.sub(r"\\[&%$#_{}]|\\[a-zA-Z]+|\$[^$]*\$|\\\\|>(?={})", "", line)
            assert not re.search(r"[%$#~^|±≤→−Σ«\u0100-\U0010ffff]", bare), line
            cells = re.findall(r"(?<!\\)&", line)
            assert len(cells) in (0, len(table.columns) - 1)
            assert line.count("{") - 2 * line.count(r"\{") >= 0
            assert bare.count("{") == bare.count("}")
        assert sum(rule in "\n".join(lines) for rule in (r"\toprule", r"\midrule", r"\bottomrule")) == 3


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path: Path) -> None:
    body = rendered([TABLE, nasty()], "latex")
    document = rf"\documentclass{{article}}\usepackage{{booktabs,tabularx}}\begin{{document}}{body}\end{{document}}"
    (tmp_path / "table.tex").write_text(document, encoding="utf-8")
    subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"], cwd=tmp_path, check=True)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "-"),
        ("x", "x"),
        (7, "7"),
        (Value(1.005), "1.00"),
        (Value(1.5, 0.25), "1.50 ± 0.25"),
        (Value(1.5, None, 1, 2), "1.50 [1.00, 2.00]"),
        (Value(-0.001, None, -0.004, 0.2), "0.00 [0.00, 0.20]"),
        (Value(-0.005001), "-0.01"),
    ],
)
def test_cells(cell: Value | str | int | None, text: str) -> None:
    assert cell_text(cell, Column("", 2)) == text


def test_a_small_p_is_not_printed_as_none_at_all() -> None:
    assert cell_text(Value(0.0004), p_column("p")) == "<0.001"
    assert cell_text(Value(0.001), p_column("p")) == "0.001"


def test_files_are_written_with_their_folder(tmp_path: Path) -> None:
    show("x", tmp_path / "a" / "b.md")
    assert (tmp_path / "a" / "b.md").read_text() == "x"
    with pytest.raises(UserError, match="cannot be written"):
        show("x", tmp_path / "a" / "b.md" / "c.md")
