"""What mkdocs.yml adds to mkdocs: pages made of files at the root, tables of columns, docstrings as Markdown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from griffe import Extension, Object
from mkdocs.structure.files import File, Files

ROOT_PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Files at the root, and the names of their pages."""

COLUMNS_HERE = "<!-- columns -->"
"""Where a page shows the columns of the data frames."""

_EXAMPLE = re.compile(r"(?:^|(?<=\n\n))>>> .+?(?=\n\n|\Z)", re.DOTALL)
_ROLE = re.compile(r":(?:func|meth|class|attr|data|mod):(?=`)")
_WITHOUT_NAVIGATION = "---\nhide: [navigation]\n---\n\n"

_LINK = re.compile(r"\[([^\]]+)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the files at the root."""
    root = Path(config.config_file_path).parent
    for source, page in ROOT_PAGES.items():
        text = with_links_of_the_site((root / source).read_text(encoding="utf-8"), Path())
        content = _WITHOUT_NAVIGATION + text if page == "index.md" else text
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point the links of a page in docs/ at the pages of the site."""
    if page.file.src_uri in ROOT_PAGES.values():
        return markdown
    if COLUMNS_HERE in markdown:
        markdown = markdown.replace(COLUMNS_HERE, tables_of_columns())
    return with_links_of_the_site(markdown, Path("docs"))


def tables_of_columns() -> str:
    """Return a table of every data frame's columns in Markdown, from the package itself."""
    from lmms_eval_plugins.runs.data_frames.columns import COLUMNS

    lines: list[str] = []
    for name, columns in COLUMNS.items():
        lines += [f"#### {name}", "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{column.name}` | {column.type} | {column.meaning} |" for column in columns]
        lines.append("")
    return "\n".join(lines)


def with_links_of_the_site(markdown: str, folder: Path) -> str:
    """Return a text of the repository with its links changed to those of the site.

    A link to a page or picture of docs/ or to a file of `ROOT_PAGES` becomes a link to that. What else lies in the
    repository is not part of the site: of such a link only the words remain.

    Args:
        markdown: the text.
        folder: where in the repository it lies.
    """

    def changed(link: re.Match[str]) -> str:
        words, target, anchor = link[1], link[2], link[3] or ""
        path = _normal(folder / target)
        if path in ROOT_PAGES:
            return f"[{words}]({ROOT_PAGES[path]}{anchor})"
        if path.startswith("docs/"):
            return f"[{words}]({path.removeprefix('docs/')}{anchor})"
        return words

    return _LINK.sub(changed, markdown)


def _normal(path: Path) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


class Docstrings(Extension):
    """Turns what Python tools read in docstrings into Markdown: examples after ``>>>``, and roles as ``:func:``."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Put fences around the examples of an object's docstring, and take the roles away."""
        if obj.docstring:
            text = _EXAMPLE.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)
            obj.docstring.value = _ROLE.sub("", text)
