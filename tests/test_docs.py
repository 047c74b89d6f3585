"""The documentation: links lead somewhere, and the site is built without a warning."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lmms_eval_plugins.domain.scheme import scheme_of
from lmms_eval_plugins.domain.vocabulary import RuleLabels
from lmms_eval_plugins.questions.sets import load_questions

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

_NO_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")

needs_mkdocs = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("mkdocs", "material", "mkdocstrings")),
    reason="mkdocs-material and mkdocstrings are not installed (extra docs)",
)


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and mkdocs make them of plain words."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(_NO_CODE.sub("", page.read_text(encoding="utf-8"))):
        file = (page.parent / target) if target else page
        assert file.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors_of(file), f"{page.name} links to {target}#{anchor}"


def test_paths_of_the_repository_that_the_guide_names_exist() -> None:
    """What CONTRIBUTING.md and the architecture name in backticks, and looks like a path, is there."""
    package = ROOT / "lmms_eval_plugins"
    for page in (ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for path in re.findall(r"`([\w./-]+/[\w./-]*)`", text):
            if not path.startswith(("runs/.", "decoded")):
                found = any((base / path).exists() for base in (ROOT, package, *package.iterdir()))
                assert found, f"{page.name} names {path}"


def test_versions_agree() -> None:
    version = re.search(
        r'"(.+)"', (ROOT / "lmms_eval_plugins" / "__init__.py").read_text(encoding="utf-8").split("=")[1]
    )
    assert version
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == version[1]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{version[1]}] - {cited['date-released']}\n" in changes


def test_the_scheme_and_the_question_set_of_the_guide_are_valid(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "schemes.md").read_text(encoding="utf-8")
    scheme, questions = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "scheme.yaml").write_text(scheme, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(questions, encoding="utf-8")
    own = scheme_of(tmp_path)
    assert own.rule_labels == RuleLabels("transport", "grasp", "rest", "reach", "release")
    (question,) = load_questions(tmp_path / "own.yaml").of_labels(own.names).questions
    assert question.answer.options == own.names and "reach, grasp, transport, release, rest" in question.text


@needs_mkdocs
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    built = tmp_path / "site"
    pages = {f"{page.stem}.html" for page in PAGES if page.name != "README.md"} | {"index.html"}
    assert pages - {"CONTRIBUTING.html", "CHANGELOG.html"} <= {page.name for page in built.glob("*.html")}
    assert "scores_df" in (built / "api.html").read_text(encoding="utf-8")
    assert "https://fonts." not in (built / "index.html").read_text(encoding="utf-8")
