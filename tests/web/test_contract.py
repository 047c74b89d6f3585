"""What Python writes and the page reads are of the same types, and the page's sample is what Python makes."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from lmms_eval_plugins.reports.page.data import families, measured, overview, shared, video
from lmms_eval_plugins.reports.review import data as review_data
from tests.support.page_sample import SAMPLE, sample_text

WEB = Path(__file__).parents[2] / "web" / "src"


def fields_in_python(modules: tuple[ModuleType, ...]) -> dict[str, list[str]]:
    own = [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__ == module.__name__
    ]
    return {
        kind.__name__: [field.name for field in dataclasses.fields(kind)]
        if dataclasses.is_dataclass(kind)
        else list(kind.model_fields)
        for kind in own
        if dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel)
    }


def fields_in_typescript(path: Path) -> dict[str, list[str]]:
    found = re.findall(r"^export interface (\w+) \{\n(.*?)^\}", path.read_text(), re.MULTILINE | re.DOTALL)
    return {name: re.findall(r"^  readonly (\w+):", body, re.MULTILINE) for name, body in found}


@pytest.mark.parametrize(
    ("modules", "path"),
    [
        ((families, measured, overview, shared, video), WEB / "data" / "types.ts"),
        ((review_data,), WEB / "review" / "types.ts"),
    ],
    ids=["page", "review"],
)
def test_types_are_the_same(modules: tuple[ModuleType, ...], path: Path) -> None:
    assert fields_in_typescript(path) == fields_in_python(modules)


def test_the_version_is_the_same() -> None:
    assert f"export const SCHEMA = {shared.SCHEMA};" in (WEB / "data" / "types.ts").read_text()


def test_the_sample_is_what_python_makes() -> None:
    assert SAMPLE.read_text(encoding="utf-8") == sample_text()
